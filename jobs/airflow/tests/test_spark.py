"""Tidemark's jar by spark-submit: the real one in client mode, and a fake one where it would need a
cluster.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import plans
import pytest
from contexts import context, execute
from installation import Launcher

pytest.importorskip("airflow.providers.apache.spark", reason="not part of this installation")

from tidemark_airflow import SparkSubmit, tidemark_group
from tidemark_airflow._airflow import DAG, AirflowException, AirflowFailException


def operator(document: Any, runner: SparkSubmit, task_id: str, project: str | None = None) -> Any:
    with DAG("d", schedule=None, start_date=datetime(2024, 3, 1, tzinfo=timezone.utc)) as dag:
        tidemark_group(document, runner, project=project)
    return dag.task_dict[task_id]


def spark_submit(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "spark-submit"
    file.write_text(script)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def connection(monkeypatch: pytest.MonkeyPatch, host: str, **extra: str) -> None:
    value = {"conn_type": "spark", "host": host, "extra": json.dumps(extra)}
    monkeypatch.setenv("AIRFLOW_CONN_SPARK_DEFAULT", json.dumps(value))


@pytest.mark.tidemark
def test_the_driver_s_end_and_summary(
    shop: Path, tidemark: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Path(tidemark.path).resolve().parent.parent / "target"
    (jar,) = target.glob("tidemark-[0-9]*.jar")
    # What the script of a Spark distribution comes to, on the Spark that the jar is made for.
    spark_submit(
        tmp_path,
        f'#!/bin/sh\nexec java "@{target}/classes/dev/tidemark/jobs/jvm.args" -Xmx1g'
        f' -cp "{target}/spark/*" org.apache.spark.deploy.SparkSubmit "$@"\n',
        monkeypatch,
    )
    connection(monkeypatch, "local[2]")
    plan = plans.document(plans.training_set("fraud.v1", []), plans.training_set("frod.v1", []))
    task = operator(plan, SparkSubmit(str(jar)), "shop.build-fraud.v1", str(shop))
    run = context(task, data_interval_end=datetime(2024, 3, 11, tzinfo=timezone.utc))
    summary = execute(task, run)
    assert (summary["status"], summary["rows"], summary["exit_code"]) == ("done", 6, 0)
    (event,) = run["outlet_events"].values()
    assert event.extra["end"] == "2024-03-11T00:00:00Z"

    wrong = operator(plan, SparkSubmit(str(jar)), "shop.build-frod.v1", str(shop))
    run = context(wrong)
    with pytest.raises(AirflowFailException, match=r"exit code 2 \(refused\): .*frod"):
        execute(wrong, run)
    assert run["ti"].xcoms["return_value"]["exit_code"] == 2


FAKE = """#!{python}
import json, sys
code, arguments = {code}, sys.argv
if "--summary" in arguments and {writes}:
    with open(arguments[arguments.index("--summary") + 1].removeprefix("file://"), "w") as f:
        json.dump({{"exit_code": code, "status": "ordered", "error": None, "tables": []}}, f)
print("exit code: {code}")
sys.exit({returns})
"""


def fake(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    returns: int | None = None,
    writes: bool = True,
) -> None:
    returned = code if returns is None else returns
    script = FAKE.format(python=sys.executable, code=code, returns=returned, writes=writes)
    spark_submit(folder, script, monkeypatch)


@pytest.mark.parametrize(("code", "again"), [(1, True), (2, False), (3, False), (4, True)])
@pytest.mark.parametrize("writes", [True, False])
def test_in_client_mode_the_exit_code_is_the_driver_s(
    code: int, again: bool, writes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path, monkeypatch, code, writes=writes)
    connection(monkeypatch, "local[1]")
    plan = plans.document(plans.view("v.v1"))
    task = operator(plan, SparkSubmit("t.jar"), "shop.materialize-v.v1")
    with pytest.raises(AirflowException, match=f"exit code {code}") as e:
        execute(task, context(task))
    assert isinstance(e.value, AirflowFailException) is not again


def test_in_cluster_mode_the_summary_tells_what_spark_submit_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path, monkeypatch, code=3, returns=1)
    connection(monkeypatch, "k8s://https://127.0.0.1:1", **{"deploy-mode": "cluster"})
    plan = plans.document(plans.view("v.v1"))
    summaries = tmp_path / "d" / "manual__2024-03-01T00_00_00_00_00" / "shop.materialize-v.v1"
    summaries.mkdir(parents=True)
    runner = SparkSubmit("t.jar", summaries=f"file://{tmp_path}")
    task = operator(plan, runner, "shop.materialize-v.v1")
    with pytest.raises(AirflowFailException, match=r"exit code 3 \(ordered\)"):
        execute(task, context(task))
    assert [file.name for file in summaries.iterdir()] == ["1.json"]


def test_in_cluster_mode_without_summaries_every_failure_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path, monkeypatch, code=3, returns=1)
    connection(monkeypatch, "k8s://https://127.0.0.1:1", **{"deploy-mode": "cluster"})
    plan = plans.document(plans.view("v.v1"))
    task = operator(plan, SparkSubmit("t.jar"), "shop.materialize-v.v1")
    with pytest.raises(AirflowException, match="Cannot execute") as e:
        execute(task, context(task))
    assert not isinstance(e.value, AirflowFailException)
    assert "--summary" not in task.application_args


def test_a_kill_lets_the_driver_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        f"#!/bin/sh\ntrap 'touch {tmp_path}/told; exit 143' TERM\n"
        f"touch {tmp_path}/ready\nsleep 60 &\nwait\n"
    )
    spark_submit(tmp_path, script, monkeypatch)
    connection(monkeypatch, "local[1]")
    plan = plans.document(plans.view("v.v1"))
    task = operator(plan, SparkSubmit("t.jar"), "shop.materialize-v.v1")

    def kill() -> None:
        while not (tmp_path / "ready").exists():
            time.sleep(0.05)
        task.on_kill()

    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(AirflowException, match="exit code 143"):
        execute(task, context(task))
    assert (tmp_path / "told").exists()
