"""`airflow dags test` of Airflow 2.11; of Airflow 3 test_docs has it, and more."""

from __future__ import annotations

from pathlib import Path

import pytest
from installation import Airflow, Launcher, told_what_was_done

DAG = """
from datetime import datetime, timezone
from tidemark_airflow import Bash, tidemark_group
from tidemark_airflow._airflow import DAG

with DAG("shop", schedule="@daily", start_date=datetime(2024, 3, 1, tzinfo=timezone.utc)):
    tidemark_group({plan!r}, Bash(command=[{launcher!r}]), project={project!r})
"""


@pytest.mark.tidemark
def test_a_run_writes_the_interval_and_the_training_set_as_of_its_end(
    airflow: Airflow, shop: Path, tidemark: Launcher
) -> None:
    plan = str(airflow.dags / "plan.json")
    tidemark.run("plan", "daily_fraud.v1", "--template", "--project", str(shop), "--out", plan)
    (airflow.dags / "shop.py").write_text(
        DAG.format(plan=plan, launcher=tidemark.path, project=str(shop))
    )
    airflow.cli("db", "migrate")
    said = airflow.cli("dags", "test", "shop", "2024-03-04")
    assert airflow.runs("shop") == ["success"], said
    assert tidemark.rows(shop, "daily_spend.v1") == [
        "1,2024-03-03T00:00:00Z,2024-03-03T00:00:00Z,35.50,55.50",
        "2,2024-03-03T00:00:00Z,2024-03-03T00:00:00Z,12.00,12.00",
        "customer_id,event_time,available_time,spend_1d,spend_7d",
    ]
    told_what_was_done(airflow)
