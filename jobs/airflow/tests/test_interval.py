"""Which interval a run is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest

from tidemark_airflow._airflow import AIRFLOW_3, DAG, AirflowFailException
from tidemark_airflow.interval import Interval, instant, of_run

UTC = timezone.utc


def at(day: int, hour: int = 0) -> datetime:
    return pendulum.datetime(2024, 3, day, hour)


@dataclass
class Event:
    extra: dict[str, Any]
    timestamp: datetime = field(default_factory=lambda: at(20))


def context(**values: Any) -> Any:
    return {"dag_run": SimpleNamespace(conf=values.pop("conf", {})), **values}


def test_an_instant_is_utc_and_ends_in_z() -> None:
    east = timezone(timedelta(hours=2))
    assert instant(datetime(2024, 3, 2, 1, tzinfo=east)) == "2024-03-01T23:00:00Z"
    assert instant(datetime(2024, 3, 2, 1, 0, 0, 5, UTC)) == "2024-03-02T01:00:00.000005Z"


def test_the_data_interval() -> None:
    run = context(data_interval_start=at(1), data_interval_end=at(2))
    assert of_run(run) == Interval(at(1), at(2))


def test_the_configuration_comes_first() -> None:
    conf = {"start": "2024-02-01T00:00:00+01:00", "end": "2024-02-03T00:00:00Z"}
    found = of_run(context(conf=conf, data_interval_start=at(1), data_interval_end=at(2)))
    assert [instant(found.start or at(1)), instant(found.end)] == [
        "2024-01-31T23:00:00Z",
        "2024-02-03T00:00:00Z",
    ]


@pytest.mark.parametrize(
    ("conf", "said"),
    [
        ({"end": "yesterday"}, "`end` in the run's configuration: 'yesterday' is no instant"),
        ({"end": "2024-03-01"}, "says no offset; write 2024-03-01Z if it is UTC"),
        ({"start": "2024-03-02T00:00:00Z", "end": "2024-03-02T00:00:00Z"}, "is empty"),
    ],
)
def test_a_configuration_that_says_no_interval(conf: dict[str, str], said: str) -> None:
    with pytest.raises(AirflowFailException, match=said):
        of_run(context(conf=conf))


def test_the_asset_that_is_least_far_decides() -> None:
    events = {
        "spend": [
            Event({"start": "2024-03-03T00:00:00Z", "end": "2024-03-04T00:00:00Z"}),
            Event({"start": "2024-03-02T00:00:00Z", "end": "2024-03-03T00:00:00Z"}),
        ],
        "visits": [Event({"start": "2024-03-02T00:00:00Z", "end": "2024-03-03T00:00:00Z"})],
    }
    assert of_run(context(triggering_asset_events=events)) == Interval(at(2), at(3))


def test_an_event_of_something_else_counts_by_its_time() -> None:
    events = {"labels": [Event({}, at(5, 12))]}
    assert of_run(context(triggering_asset_events=events)) == Interval(None, at(5, 12))
    events["spend"] = [Event({"start": None, "end": "2024-03-05T00:00:00Z"})]
    assert of_run(context(triggering_asset_events=events)) == Interval(None, at(5))


def test_no_interval_is_said_and_not_tried_again() -> None:
    with pytest.raises(AirflowFailException, match="this run is for no interval; give the DAG"):
        of_run(context())
    with DAG("none", schedule=None) as dag:
        pass
    with pytest.raises(AirflowFailException, match="this run is for no interval"):
        of_run(context(dag=dag, data_interval_start=at(1), data_interval_end=at(1)))


@pytest.mark.skipif(not AIRFLOW_3, reason="a cron expression has data intervals in Airflow 2")
@pytest.mark.parametrize(
    ("schedule", "run", "expected"),
    [
        ("@daily", at(4), Interval(at(3), at(4))),
        ("@weekly", at(10), Interval(at(3), at(10))),
        # Started by hand, between two triggers: the last whole one.
        ("@daily", at(4, 7), Interval(at(3), at(4))),
        ("0 6 * * 1-5", at(11, 6), Interval(at(8, 6), at(11, 6))),
        (timedelta(hours=6), at(4), Interval(at(3, 18), at(4))),
    ],
)
def test_a_trigger_without_a_data_interval_is_for_the_time_since_the_one_before(
    schedule: Any, run: datetime, expected: Interval
) -> None:
    with DAG("cron", schedule=schedule, start_date=at(1)) as dag:
        pass
    assert of_run(context(dag=dag, data_interval_start=run, data_interval_end=run)) == expected


@pytest.mark.skipif(not AIRFLOW_3, reason="a cron expression has data intervals in Airflow 2")
def test_days_are_those_of_the_schedule_s_zone() -> None:
    from airflow.sdk import CronTriggerTimetable

    timetable = CronTriggerTimetable("@daily", timezone="Europe/Berlin")
    with DAG("cron", schedule=timetable, start_date=at(1)) as dag:
        pass
    # The day on which clocks go forward has 23 hours.
    run = pendulum.datetime(2024, 3, 31, 22)
    found = of_run(context(dag=dag, data_interval_start=run, data_interval_end=run))
    assert [instant(found.start or at(1)), instant(found.end)] == [
        "2024-03-30T23:00:00Z",
        "2024-03-31T22:00:00Z",
    ]
