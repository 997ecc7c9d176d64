"""What a DAG is made of."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import plans
import pytest
from contexts import context
from installation import WITH_KUBERNETES, WITH_SPARK

from tidemark_airflow import (
    Bash,
    KubernetesPod,
    PlanError,
    SparkSubmit,
    Waiting,
    assets_of,
    tidemark_group,
)
from tidemark_airflow._airflow import AIRFLOW_3, DAG, BaseOperator
from tidemark_airflow.outcome import Outcome
from tidemark_airflow.task import command_line
from tidemark_airflow.waiting import TidemarkAwaitSensor

START = datetime(2024, 3, 1, tzinfo=timezone.utc)


def tasks(plan: Any, runner: Any = None, dag_args: Any = None, **kwargs: Any) -> dict[str, Any]:
    with DAG("d", schedule=None, start_date=START, default_args=dag_args or {}) as dag:
        tidemark_group(plan, runner, **kwargs)
    return dict(dag.task_dict)


def test_a_task_each_with_its_dependencies() -> None:
    made = tasks(plans.shop())
    assert {name: sorted(task.upstream_task_ids) for name, task in made.items()} == {
        "shop.await-sources.raw.v1": [],
        "shop.materialize-spend.v1": ["shop.await-sources.raw.v1"],
        "shop.materialize-visits.v1": [],
        "shop.build-fraud.v1": ["shop.materialize-spend.v1", "shop.materialize-visits.v1"],
    }


def test_the_plan_of_one_interval_is_for_that_one_whenever_it_runs() -> None:
    made = tasks(plans.of_one_interval())
    end = "2024-03-06T00_00_00Z"
    waits, view = (
        f"shop.await-sources.raw.v1-{end}",
        (f"shop.materialize-spend.v1-2024-03-04T00_00_00Z-{end}"),
    )
    assert {name: task.upstream_task_ids for name, task in made.items()} == {
        waits: set(),
        view: {waits},
    }
    assert isinstance(made[waits], TidemarkAwaitSensor)
    run = context(made[view])
    made[view].render_template_fields(run)
    assert command_line(made[view]) == (
        "tidemark materialize spend.v1 --start 2024-03-04T00:00:00Z --end 2024-03-06T00:00:00Z"
        " --project /srv/shop --env local"
    )
    # Who follows its table is told of the plan's interval, not of the run's.
    made[view].tidemark.conclude(Outcome(0, None), run, made[view].tidemark.interval(run))
    (event,) = run["outlet_events"].values()
    assert (event.extra["start"], event.extra["end"]) == (
        *("2024-03-04T00:00:00Z", "2024-03-06T00:00:00Z"),
    )


def test_a_task_says_whose_it_is_and_what() -> None:
    made = tasks(plans.shop(), dag_args={"owner": "somebody"})
    view, built = made["shop.materialize-spend.v1"], made["shop.build-fraud.v1"]
    assert (view.owner, built.owner) == ("fleet", "somebody")
    assert view.doc_md == (
        "What it is\n\n`feature-views.spend.v1`\n\n"
        "A tick every 1d, the first at 2024-03-01T00:00:00Z.\n\n"
        "Reads:\n\n- `sources.raw.v1` at `s3://lake/raw`\n\n"
        "Writes:\n\n- `tidemark.features.spend_v1` (iceberg) at `iceberg://tidemark/features/spend_v1`"
    )


def test_assets_in_and_out() -> None:
    made = tasks(plans.shop())
    built = made["shop.build-fraud.v1"]
    assert [asset.uri for asset in built.inlets] == [
        "s3://lake/labels",
        "iceberg://tidemark/features/spend_v1",
        "iceberg://tidemark/features/visits_v1",
    ]
    assert [asset.uri for asset in built.outlets] == ["iceberg://tidemark/features/fraud_v1"]
    assert built.inlets[1] == made["shop.materialize-spend.v1"].outlets[0]
    assert [asset.uri for asset in made["shop.await-sources.raw.v1"].inlets] == ["s3://lake/raw"]


def test_a_training_set_follows_what_the_plan_writes() -> None:
    followed = assets_of(plans.shop(), "build/fraud.v1")
    assert [asset.uri for asset in followed] == [
        "iceberg://tidemark/features/spend_v1",
        "iceberg://tidemark/features/visits_v1",
    ]
    assert [a.uri for a in assets_of(plans.shop(), "build/fraud.v1", sources=True)] == [
        "s3://lake/labels",
        *(asset.uri for asset in followed),
    ]
    with pytest.raises(PlanError, match="reads nothing that a task of this plan writes"):
        assets_of(plans.shop(), "materialize/spend.v1")
    with pytest.raises(PlanError, match=r"no task `build/frod\.v1`"):
        assets_of(plans.shop(), "build/frod.v1")


def test_only_some_tasks() -> None:
    made = tasks(plans.shop(), only=["materialize/*", "build/fraud.v1"])
    assert sorted(made) == [
        "shop.build-fraud.v1",
        "shop.materialize-spend.v1",
        "shop.materialize-visits.v1",
    ]
    assert made["shop.materialize-spend.v1"].upstream_task_ids == set()
    with pytest.raises(PlanError, match=r"no task is `materialise/\*`; there are await/sources"):
        tasks(plans.shop(), only=["materialise/*"])


def test_retries_are_ours_unless_somebody_says_otherwise() -> None:
    name = "shop.materialize-spend.v1"

    def retries(**kwargs: Any) -> tuple[int, timedelta]:
        made = tasks(plans.shop(), **kwargs)[name]
        return made.retries, made.retry_delay

    minutes = timedelta(minutes=5)
    assert retries() == (3, minutes)
    assert retries(dag_args={"retries": 7}) == (7, minutes)
    assert retries(dag_args={"retries": 7}, default_args={"retries": 0}) == (0, minutes)
    assert retries(task_args=lambda task: {"retries": 1, "retry_delay": timedelta(1)}) == (
        1,
        timedelta(1),
    )


def test_two_plans_in_one_dag() -> None:
    other = plans.document(plans.view("spend.v1"), project_name="other shop!")
    with DAG("d", schedule=None, start_date=START) as dag:
        first = tidemark_group(plans.shop())
        second = tidemark_group(other)
        third = tidemark_group(other, group_id="third")
        first >> second
    assert third.group_id == "third"
    assert dag.task_dict["other_shop_.materialize-spend.v1"].upstream_task_ids == {
        "shop.build-fraud.v1"
    }


@pytest.mark.parametrize("project", ["shop", "./shop", "../shop"])
def test_a_project_that_no_task_would_find_is_refused(project: str) -> None:
    plan = plans.document(plans.view("v.v1"), project=project)
    with pytest.raises(PlanError, match=r"relative to where the plan was made.*project="):
        tasks(plan)
    assert tasks(plan, project="/srv/shop")
    assert tasks(plan, project="{{ var.value.shop }}")
    assert tasks(plan, Bash(cwd="/srv"))
    assert tasks(plan, project="s3a://lake/shop")


def test_how_a_command_line_is_put_together() -> None:
    plan = plans.document(plans.view("v.v1"), project="/srv/o'shop")
    words = tasks(plan, Bash(["nice", "-n", "5", "/opt/tide mark"]))["shop.materialize-v.v1"]
    assert command_line(words) == (
        "nice -n 5 '/opt/tide mark' materialize v.v1 --start '{{start}}' --end '{{end}}'"
        """ --project '/srv/o'"'"'shop' --env local"""
    )
    text = tasks(plan, Bash('. /etc/env && exec "$TIDEMARK"'))["shop.materialize-v.v1"]
    assert command_line(text).startswith('. /etc/env && exec "$TIDEMARK" materialize v.v1')


@WITH_SPARK
def test_a_runner_for_each_task() -> None:
    made = tasks(
        plans.shop(),
        lambda task: SparkSubmit("tidemark.jar") if task.kind == "build" else Bash(),
    )
    assert type(made["shop.build-fraud.v1"]).__name__ == "TidemarkSparkSubmitOperator"
    assert type(made["shop.materialize-spend.v1"]).__name__ == "TidemarkBashOperator"


def test_waiting() -> None:
    name = "shop.await-sources.raw.v1"
    sensor = tasks(
        plans.shop(),
        waiting=Waiting(timedelta(minutes=1), timedelta(hours=2), deferrable=True),
    )[name]
    assert isinstance(sensor, TidemarkAwaitSensor)
    assert (sensor.mode, sensor.deferrable) == ("reschedule", True)
    assert (sensor.poke_interval, sensor.timeout) == (60, 7200)


@WITH_SPARK
def test_where_the_command_runs_elsewhere_not_yet_is_a_try_that_failed() -> None:
    name = "shop.await-sources.raw.v1"
    task: BaseOperator = tasks(
        plans.shop(),
        SparkSubmit("tidemark.jar"),
        waiting=Waiting(timedelta(minutes=1), timedelta(hours=2)),
    )[name]
    assert (task.retries, task.retry_delay) == (120, timedelta(minutes=1))


@WITH_SPARK
def test_spark_gets_what_the_environment_asks_for() -> None:
    plan = plans.document(
        plans.view(
            "v.v1", resources={"spark.executor.memory": "4g", "spark.executor.instances": "8"}
        )
    )
    submit = tasks(
        plan,
        SparkSubmit(
            "s3a://lake/tidemark.jar",
            conf={"spark.executor.memory": "6g"},
            options={"deploy_mode": "cluster"},
        ),
    )["shop.materialize-v.v1"]
    assert submit.application == "s3a://lake/tidemark.jar"
    assert submit.conf == {"spark.executor.memory": "6g", "spark.executor.instances": "8"}
    assert submit.application_args[:3] == ["materialize", "v.v1", "--start"]


def test_an_asset_that_airflow_refuses_is_named() -> None:
    plan = plans.document(
        plans.view("v.v1", inputs=[{"resource": "sources.a.v1", "uri": "airflow://a"}])
    )
    with pytest.raises(PlanError, match=r"sources\.a\.v1: Airflow takes no asset airflow://a"):
        tasks(plan)


MISSING = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("airflow.providers.{provider}"):
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
sys.meta_path.insert(0, Without())
sys.path.insert(0, {here!r})
import plans
from datetime import datetime
from tidemark_airflow import Bash, KubernetesPod, SparkSubmit, tidemark_group
from tidemark_airflow._airflow import DAG
with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    tidemark_group(plans.shop(), Bash(), group_id="fine")
    try:
        tidemark_group(plans.shop(), {runner})
    except ImportError as e:
        print(e)
"""


@pytest.mark.parametrize(
    ("provider", "runner", "said"),
    [
        (
            "apache.spark.operators",
            "SparkSubmit('tidemark.jar')",
            "pip install apache-airflow-providers-apache-spark",
        ),
        (
            "cncf.kubernetes.operators",
            "KubernetesPod('tidemark:1')",
            "pip install apache-airflow-providers-cncf-kubernetes",
        ),
    ],
)
def test_a_provider_is_asked_for_by_who_uses_it_alone(
    provider: str, runner: str, said: str
) -> None:
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", MISSING.format(provider=provider, here=here, runner=runner)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "which is not installed: " + said in done.stdout


@pytest.mark.skipif(not AIRFLOW_3, reason="the figure is of Airflow 3")
def test_five_hundred_tasks_are_read_in_a_moment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figure that is promised is 100 ms; the bound leaves room for a machine that is busy."""
    import json

    from airflow.providers.standard.operators.bash import BashOperator

    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plans.large(500)))

    def ours() -> None:
        made = tasks(file)
        assert len(made) == 500

    def airflows() -> None:
        with DAG("d", schedule=None, start_date=START):
            for i in range(500):
                BashOperator(task_id=f"t{i}", bash_command="true")

    def best(work: Any) -> float:
        took = []
        for _ in range(7):
            begun = time.perf_counter()
            work()
            took.append((time.perf_counter() - begun) * 1000)
        return min(took)

    def no_process(*_: Any, **__: Any) -> None:
        raise AssertionError("reading a plan starts no process")

    monkeypatch.setattr(subprocess.Popen, "__init__", no_process)
    all_of_it, bare = best(ours), best(airflows)
    with capsys.disabled():
        print(
            f"\n500 tasks: {all_of_it:.0f} ms, of which Airflow's own for 500 bare BashOperators"
            f" {bare:.0f} ms"
        )
    assert all_of_it < 400


@WITH_KUBERNETES
def test_a_pod() -> None:
    pod = tasks(
        plans.shop(),
        KubernetesPod("tidemark:1", options={"namespace": "features"}),
        only=["materialize/spend.v1"],
    )["shop.materialize-spend.v1"]
    assert (pod.image, pod.cmds, pod.namespace) == ("tidemark:1", ["tidemark"], "features")
    assert pod.arguments[-2:] == ["--summary", "/airflow/xcom/return.json"]
    assert pod.do_xcom_push is True
    assert pod.name == "materialize-spend-v1"
