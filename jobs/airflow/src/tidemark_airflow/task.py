"""What every operator of this package does, whatever runs its command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tidemark_airflow import interval as intervals
from tidemark_airflow._airflow import AirflowFailException, Asset, Context
from tidemark_airflow.outcome import Outcome, Summary, tell_assets
from tidemark_airflow.plan import END, PROJECT, START, PlanAsset, PlanTask


@dataclass(frozen=True)
class Command:
    """A task of the plan as a run of a DAG does it."""

    task: PlanTask
    project: str
    exit_codes: Mapping[int, str]
    outputs: Mapping[PlanAsset, Asset] = field(default_factory=dict)

    @property
    def argv(self) -> list[str]:
        """The arguments, with the project and still without the interval."""
        return [argument.replace(PROJECT, self.project) for argument in self.task.argv]

    @property
    def what(self) -> str:
        return "tidemark " + " ".join(self.task.argv[:2])

    def interval(self, context: Context) -> intervals.Interval | None:
        """The run's interval, or that of the plan; None if the command has no use for one.

        Raises ``AirflowFailException`` if it has, and the run has none.
        """
        needs_start = self.task.uses(START)
        if not (needs_start or self.task.uses(END)):
            return intervals.of_arguments(self.task.argv)
        interval = intervals.of_run(context)
        if needs_start and interval.start is None:
            raise AirflowFailException(
                f"{self.what}: this run tells no start of an interval; {intervals.HOW_TO_SAY}"
            )
        return interval

    def conclude(
        self, outcome: Outcome, context: Context, interval: intervals.Interval | None
    ) -> Summary | None:
        """The summary, for XCom, and the assets' events; or the error that Airflow is to see."""
        summary = outcome.conclude(self.what, self.exit_codes, context)
        tell_assets(self.outputs, context, interval, summary)
        return summary


class HasCommandLine(Protocol):
    """An operator whose command line is ``command``, a list of words or text for bash, and then
    ``arguments``; both are templated.
    """

    @property
    def command(self) -> Sequence[str] | str: ...

    @property
    def arguments(self) -> Sequence[str]: ...


def command_line(operator: HasCommandLine) -> str:
    """For bash. Words are quoted here, after templates: what they give may have any letter."""
    command = operator.command
    prefix = command if isinstance(command, str) else shlex.join(command)
    return f"{prefix} {shlex.join(operator.arguments)}"


def fill(value: Any, interval: intervals.Interval | None) -> Any:
    """The value with instants for the placeholders, wherever they are in it."""
    if interval is None:
        return value
    if isinstance(value, str):
        value = value.replace(END, intervals.instant(interval.end))
        return value.replace(START, intervals.instant(interval.start)) if interval.start else value
    if isinstance(value, (list, tuple)):
        return type(value)(fill(item, interval) for item in value)
    return value
