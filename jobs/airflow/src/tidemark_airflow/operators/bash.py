"""Tidemark's command line on Airflow's workers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator

from tidemark_airflow._airflow import Context
from tidemark_airflow.interval import Interval
from tidemark_airflow.outcome import Summary
from tidemark_airflow.processes import Process
from tidemark_airflow.task import Command, command_line, fill


class TidemarkBashOperator(BashOperator):
    """A BashOperator that reads stdout and stderr apart, gives the summary as an object, and goes
    by Tidemark's exit codes.

    :param tidemark: the task
    :param command: what its arguments are put behind: a list of words, or text for bash (templated)
    :param grace: how many seconds a command has to end after SIGTERM when a time limit ended it
    """

    template_fields: Sequence[str] = ("command", "arguments", *BashOperator.template_fields)
    # The last argument may end in `.sh` and is no template file.
    template_ext: Sequence[str] = ()

    def __init__(
        self,
        *,
        tidemark: Command,
        command: Sequence[str] | str,
        grace: float = 60,
        **kwargs: Any,
    ) -> None:
        # It is put together when a run has filled in its parts.
        super().__init__(bash_command="", **kwargs)
        self.tidemark = tidemark
        self.command = command if isinstance(command, str) else list(command)
        self.arguments = tidemark.argv
        self.grace = grace
        self._interval: Interval | None = None
        self._process: Process | None = None

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        self._interval = self.tidemark.interval(context)
        self.arguments = fill(self.arguments, self._interval)
        super().render_template_fields(context, jinja_env)
        self.bash_command = command_line(self)

    def execute(self, context: Context) -> Summary | None:
        self._process = Process(lambda line: self.log.info("%s", line))
        self.log.info("Running %s", self.bash_command)
        outcome = self._process.run(
            [shutil.which("bash") or "bash", "-c", str(self.bash_command)],
            self.get_env(context),
            self.cwd,
            self.grace,
        )
        if outcome.exit_code == 0 and outcome.summary is None:
            self.log.warning("The command printed no summary; is it Tidemark's command line?")
        return self.tidemark.conclude(outcome, context, self._interval)

    def on_kill(self) -> None:
        if self._process is not None:
            self._process.terminate()
