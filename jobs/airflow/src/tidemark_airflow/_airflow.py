"""What is named otherwise in Airflow 2.11 than in Airflow 3. The types are those of Airflow 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import (
        DAG,
        Asset,
        BaseHook,
        BaseOperator,
        BaseSensorOperator,
        Context,
        ObjectStoragePath,
        PokeReturnValue,
        TaskGroup,
    )
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowSensorTimeout,
        AirflowSkipException,
    )

    AIRFLOW_3 = True
else:
    try:
        from airflow.sdk import (
            DAG,
            Asset,
            BaseHook,
            BaseOperator,
            BaseSensorOperator,
            Context,
            ObjectStoragePath,
            PokeReturnValue,
            TaskGroup,
        )

        try:
            from airflow.sdk.exceptions import (
                AirflowException,
                AirflowFailException,
                AirflowSensorTimeout,
                AirflowSkipException,
            )
        except ImportError:  # before 3.2
            from airflow.exceptions import (
                AirflowException,
                AirflowFailException,
                AirflowSensorTimeout,
                AirflowSkipException,
            )

        AIRFLOW_3 = True
    except ImportError:
        from airflow.datasets import Dataset as Asset
        from airflow.exceptions import (
            AirflowException,
            AirflowFailException,
            AirflowSensorTimeout,
            AirflowSkipException,
        )
        from airflow.hooks.base import BaseHook
        from airflow.io.path import ObjectStoragePath
        from airflow.models.baseoperator import BaseOperator
        from airflow.models.dag import DAG
        from airflow.sensors.base import BaseSensorOperator, PokeReturnValue
        from airflow.utils.context import Context
        from airflow.utils.task_group import TaskGroup

        AIRFLOW_3 = False

__all__ = [
    "AIRFLOW_3",
    "DAG",
    "AirflowException",
    "AirflowFailException",
    "AirflowSensorTimeout",
    "AirflowSkipException",
    "Asset",
    "BaseHook",
    "BaseOperator",
    "BaseSensorOperator",
    "Context",
    "ObjectStoragePath",
    "PokeReturnValue",
    "TaskGroup",
]
