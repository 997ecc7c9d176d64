"""Which interval a run is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

from tidemark_airflow._airflow import AirflowFailException, Context

HOW_TO_SAY = (
    "give the DAG a schedule with intervals (a cron expression, CronDataIntervalTimetable), let it"
    " follow assets that Tidemark's tasks write, or say the interval in the run's configuration:"
    ' {"start": "2024-03-01T00:00:00Z", "end": "2024-03-02T00:00:00Z"}'
)


@dataclass(frozen=True)
class Interval:
    """``[start, end)``. ``start`` is None where only an end is known."""

    start: datetime | None
    end: datetime


def instant(time: datetime) -> str:
    """As Tidemark reads it: UTC, with a Z."""
    utc = time.astimezone(timezone.utc)
    return utc.strftime("%Y-%m-%dT%H:%M:%S" + (".%f" if utc.microsecond else "")) + "Z"


def parse(text: object, where: str) -> datetime:
    """The instant that a text says; one without an offset is an error."""
    try:
        time = datetime.fromisoformat(str(text).replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError as e:
        raise AirflowFailException(f"{where}: {text!r} is no instant ({e})") from e
    if time.tzinfo is None:
        raise AirflowFailException(f"{where}: {text!r} says no offset; write {text}Z if it is UTC")
    return time


def of_arguments(argv: Sequence[str]) -> Interval | None:
    """The interval that a command of a plan of one interval has in its own arguments."""
    said = dict(pairwise(argv))
    start, end = said.get("--start"), said.get("--end", said.get("--as-of"))
    if end is None:
        return None
    return Interval(parse(start, "--start") if start else None, parse(end, "--end"))


def of_run(context: Context) -> Interval:
    """The interval of a run: what its configuration says, else what the events tell that triggered
    it, else its data interval.

    Raises ``AirflowFailException`` if there is none: another try would not know more.
    """
    found = _of_conf(context) or _of_events(context) or _of_data_interval(context)
    if found is None:
        raise AirflowFailException(f"this run is for no interval; {HOW_TO_SAY}")
    if found.start is not None and found.start >= found.end:
        raise AirflowFailException(
            f"this run's interval [{instant(found.start)}, {instant(found.end)}) is empty;"
            f" {HOW_TO_SAY}"
        )
    return found


def _of_conf(context: Context) -> Interval | None:
    conf = getattr(context.get("dag_run"), "conf", None) or {}
    if not isinstance(conf, Mapping) or "end" not in conf:
        return None
    start = conf.get("start")
    return Interval(
        None if start is None else parse(start, "`start` in the run's configuration"),
        parse(conf["end"], "`end` in the run's configuration"),
    )


def _of_events(context: Context) -> Interval | None:
    events: Any = context.get("triggering_asset_events")
    if events is None:
        events = context.get("triggering_dataset_events")
    if not events:
        return None
    by_asset: Iterable[Iterable[Any]] = [list(events[asset]) for asset in events]
    return of_events(by_asset)


def of_events(by_asset: Iterable[Iterable[Any]]) -> Interval | None:
    """How far all the assets are: each is as far as the latest end of its events, and the one that
    is least far decides. What a later end would promise is not there yet for that one.

    An event that is not of a Tidemark task has no end; its time is taken instead.
    """
    ends: list[datetime] = []
    starts: list[datetime] = []
    for events in by_asset:
        own: list[datetime] = []
        for event in events:
            extra = event.extra if isinstance(event.extra, Mapping) else {}
            if "end" in extra:
                own.append(parse(extra["end"], "`end` of a triggering event"))
                if extra.get("start") is not None:
                    starts.append(parse(extra["start"], "`start` of a triggering event"))
            else:
                own.append(event.timestamp)
        if own:
            ends.append(max(own))
    if not ends:
        return None
    return Interval(min(starts) if starts else None, min(ends))


def _of_data_interval(context: Context) -> Interval | None:
    start: Any = context.get("data_interval_start")
    end: Any = context.get("data_interval_end")
    if start is None or end is None:
        return None
    if start < end:
        return Interval(start, end)
    return _of_trigger(getattr(context.get("dag"), "timetable", None), end)


def _of_trigger(timetable: Any, at: Any) -> Interval | None:
    """Since Airflow 3 a cron expression triggers runs whose data interval is empty. What such a run
    is for is the time since the trigger before it: whole, and the same for a run of long ago.
    """
    from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable

    name = type(timetable).__name__
    if name == "CronTriggerTimetable":
        expression = getattr(timetable, "expression", None) or timetable._expression
        zone = getattr(timetable, "timezone", None) or timetable._timezone
        interval = CronDataIntervalTimetable(expression, zone).infer_manual_data_interval(
            run_after=at
        )
    elif name == "DeltaTriggerTimetable":
        delta = getattr(timetable, "delta", None) or timetable._delta
        interval = DeltaDataIntervalTimetable(delta).infer_manual_data_interval(run_after=at)
    else:
        return None
    return Interval(interval.start, interval.end)
