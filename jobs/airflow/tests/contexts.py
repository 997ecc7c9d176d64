"""What Airflow gives a task when it runs, where a test runs one without Airflow's runner."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pendulum

from tidemark_airflow._airflow import AIRFLOW_3


class Ti(SimpleNamespace):
    """Keeps what is pushed."""

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value


def context(operator: Any, **values: Any) -> Any:
    """Of the day of 2024-03-01, with all that operators ask for."""
    ti = Ti(
        xcoms={},
        dag_id=operator.dag_id,
        task_id=operator.task_id,
        run_id="manual__2024-03-01T00:00:00+00:00",
        try_number=1,
        map_index=-1,
        start_date=pendulum.datetime(2024, 3, 2),
        stats_tags={},
        max_tries=0,
    )
    events: Any = defaultdict(lambda: SimpleNamespace(extra={}))
    return {
        "ti": ti,
        "task_instance": ti,
        "task": operator,
        "dag": operator.dag,
        "run_id": ti.run_id,
        "dag_run": SimpleNamespace(
            conf={}, run_id=ti.run_id, logical_date=pendulum.datetime(2024, 3, 1)
        ),
        "data_interval_start": pendulum.datetime(2024, 3, 1),
        "data_interval_end": pendulum.datetime(2024, 3, 2),
        "outlet_events": events,
        "params": {},
        **values,
    }


def execute(operator: Any, run: Any) -> Any:
    """As Airflow's runner: templates first."""
    operator.render_template_fields(run)
    return operator.execute(run)


def asset_key(asset: Any) -> Any:
    return asset if AIRFLOW_3 else asset.uri
