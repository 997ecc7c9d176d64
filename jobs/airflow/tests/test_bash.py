"""A command on a worker: its exit code, its summary, and its end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import plans
import pytest
from contexts import context, execute

from tidemark_airflow import Bash, tidemark_group
from tidemark_airflow._airflow import DAG, AirflowException, AirflowFailException
from tidemark_airflow.processes import Process

FAKE = str(Path(__file__).parent / "fake.py")


def operator(name: str = "code_0.v1", command: Any = (sys.executable, FAKE), **kwargs: Any) -> Any:
    with DAG("d", schedule=None, start_date=datetime(2024, 3, 1, tzinfo=timezone.utc)) as dag:
        tidemark_group(plans.document(plans.view(name)), Bash(command), **kwargs)
    return dag.task_dict[f"shop.materialize-{name}"]


def test_the_summary_is_an_object_and_the_interval_is_the_run_s() -> None:
    task = operator()
    run = context(task)
    summary = execute(task, run)
    assert summary["status"] == "done"
    assert summary["arguments"] == [
        *("materialize", "code_0.v1"),
        *("--start", "2024-03-01T00:00:00Z", "--end", "2024-03-02T00:00:00Z"),
        *("--project", "/srv/shop", "--env", "local"),
    ]
    (event,) = run["outlet_events"].values()
    assert event.extra == {
        "resource": "feature-views.code_0.v1",
        "start": "2024-03-01T00:00:00Z",
        "end": "2024-03-02T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("code", "again"),
    [(1, True), (2, False), (3, False), (4, True), (5, True), (77, True), (130, True), (143, True)],
)
def test_an_exit_code_says_whether_to_try_again(code: int, again: bool) -> None:
    task = operator(f"code_{code}.v1")
    run = context(task)
    with pytest.raises(AirflowException, match=f"exit code {code}.*: ordered {code}") as e:
        execute(task, run)
    assert isinstance(e.value, AirflowFailException) is not again
    assert run["ti"].xcoms["return_value"]["exit_code"] == code
    assert not run["outlet_events"]


def test_the_document_s_exit_codes_hold() -> None:
    document = plans.document(plans.view("code_5.v1"))
    document["exit_codes"] = {"0": "done", "5": "fail"}
    with DAG("d", schedule=None, start_date=datetime(2024, 3, 1, tzinfo=timezone.utc)) as dag:
        tidemark_group(document, Bash([sys.executable, FAKE]))
    task = dag.task_dict["shop.materialize-code_5.v1"]
    with pytest.raises(AirflowFailException):
        execute(task, context(task))


def test_a_command_that_is_not_there_is_tried_again() -> None:
    task = operator(command=["/none/tidemark"])
    with pytest.raises(AirflowException, match="exit code 127") as e:
        execute(task, context(task))
    assert not isinstance(e.value, AirflowFailException)


def test_killed_counts_as_a_shell_counts_it() -> None:
    task = operator(command=[sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    with pytest.raises(AirflowException, match="exit code 137"):
        execute(task, context(task))


def test_lines_longer_than_a_pipe_and_without_an_end() -> None:
    script = "import sys; sys.stderr.write('e' * 300000); print('x' * 300000); print('{}', end='')"
    task = operator(command=[sys.executable, "-c", script])
    assert execute(task, context(task)) is None


def test_more_environment_and_templates(tmp_path: Path) -> None:
    with DAG("d", schedule=None, start_date=datetime(2024, 3, 1, tzinfo=timezone.utc)) as dag:
        tidemark_group(
            plans.document(plans.view("v.v1")),
            Bash('printf "%s\\n" "$KEY" >&2; : ', env={"KEY": "{{ run_id }}"}),
            project="{{ params.project }}",
        )
    task = dag.task_dict["shop.materialize-v.v1"]
    run = context(task, params={"project": "/srv/it's"})
    assert execute(task, run) is None
    assert task.env == {"KEY": run["run_id"]}
    assert task.bash_command.endswith("""--project '/srv/it'"'"'s' --env local""")


# A driver with a child, as the launcher with its JVM: both must hear of the end.
DRIVER = """
import os, signal, subprocess, sys, time
folder = {folder!r}
child = subprocess.Popen([sys.executable, "-c", '''
import signal, sys, time
def end(*_):
    open({folder!r} + "/child", "w").write("told")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open({folder!r} + "/ready", "w").close()
time.sleep(60)
'''])
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append(True))
while child.poll() is None:
    time.sleep(0.05)
open(folder + "/driver", "w").write("told" if told else "not told")
print('{{"exit_code": 143, "status": "cancelled"}}', flush=True)
sys.exit(143)
"""


def when(look: Callable[[], bool], act: Callable[[], None]) -> None:
    """Acts from another thread once there is something to see."""

    def wait() -> None:
        until = time.monotonic() + 120
        while not look() and time.monotonic() < until:
            time.sleep(0.05)
        act()

    threading.Thread(target=wait, daemon=True).start()


def test_a_kill_asks_all_processes_to_end(tmp_path: Path) -> None:
    task = operator(command=[sys.executable, "-c", DRIVER.format(folder=str(tmp_path))])
    run = context(task)
    when((tmp_path / "ready").exists, task.on_kill)
    with pytest.raises(AirflowException, match=r"exit code 143 \(cancelled\)"):
        execute(task, run)
    assert (tmp_path / "child").read_text() == (tmp_path / "driver").read_text() == "told"
    assert run["ti"].xcoms["return_value"]["status"] == "cancelled"
    # Once it has ended, its number may be another's.
    task.on_kill()


def test_a_kill_before_the_command_is_there_counts() -> None:
    process = Process(print)
    process.terminate()
    outcome = process.run(["sleep", "60"], os.environ, None, 60)
    assert outcome.exit_code == 143


class OutOfTime(BaseException):
    pass


def test_out_of_time_leaves_no_process_behind(tmp_path: Path) -> None:
    task = operator(command=[sys.executable, "-c", DRIVER.format(folder=str(tmp_path))])

    def out_of_time(*_: Any) -> None:
        raise OutOfTime

    # As Airflow's own time limit: an exception in the middle of execute, and on_kill after it.
    before = signal.signal(signal.SIGUSR1, out_of_time)
    when((tmp_path / "ready").exists, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        with pytest.raises(OutOfTime):
            execute(task, context(task))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (tmp_path / "driver").read_text() == "told"


def test_who_does_not_end_is_killed(tmp_path: Path) -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f" open({str(tmp_path / 'ready')!r}, 'w').close(); time.sleep(60)"
    )
    task = operator(command=[sys.executable, "-c", script])
    task.grace = 0.5

    def out_of_time(*_: Any) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGUSR1, out_of_time)
    when((tmp_path / "ready").exists, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    begun = time.monotonic()
    try:
        with pytest.raises(OutOfTime):
            execute(task, context(task))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert time.monotonic() - begun < 20


def test_a_run_without_an_interval_is_not_tried_again() -> None:
    task = operator()
    run = context(task, data_interval_start=None, data_interval_end=None)
    with pytest.raises(AirflowFailException, match="this run is for no interval"):
        execute(task, run)


@pytest.mark.tidemark
def test_tidemark_cancels(shop: Path, tidemark: Any) -> None:
    plan = plans.document(plans.view("daily_spend.v1"))
    with DAG("d", schedule=None, start_date=datetime(2024, 3, 1, tzinfo=timezone.utc)) as dag:
        tidemark_group(plan, Bash([tidemark.path]), project=str(shop))
    task = dag.task_dict["shop.materialize-daily_spend.v1"]
    run = context(task)
    # By then Spark is at work; while it starts, Tidemark may end without a word.
    state = shop / ".tidemark/warehouse/features/daily_spend_v1__state"
    when(state.exists, task.on_kill)
    with pytest.raises(AirflowException, match=r"exit code 143 \(cancelled\)"):
        execute(task, run)
    assert run["ti"].xcoms["return_value"]["exit_code"] == 143
