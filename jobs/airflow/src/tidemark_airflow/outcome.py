"""How a command ended, and what Airflow is told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidemark_airflow import interval as intervals
from tidemark_airflow._airflow import AirflowException, AirflowFailException, Context
from tidemark_airflow.plan import DONE, FAIL, RETRY, PlanAsset

Summary = dict[str, Any]


def summary_of(line: str) -> Summary | None:
    """The JSON summary if the line is one."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "exit_code" in found else None


@dataclass(frozen=True)
class Outcome:
    """The exit code, as a shell tells it (of a signal n, 128 + n), and the summary, if any."""

    exit_code: int
    summary: Summary | None

    @staticmethod
    def of(returncode: int, summary: Summary | None) -> Outcome:
        return Outcome(128 - returncode if returncode < 0 else returncode, summary)

    def retry_class(self, exit_codes: Mapping[int, str]) -> str:
        """A code that is not listed is one to try again after."""
        return DONE if self.exit_code == 0 else exit_codes.get(self.exit_code, RETRY)

    def message(self, what: str) -> str:
        summary = self.summary or {}
        status = summary.get("status")
        error = summary.get("error") or {}
        return (
            f"{what} ended with exit code {self.exit_code}"
            + (f" ({status})" if status else "")
            + (f": {error['message']}" if error.get("message") else "")
        )

    def conclude(
        self, what: str, exit_codes: Mapping[int, str], context: Context
    ) -> Summary | None:
        """The summary of a command that did its work. Of one that did not, the summary goes to XCom
        all the same, since its error says what to do; and then ``AirflowFailException``, after
        which nothing is tried again, or ``AirflowException``.
        """
        retry_class = self.retry_class(exit_codes)
        if retry_class == DONE:
            return self.summary
        if self.summary is not None:
            context["ti"].xcom_push(key="return_value", value=self.summary)
        raise failure(retry_class, self.message(what))


def failure(retry_class: str, message: str) -> AirflowException:
    """What makes Airflow try again, or not."""
    if retry_class == FAIL:
        return AirflowFailException(f"{message}; another try would end the same")
    return AirflowException(message)


def tell_assets(
    outputs: Mapping[PlanAsset, Any],
    context: Context,
    interval: intervals.Interval | None,
    summary: Summary | None,
) -> None:
    """Says in each event up to when its asset is there, for DAGs that follow it."""
    for output, asset in outputs.items():
        extra: dict[str, Any] = {"resource": output.resource}
        if interval is not None:
            extra["start"] = intervals.instant(interval.start) if interval.start else None
            extra["end"] = intervals.instant(interval.end)
        for table in (summary or {}).get("tables") or []:
            if (table.get("name"), table.get("provider")) == (output.table, output.provider):
                extra["snapshot"] = table.get("snapshot")
        context["outlet_events"][asset].extra.update(extra)
