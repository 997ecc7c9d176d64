"""What is named otherwise in Airflow 2.11 than in Airflow 3. The types are those of Airflow 3."""

from __future__ import annotations

from importlib.util import find_spec
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
    # By its presence, so that what fails inside it is not hidden.
    AIRFLOW_3 = find_spec("airflow.sdk") is not None
    if AIRFLOW_3:
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
    else:
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
