"""Waiting without a worker. Most by a fake that ends with 4 until a file is there, and one by the
packaged Tidemark.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pendulum
import plans
import pytest
from contexts import context, execute
from installation import HEAP, Launcher, awaited_shop, payment_arrives, writing_looks

from tidemark_airflow import Bash, Waiting, tidemark_group
from tidemark_airflow._airflow import (
    DAG,
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
)
from tidemark_airflow.waiting import AwaitTrigger

FAKE = str(Path(__file__).parent / "fake.py")


def sensor(folder: Path, source: str = "raw.v1", **waiting: Any) -> Any:
    with DAG("d", schedule=None, start_date=datetime(2024, 3, 1, tzinfo=timezone.utc)) as dag:
        tidemark_group(
            plans.document(plans.wait(source)),
            Bash([sys.executable, FAKE], env={"FAKE": str(folder)}),
            waiting=Waiting(**waiting),
        )
    return dag.task_dict[f"shop.await-sources.{source}"]


def deferred(folder: Path, **waiting: Any) -> tuple[Any, Any, Any]:
    task = sensor(folder, deferrable=True, **waiting)
    run = context(task)
    with pytest.raises(BaseException) as e:
        execute(task, run)
    assert type(e.value).__name__ == "TaskDeferred", repr(e.value)
    return task, run, e.value


def first_event(trigger: Any) -> Any:
    async def look() -> Any:
        async for event in trigger.run():
            return event.payload

    return asyncio.run(look())


def again(trigger: Any) -> Any:
    """As the triggerer has it, by way of the database."""
    path, arguments = trigger.serialize()
    assert path == "tidemark_airflow.waiting.AwaitTrigger"
    return AwaitTrigger(**arguments)


def test_the_trigger_looks_until_the_source_is_ready(tmp_path: Path) -> None:
    task, run, deferral = deferred(tmp_path, every=timedelta(seconds=0.3))
    assert deferral.method_name == "looked"
    looks = tmp_path / "sources.raw.looks"

    async def arrive() -> Any:
        events = again(deferral.trigger).run()
        first = asyncio.ensure_future(anext(events))
        while not looks.exists() or len(looks.read_text().splitlines()) < 3:
            assert not first.done()
            await asyncio.sleep(0.05)
        (tmp_path / "sources.raw.v1").touch()
        return (await first).payload

    event = asyncio.run(arrive())
    assert event["exit_code"] == 0
    assert task.looked(run, event)["arguments"][:4] == [
        *("await", "sources.raw.v1", "--until", "2024-03-02T00:00:00Z")
    ]


@pytest.mark.tidemark
def test_a_real_tidemark_looks_until_its_input_has_arrived(
    tidemark: Launcher, shop: Path, tmp_path: Path
) -> None:
    awaited_shop(shop)
    command, looks = writing_looks(tmp_path, tidemark)
    file = tmp_path / "plan.json"
    tidemark.run("plan", "daily_spend.v1", "--template", "--project", str(shop), "--out", str(file))
    with DAG("d", schedule=None, start_date=datetime(2024, 3, 1, tzinfo=timezone.utc)) as dag:
        tidemark_group(
            str(file),
            Bash([str(command)], env=HEAP),
            waiting=Waiting(every=timedelta(seconds=0.3), deferrable=True),
        )
    assert dag.task_dict["shop.materialize-daily_spend.v1"].upstream_task_ids == {
        "shop.await-sources.payments.v1"
    }
    task = dag.task_dict["shop.await-sources.payments.v1"]
    run = context(
        task,
        data_interval_start=pendulum.datetime(2024, 3, 10),
        data_interval_end=pendulum.datetime(2024, 3, 11),
    )
    with pytest.raises(BaseException) as e:
        execute(task, run)
    assert type(e.value).__name__ == "TaskDeferred", repr(e.value)

    async def arrive() -> Any:
        first = asyncio.ensure_future(anext(again(e.value.trigger).run()))
        while not looks.exists():
            assert not first.done()
            await asyncio.sleep(0.05)
        payment_arrives(shop)
        return (await first).payload

    event = asyncio.run(arrive())
    codes = looks.read_text().split()
    assert codes[0] == "4" and codes[-1] == "0" and set(codes) == {"4", "0"}
    summary = task.looked(run, event)
    assert summary["arguments"][:4] == [
        *("await", "sources.payments.v1", "--until", "2024-03-11T00:00:00Z")
    ]
    assert summary["status"] == "done"


def test_the_time_limit_ends_it_for_good(tmp_path: Path) -> None:
    limits = {"every": timedelta(seconds=0.2), "timeout": timedelta(seconds=1)}
    task, run, deferral = deferred(tmp_path, **limits)
    event = first_event(again(deferral.trigger))
    assert event["exit_code"] == 4
    with pytest.raises(AirflowSensorTimeout, match="ordered 4, to the time limit"):
        task.looked(run, event)


@pytest.mark.parametrize(("code", "error"), [(2, AirflowFailException), (1, AirflowException)])
def test_another_exit_code_means_what_it_means(
    tmp_path: Path, code: int, error: type[Exception]
) -> None:
    command = f"echo '{{\"exit_code\": {code}}}'; exit {code}"
    trigger = AwaitTrigger(command, {}, None, 60, time.time() + 60)
    event = first_event(trigger)
    with pytest.raises(error, match=f"exit code {code}") as e:
        task = sensor(tmp_path, deferrable=True)
        task.looked(context(task), event)
    assert type(e.value) is error


def test_who_stops_waiting_leaves_no_process(tmp_path: Path) -> None:
    command = f"trap 'touch {tmp_path}/told; exit' TERM; touch {tmp_path}/ready; sleep 60 & wait"
    trigger = AwaitTrigger(command, {}, None, 60, time.time() + 60)

    async def stop() -> None:
        first = asyncio.ensure_future(anext(trigger.run()))
        while not (tmp_path / "ready").exists():
            await asyncio.sleep(0.05)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(stop())
    until = time.monotonic() + 10
    while not (tmp_path / "told").exists():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_worker_looks_once_and_lets_go(tmp_path: Path) -> None:
    task = sensor(tmp_path)
    run = context(task)
    task.render_template_fields(run)
    assert not task.poke(run)
    (tmp_path / "sources.raw.v1").touch()
    ready = task.poke(run)
    assert ready.is_done and ready.xcom_value["exit_code"] == 0
    with pytest.raises(AirflowFailException, match="exit code 2"):
        refused = sensor(tmp_path)
        refused.command = "exit 2; "
        refused.poke(context(refused))
