"""The repository's example, as a data scientist meets it."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

import tidemark

pytestmark = pytest.mark.tidemark


def test_a_training_set_is_what_the_example_says(example: Path) -> None:
    delays = tidemark.load("delays.v1", project=example)
    assert (len(delays), delays.format) == (327_346, "iceberg")
    roles = delays.roles
    assert roles.entities == {
        "aircraft": ("tailnum",),
        "carrier": ("carrier",),
        "airport": ("airport",),
        "flight_number": ("carrier", "flight"),
    }
    assert roles.entity == ("tailnum", "carrier", "airport", "flight")
    assert roles.kept == ("dest", "distance", "scheduled_minutes", "local_hour", "local_weekday")
    assert (roles.label, roles.time, roles.split) == ("arrived_late", "event_time", "split")
    assert roles.derived == (
        *("scheduled_mph", "carrier_worse_than_usual", "aircraft_minutes_since_landing"),
    )
    assert len({*roles.entity, *roles.kept, *roles.features}) + 3 == len(delays.columns)
    assert delays.owners["training-sets.delays.v1"] == "delay-model"
    assert delays.owners["feature-views.airport_weather.v1"] == "weather-desk"
    assert delays.null_reasons["weather_pressure"]["null_at_source"] == 16_825
    assert {name: len(of) for name, of in delays.splits().items()} == {
        "train": 242_805,
        "validation": 39_459,
        "test": 41_294,
        "embargo": 3_788,
    }


def test_a_view_is_loaded_at_the_version_that_it_has(example: Path) -> None:
    for of in ("iceberg", "delta"):
        view = tidemark.load("aircraft_delays.v1", project=example, provider=of)
        assert view.roles.entity == ("tailnum",)
        assert (view.roles.time, view.roles.available_time) == ("event_time", "available_time")
        assert view.roles.features[0] == "aircraft_landed_1d"
        rows = view.to_arrow()
        assert {f"{at:%d}" for at in rows.column("event_time").to_pylist()} == {"10", "11"}
        assert len(view) == rows.num_rows
        assert view.manifest.interval is not None
        assert view.splits() == {}
        with pytest.raises(tidemark.SplitError, match="has no splits"):
            tidemark.load("aircraft_delays.v1", split="test", project=example)
        with pytest.raises(tidemark.NotPossibleError, match="has no label"):
            _ = view.y


def test_what_can_be_loaded_is_listed(example: Path) -> None:
    found = tidemark.list(example)
    assert [of.name for of in found] == ["aircraft_delays.v1", "delays.v1"]
    assert (found[1].kind, found[1].rows, found[1].owner) == (
        *("training-sets", 327_346, "delay-model"),
    )
    assert [of.name for of in tidemark.search("landed flight", example)] == ["delays.v1"]


def test_what_is_missing_says_the_command(example: Path) -> None:
    with pytest.raises(tidemark.NotBuiltError, match=r"tidemark build snow_day\.v1 --project"):
        tidemark.load("snow_day.v1", project=example)
    with pytest.raises(tidemark.NotBuiltError, match=r"materialize carrier_delays\.v1 --start"):
        tidemark.load("carrier_delays.v1", project=example)
    with pytest.raises(tidemark.NotBuiltError, match="its definition says no `materialize`"):
        tidemark.load("carrier_facts.v1", project=example)
    with pytest.raises(tidemark.UnknownNameError, match=r"nearest: delays\.v1"):
        tidemark.load("delay.v1", project=example)


def test_the_page_prints_what_it_says(
    example: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (repository / "notebooks" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    assert len(blocks) >= 4
    monkeypatch.chdir(example.parent)
    scope: dict[str, object] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for block in blocks:
            exec(block, scope)
    said = [f"{float(line):.2f}" for line in printed.getvalue().splitlines()[:2]]
    stated = re.search(r"prints (\d\.\d\d)\..*?it\s+is (\d\.\d\d):.*?gets (\d\.\d\d)", page, re.S)
    assert stated and said == list(stated.groups()[:2])

    # What departure delay alone would give, which the page warns of.
    import duckdb
    from sklearn.metrics import roc_auc_score

    flights = duckdb.sql(
        f"""
        SELECT dep_delay, arr_delay > 15 FROM '{example}/data/flights.parquet'
        WHERE arr_delay IS NOT NULL AND make_date(year, month, day) >= DATE '2013-11-15'
        """
    ).fetchall()
    leak = roc_auc_score([late for _, late in flights], [delay for delay, _ in flights])
    assert f"{leak:.2f}" == stated.group(3)
