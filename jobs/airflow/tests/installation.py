"""A Tidemark and an Airflow to run."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

AIRFLOW_3 = int(importlib.metadata.version("apache-airflow").split(".")[0]) >= 3


def _with(module: str) -> pytest.MarkDecorator:
    try:
        there = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        there = False
    return pytest.mark.skipif(not there, reason=f"{module} is not part of this installation")


WITH_SPARK = _with("airflow.providers.apache.spark")
WITH_KUBERNETES = _with("airflow.providers.cncf.kubernetes")

DAILY = """
feature-views.daily_spend.v1 {
  entity = customer
  source = sources.payments.v1
  keys { customer_id = buyer_id }
  where = "status = 'OK'"
  features { spend { aggregate = "sum(amount)", windows = [1d, 7d] } }
  materialize { every = 1d, start = "2024-03-01" }
  use-materialized = true
  owner = you
  description = "What a customer paid, every midnight"
}

training-sets.daily_fraud.v1 {
  label = labels.chargeback.v1
  features = [daily_spend.v1]
  owner = risk
  description = "Checkouts with what was known at midnight"
}
"""


LOOKS = """#!/bin/sh
# Tidemark, which also writes down how each look ended.
"{tidemark}" "$@"
code=$?
[ "$1" != await ] || echo $code >>"{looks}"
exit $code
"""


def awaited_shop(shop: Path) -> None:
    """Payments are ready for an instant when there is one at it or later; the last is of
    2024-03-07.
    """
    file = shop / "definitions" / "shop.conf"
    text = file.read_text()
    assert text.count("event-time = paid_at") == 1
    file.write_text(
        text.replace(
            "event-time = paid_at", "event-time = paid_at, ready { watermark = event-time }"
        )
    )


def payment_arrives(shop: Path) -> None:
    """Of 2024-03-11, in one step, as what loads a lake should."""
    file = shop / "data" / "payments.csv"
    more = file.with_name(".payments.csv")
    more.write_text(file.read_text() + "9,1,2024-03-11T08:00:00Z,2024-03-11T08:30:00Z,7.00,OK\n")
    more.replace(file)


def writing_looks(folder: Path, tidemark: Launcher) -> tuple[Path, Path]:
    """A command that is Tidemark, and the file in which its looks are."""
    command, looks = folder / "tidemark-looks", folder / "looks"
    command.write_text(LOOKS.format(tidemark=tidemark.path, looks=looks))
    command.chmod(0o755)
    return command, looks


def fresh_shop(template: Path, folder: Path) -> Path:
    made = folder / "shop"
    shutil.copytree(template, made)
    return made


@dataclass(frozen=True)
class Launcher:
    """Tidemark's launcher."""

    path: str

    def run(self, *arguments: str) -> list[str]:
        """The lines of stdout; the last is the summary."""
        done = subprocess.run(
            [self.path, *arguments],
            env={**os.environ, **HEAP},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    def rows(self, project: Path, name: str) -> list[str]:
        """The rows of a table, sorted."""
        *rows, _ = self.run("read", name, "--project", str(project), "--format", "csv")
        return sorted(rows)


HEAP = {"TIDEMARK_HEAP": "1g"}


class Airflow:
    """An Airflow in a folder of its own: SQLite, LocalExecutor, and only this machine's address."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.dags = home / "dags"
        self.dags.mkdir(parents=True, exist_ok=True)
        port = _free_port()
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")},
            **HEAP,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "3",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(),
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
            "TIDEMARK": os.environ.get("TIDEMARK", ""),
            "PYTHONWARNINGS": "ignore",
            "NO_PROXY": "127.0.0.1",
        }
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def cli(self, *arguments: str, timeout: float = 300) -> str:
        """Runs a command of Airflow's; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-20_000:]
        return done.stdout

    @contextlib.contextmanager
    def running(self) -> Iterator[Airflow]:
        """With scheduler, DAG processor, triggerer and API server, each a process of its own."""
        self.cli("db", "migrate")
        try:
            self._start("api-server", "--workers", "1")
            self._start("dag-processor")
            self._start("triggerer", "--skip-serve-logs")
            self._start("scheduler", "--skip-serve-logs")
            yield self
        finally:
            for process in self._started.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
            for process in self._started.values():
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def _start(self, *arguments: str) -> None:
        with (self.home / f"{arguments[0]}.log").open("wb") as log:
            self._started[arguments[0]] = subprocess.Popen(
                [sys.executable, "-m", "airflow", *arguments],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def query(self, sql: str, *arguments: Any) -> list[sqlite3.Row]:
        """Reads what Airflow remembers."""
        connection = sqlite3.connect(f"file:{self.home}/airflow.db?mode=ro", uri=True, timeout=30)
        with contextlib.closing(connection):
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, arguments).fetchall()

    def wait_for(self, what: str, look: Callable[[], T | None], seconds: float) -> T:
        """Looks until there is something to see."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = look()
            if found:
                return found
            for name, process in self._started.items():
                assert process.poll() is None, f"{name} ended\n{self.said()}"
            time.sleep(0.5)
        raise AssertionError(f"{what}: not within {seconds} s\n{self.said()}")

    def states(self, dag: str) -> dict[str, list[str]]:
        """Of each task the states of its runs, in the runs' order."""
        found: dict[str, list[str]] = {}
        for row in self.query(
            "select t.task_id, t.state from task_instance t join dag_run r"
            " on r.dag_id = t.dag_id and r.run_id = t.run_id where t.dag_id = ? order by r.id",
            dag,
        ):
            found.setdefault(row["task_id"], []).append(row["state"])
        return found

    def tries(self, dag: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row in self.query(
            "select t.task_id, t.try_number from task_instance t join dag_run r"
            " on r.dag_id = t.dag_id and r.run_id = t.run_id where t.dag_id = ? order by r.id",
            dag,
        ):
            found.setdefault(row["task_id"], []).append(row["try_number"])
        return found

    def runs(self, dag: str) -> list[str]:
        """The states of a DAG's runs."""
        rows = self.query("select state from dag_run where dag_id = ? order by id", dag)
        return [row["state"] for row in rows]

    def xcoms(self, dag: str, task: str) -> list[Any]:
        """What a task gave, run by run."""
        rows = self.query(
            "select x.value from xcom x join dag_run r on r.id = x.dag_run_id"
            " where x.dag_id = ? and x.task_id = ? and x.key = 'return_value' order by r.id",
            dag,
            task,
        )
        values = [json.loads(row["value"]) for row in rows]
        return [json.loads(value) if isinstance(value, str) else value for value in values]

    def said(self) -> str:
        """The ends of all logs, for a failure's message."""
        logs = sorted(self.home.glob("*.log")) + sorted(self.home.glob("logs/dag_id=*/**/*.log"))
        return "\n".join(f"--- {log}\n{log.read_text(errors='replace')[-4000:]}" for log in logs)


def told_what_was_done(airflow: Airflow) -> None:
    """The summaries of the day before 2024-03-04, as objects."""
    view, built = (
        airflow.xcoms("shop", f"shop.{task}")[0]
        for task in ("materialize-daily_spend.v1", "build-daily_fraud.v1")
    )
    assert view["tasks"][0]["intervals"]["committed"] == 1
    assert view["arguments"][1:6] == [
        *("daily_spend.v1", "--start", "2024-03-03T00:00:00Z", "--end", "2024-03-04T00:00:00Z")
    ]
    assert (built["status"], built["rows"]) == ("done", 2)
    assert built["tasks"][0]["as_of"] == "2024-03-04T00:00:00Z"


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port
