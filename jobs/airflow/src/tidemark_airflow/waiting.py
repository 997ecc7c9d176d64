"""Waiting for a source: ``tidemark await`` ends with 0 when it is ready, with 4 when not yet."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from tidemark_airflow._airflow import (
    AirflowSensorTimeout,
    BaseSensorOperator,
    Context,
    PokeReturnValue,
)
from tidemark_airflow.interval import Interval
from tidemark_airflow.outcome import Outcome, Summary, summary_of
from tidemark_airflow.processes import Process
from tidemark_airflow.task import Command, command_line, fill

NOT_YET = 4


@dataclass(frozen=True)
class Waiting:
    """How tasks of kind ``await`` wait. Neither way holds a worker between two looks.

    :param every: how long from one look to the next
    :param timeout: after how long the task fails, and is not tried again
    :param deferrable: True: Airflow's triggerer looks, by a process of its own each time. False: a
        worker looks, and the task is rescheduled
    """

    every: timedelta = timedelta(minutes=5)
    timeout: timedelta = timedelta(days=1)
    deferrable: bool = False


class AwaitTrigger(BaseTrigger):
    """Looks again and again, from the triggerer, until the command ends with another code than 4.

    :param command: for bash
    :param env: its environment variables beside the triggerer's
    :param until: when to give up, in seconds since 1970
    """

    # Each look may start a JVM, and the triggerer may have hundreds of these.
    _at_once = asyncio.Semaphore(2)

    def __init__(
        self, command: str, env: dict[str, str], cwd: str | None, every: float, until: float
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.command = command
        self.env = env
        self.cwd = cwd
        self.every = every
        self.until = until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "tidemark_airflow.waiting.AwaitTrigger",
            {
                "command": self.command,
                "env": self.env,
                "cwd": self.cwd,
                "every": self.every,
                "until": self.until,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        while True:
            async with self._at_once:
                outcome = await self._look()
            if outcome.exit_code != NOT_YET:
                break
            if time.time() + self.every > self.until:
                break
            await asyncio.sleep(self.every)
        seen = {"exit_code": outcome.exit_code, "summary": outcome.summary}
        yield TriggerEvent(seen)  # type: ignore[no-untyped-call]

    async def _look(self) -> Outcome:
        process = await asyncio.create_subprocess_exec(
            shutil.which("bash") or "bash",
            "-c",
            self.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.env},
            cwd=self.cwd,
            start_new_session=True,
        )
        try:
            stdout, stderr = await process.communicate()
        except asyncio.CancelledError:
            # The task was cleared or marked, or the triggerer stops.
            await _end(process)
            raise
        for line in stderr.decode(errors="backslashreplace").splitlines():
            self.log.info("%s", line)
        summary: Summary | None = None
        for line in stdout.decode(errors="backslashreplace").splitlines():
            self.log.info("%s", line)
            summary = summary_of(line) or summary
        assert process.returncode is not None
        return Outcome.of(process.returncode, summary)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 10)
        except asyncio.TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


class TidemarkAwaitSensor(BaseSensorOperator):
    """Succeeds when the source is ready; other exit codes than 4 mean what they mean elsewhere.

    :param tidemark: the task
    :param command: what its arguments are put behind: a list of words, or text for bash (templated)
    :param env: environment variables beside the process's own
    :param deferrable: as ``Waiting`` says
    """

    template_fields: Sequence[str] = ("command", "arguments", "env", "cwd")

    def __init__(
        self,
        *,
        tidemark: Command,
        command: Sequence[str] | str,
        env: dict[str, str] | None = None,
        cwd: str | None = None,
        deferrable: bool = False,
        grace: float = 60,
        **kwargs: Any,
    ) -> None:
        super().__init__(mode="reschedule", **kwargs)
        self.tidemark = tidemark
        self.command = command if isinstance(command, str) else list(command)
        self.arguments = tidemark.argv
        self.env = env or {}
        self.cwd = cwd
        self.deferrable = deferrable
        self.grace = grace
        self._interval: Interval | None = None
        self._process: Process | None = None

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        self._interval = self.tidemark.interval(context)
        self.arguments = fill(self.arguments, self._interval)
        super().render_template_fields(context, jinja_env)

    def execute(self, context: Context) -> Any:
        if not self.deferrable:
            return super().execute(context)
        self.defer(
            trigger=AwaitTrigger(
                command_line(self),
                self.env,
                self.cwd,
                self.poke_interval,
                time.time() + self.timeout,
            ),
            method_name="looked",
        )

    def looked(self, context: Context, event: dict[str, Any]) -> Summary | None:
        """What the trigger saw last."""
        outcome = Outcome(event["exit_code"], event["summary"])
        if outcome.exit_code == NOT_YET:
            raise AirflowSensorTimeout(f"{outcome.message(self.tidemark.what)}, to the time limit")
        return self.tidemark.conclude(outcome, context, self._interval)

    def poke(self, context: Context) -> PokeReturnValue:
        self._process = Process(lambda line: self.log.info("%s", line))
        outcome = self._process.run(
            [shutil.which("bash") or "bash", "-c", command_line(self)],
            {**os.environ, **self.env},
            self.cwd,
            self.grace,
        )
        if outcome.exit_code == NOT_YET:
            return PokeReturnValue(is_done=False)
        summary = self.tidemark.conclude(outcome, context, self._interval)
        return PokeReturnValue(is_done=True, xcom_value=summary)

    def on_kill(self) -> None:
        if self._process is not None:
            self._process.terminate()
