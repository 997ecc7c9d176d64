"""Airflow's own scheduler, triggerer and API server at work on DAGs of plans: catching up, retries
after kills, exit codes, waiting, and a training set that follows its views.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest
from installation import (
    Airflow,
    Launcher,
    awaited_shop,
    fresh_shop,
    payment_arrives,
    writing_looks,
)
from plans import document, task, view, wait

pytestmark = pytest.mark.scheduler

FEATURES = """
import os
from datetime import datetime, timedelta, timezone
from airflow.sdk import DAG
from tidemark_airflow import Bash, assets_of, tidemark_group

PLAN = {plan!r}
SETTINGS = dict(
    runner=Bash(command=[os.environ["TIDEMARK"]]),
    project={project!r},
    default_args=dict(retries=4, retry_delay=timedelta(seconds=1)),
)

with DAG(
    "features",
    schedule="@daily",
    start_date=datetime(2024, 3, 4, tzinfo=timezone.utc),
    end_date=datetime(2024, 3, 6, tzinfo=timezone.utc),
    catchup=True,
    max_active_runs=1,
    is_paused_upon_creation=False,
):
    tidemark_group(PLAN, only=["materialize/*"], **SETTINGS)

with DAG(
    "training",
    schedule=assets_of(PLAN, "build/daily_fraud.v1"),
    max_active_runs=1,
    is_paused_upon_creation=False,
):
    tidemark_group(PLAN, only=["build/daily_fraud.v1"], **SETTINGS)
"""

AWAITING = """
from datetime import datetime, timedelta, timezone
from airflow.sdk import DAG
from tidemark_airflow import Bash, Waiting, tidemark_group

with DAG(
    "awaiting",
    schedule="@daily",
    start_date=datetime(2024, 3, 11, tzinfo=timezone.utc),
    end_date=datetime(2024, 3, 11, tzinfo=timezone.utc),
    catchup=True,
    is_paused_upon_creation=False,
):
    tidemark_group(
        {plan!r},
        Bash(command=[{command!r}]),
        project={project!r},
        group_id="late",
        waiting=Waiting(
            every=timedelta(seconds=2), timeout=timedelta(minutes=10), deferrable=True
        ),
    )
"""

FAKES = """
from datetime import datetime, timedelta, timezone
from airflow.sdk import DAG
from tidemark_airflow import Bash, Waiting, tidemark_group

FAKE = Bash(command=[{python!r}, {fake!r}], env={{"FAKE": {folder!r}}})

def dag(name, retries=1):
    return DAG(
        name,
        schedule="@daily",
        start_date=datetime(2024, 3, 2, tzinfo=timezone.utc),
        end_date=datetime(2024, 3, 2, tzinfo=timezone.utc),
        catchup=True,
        is_paused_upon_creation=False,
        default_args=dict(retries=retries, retry_delay=timedelta(seconds=1)),
    )

with dag("codes"):
    tidemark_group({codes!r}, FAKE)

for deferrable in (False, True):
    # Airflow may take a task that is due again within seconds for one that was lost.
    with dag("deferred" if deferrable else "rescheduled", retries=3):
        tidemark_group(
            {waits!r},
            FAKE,
            group_id="shop",
            waiting=Waiting(
                every=timedelta(seconds=6), timeout=timedelta(minutes=5), deferrable=deferrable
            ),
        )
"""


def java_of(project: Path, *words: str) -> int | None:
    """The process number of a Tidemark at work on a project with these arguments."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if "java" in arguments[0] and str(project) in arguments and set(words) <= set(arguments):
            return int(folder.name)
    return None


def parent(pid: int) -> int:
    return int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])


@pytest.mark.tidemark
def test_what_a_scheduler_does(
    airflow: Airflow,
    shop: Path,
    template_shop: Path,
    tidemark: Launcher,
    tmp_path: Path,
) -> None:
    # One test, since the services take long to start and what is looked at goes on side by side.
    plan = str(airflow.dags / "plan.json")
    tidemark.run("plan", "daily_fraud.v1", "--template", "--project", str(shop), "--out", plan)
    fakes = tmp_path / "fakes"
    fakes.mkdir()
    codes = document(
        *(
            task(f"build/code_{code}.v1", ["build", f"code_{code}.v1", "--as-of", "{{end}}"])
            for code in (0, 1, 2, 3, 4, 5, 77)
        )
    )
    waits = document(wait("raw.v1"), view("spend.v1", ["await/sources.raw.v1"]))
    (airflow.dags / "features.py").write_text(FEATURES.format(plan=plan, project=str(shop)))
    (airflow.dags / "fakes.py").write_text(
        FAKES.format(
            python=sys.executable,
            fake=str(Path(__file__).parent / "fake.py"),
            folder=str(fakes),
            codes=codes,
            waits=waits,
        )
    )
    late, looks = awaiting(airflow, tidemark, template_shop, tmp_path)
    with airflow.running():
        killed_driver(airflow, shop)
        killed_worker(airflow, shop)
        waiting_holds_no_worker(airflow, fakes)
        input_arrives_late(airflow, late, looks)
        airflow.wait_for(
            "three intervals",
            lambda: airflow.runs("features") == ["success"] * 3,
            240,
        )
        airflow.wait_for(
            "the training set as of the last interval's end",
            lambda: (
                (built := airflow.xcoms("training", "shop.build-daily_fraud.v1"))
                and built[-1]["tasks"][0]["as_of"] == "2024-03-06T00:00:00Z"
                and set(airflow.runs("training")) == {"success"}
            ),
            120,
        )
        exit_codes(airflow)
        airflow.wait_for("the deferred", lambda: airflow.runs("deferred") == ["success"], 60)
        airflow.wait_for("the rescheduled", lambda: airflow.runs("rescheduled") == ["success"], 60)
        airflow.wait_for("the late", lambda: airflow.runs("awaiting") == ["success"], 120)
    arrived(airflow, looks)
    followed(airflow)
    the_table_is_right(tidemark, shop, template_shop, tmp_path)


def at_work(airflow: Airflow, shop: Path, end: str) -> int:
    """The Tidemark that computes the interval with this end, when it has come to computing."""

    def computing() -> bool:
        # Runs are named by their triggers, and this one is for the time before it.
        logs = airflow.home.glob(f"logs/dag_id=features/run_id=*{end[:10]}*/*/attempt=1.log")
        return any("tidemark: computing" in log.read_text(errors="replace") for log in logs)

    airflow.wait_for(f"the interval to {end}", computing, 180)
    pid = java_of(shop, "materialize", end)
    assert pid is not None, airflow.said()
    return pid


def killed_driver(airflow: Airflow, shop: Path) -> None:
    """Tidemark is killed in the middle of an interval: the task fails and is tried again."""
    os.kill(at_work(airflow, shop, "2024-03-05T00:00:00Z"), signal.SIGKILL)
    airflow.wait_for(
        "another try",
        lambda: airflow.tries("features")["shop.materialize-daily_spend.v1"][1:2] == [2],
        60,
    )


def killed_worker(airflow: Airflow, shop: Path) -> None:
    """Airflow's process is killed and its Tidemark goes on, beside that of the next try."""
    os.kill(parent(at_work(airflow, shop, "2024-03-06T00:00:00Z")), signal.SIGKILL)
    airflow.wait_for(
        "another try",
        lambda: airflow.tries("features")["shop.materialize-daily_spend.v1"][2:3] == [2],
        60,
    )


def waiting_holds_no_worker(airflow: Airflow, fakes: Path) -> None:
    def state(dag: str) -> list[str]:
        return airflow.states(dag).get("shop.await-sources.raw.v1", [])

    airflow.wait_for("deferral", lambda: state("deferred") == ["deferred"], 60)
    airflow.wait_for("a pause", lambda: state("rescheduled") == ["up_for_reschedule"], 60)
    looks = fakes / "sources.raw.looks"
    before = len(looks.read_text().splitlines())
    airflow.wait_for("more looks", lambda: len(looks.read_text().splitlines()) > before + 2, 60)
    assert "shop.materialize-spend.v1" in airflow.states("deferred")
    assert airflow.states("deferred")["shop.materialize-spend.v1"] == [None]
    (fakes / "sources.raw.v1").touch()


def awaiting(
    airflow: Airflow, tidemark: Launcher, template: Path, folder: Path
) -> tuple[Path, Path]:
    """A DAG whose source has a rule and no rows yet: its shop, and the file of looks."""
    (folder / "late").mkdir()
    late = fresh_shop(template, folder / "late")
    awaited_shop(late)
    command, looks = writing_looks(folder / "late", tidemark)
    plan = str(airflow.dags / "late.json")
    tidemark.run("plan", "daily_spend.v1", "--template", "--project", str(late), "--out", plan)
    (airflow.dags / "awaiting.py").write_text(
        AWAITING.format(plan=plan, command=str(command), project=str(late))
    )
    return late, looks


def input_arrives_late(airflow: Airflow, late: Path, looks: Path) -> None:
    """The packaged Tidemark ends with 4, by the triggerer, until the payments are there."""

    def states(task: str) -> list[str]:
        return airflow.states("awaiting")[task]

    airflow.wait_for("a look", lambda: looks.exists() and looks.read_text().strip(), 120)
    assert states("late.await-sources.payments.v1") == ["deferred"]
    assert states("late.materialize-daily_spend.v1") == [None]
    assert set(looks.read_text().split()) == {"4"}
    payment_arrives(late)


def arrived(airflow: Airflow, looks: Path) -> None:
    codes = looks.read_text().split()
    assert (codes[0], codes[-1], codes.count("0")) == ("4", "0", 1)
    (waited,) = airflow.xcoms("awaiting", "late.await-sources.payments.v1")
    assert waited["arguments"][:4] == [
        *("await", "sources.payments.v1", "--until", "2024-03-11T00:00:00Z")
    ]
    (view,) = airflow.xcoms("awaiting", "late.materialize-daily_spend.v1")
    assert view["tasks"][0]["intervals"]["committed"] == 1


def exit_codes(airflow: Airflow) -> None:
    """2 and 3 fail at once; what may be otherwise next time is tried again."""
    airflow.wait_for("the codes", lambda: airflow.runs("codes") == ["failed"], 120)
    assert airflow.tries("codes") == {
        f"shop.build-code_{code}.v1": [tries]
        for code, tries in {0: 1, 1: 2, 2: 1, 3: 1, 4: 2, 5: 2, 77: 2}.items()
    }
    states = airflow.states("codes")
    assert states.pop("shop.build-code_0.v1") == ["success"]
    assert set(map(tuple, states.values())) == {("failed",)}
    # What went wrong is to be read beside the task.
    (refused,) = airflow.xcoms("codes", "shop.build-code_2.v1")
    assert (refused["exit_code"], refused["error"]["message"]) == (2, "ordered 2")


def followed(airflow: Airflow) -> None:
    """Each run of the training set is as of an end that its views had come to."""
    views = airflow.xcoms("features", "shop.materialize-daily_spend.v1")
    # Airflow leaves the order of runs in a catch-up to itself.
    assert sorted(view["arguments"][5] for view in views) == [
        "2024-03-04T00:00:00Z",
        "2024-03-05T00:00:00Z",
        "2024-03-06T00:00:00Z",
    ]
    events = [
        json.loads(row["extra"])
        for row in airflow.query(
            "select e.extra from asset_event e where e.source_dag_id = 'features' order by e.id"
        )
    ]
    assert [event["end"] for event in events] == [view["arguments"][5] for view in views]
    assert all(event["resource"] == "feature-views.daily_spend.v1" for event in events)
    assert all(
        event["snapshot"] == view["tables"][0]["snapshot"]
        for event, view in zip(events, views, strict=True)
        if view["tables"]
    )
    builds = airflow.xcoms("training", "shop.build-daily_fraud.v1")
    ends = [build["tasks"][0]["as_of"] for build in builds]
    assert ends == sorted(ends) and set(ends) <= {event["end"] for event in events}
    assert builds[-1]["rows"] == 3


def the_table_is_right(tidemark: Launcher, shop: Path, template: Path, folder: Path) -> None:
    """After all that was killed the rows are those of a run that nobody disturbed."""
    other = folder / "undisturbed"
    other.mkdir()
    calm = fresh_shop(template, other)
    arguments = ("--start", "2024-03-03", "--end", "2024-03-06", "--project", str(calm))
    tidemark.run("materialize", "daily_spend.v1", *arguments)
    rows = tidemark.rows(shop, "daily_spend.v1")
    assert len(rows) > 4
    assert rows == tidemark.rows(calm, "daily_spend.v1")
    assert tidemark.rows(shop, "daily_fraud.v1")[:-1] == [
        "1,2024-03-03T08:00:00Z,40.00,false,35.50,55.50",
        "2,2024-03-03T12:00:00Z,500.00,true,12.00,12.00",
        # The payment of the day before was loaded after midnight, so the tick does not see it.
        "2,2024-03-04T12:00:00Z,510.00,true,,12.00",
    ]
