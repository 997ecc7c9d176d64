"""Every type survives, from both formats, to every target. The table is Tidemark's own."""

from __future__ import annotations

import datetime
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import Launcher

import tidemark

pytestmark = pytest.mark.tidemark

# By column: the Spark type, the Arrow type, and the values of thing 2 and of thing 3.
UTC = datetime.UTC
EXPECTED: dict[str, tuple[str, pa.DataType, object]] = {
    "flag": ("BOOLEAN", pa.bool_(), True),
    "whole": ("INT", pa.int32(), 2),
    "long": ("BIGINT", pa.int64(), 6_000_000_000),
    "single": ("FLOAT", pa.float32(), 0.5),
    "real": ("DOUBLE", pa.float64(), 2 / 3),
    "rate": ("DECIMAL(16,6)", pa.decimal128(16, 6), Decimal("0.250000")),
    "huge": ("DECIMAL(38,6)", pa.decimal128(38, 6), Decimal("24691357802469135780.000000")),
    "text": ("STRING", pa.string(), "ää"),
    "bytes": ("BINARY", pa.binary(), b"xx"),
    "day": ("DATE", pa.date32(), datetime.date(2000, 1, 2)),
    "instant": (
        "TIMESTAMP",
        pa.timestamp("us", tz="UTC"),
        datetime.datetime(2024, 3, 2, 12, 30, 0, 123458, tzinfo=UTC),
    ),
    "numbers": ("ARRAY<INT>", pa.list_(pa.int32()), [2, None, 3]),
    "by_name": (
        "MAP<STRING, DECIMAL(5,1)>",
        pa.map_(pa.string(), pa.decimal128(5, 1)),
        {"one": Decimal("2.0"), "none": None},
    ),
    "nested": (
        "STRUCT<a: INT, b: ARRAY<STRING>, c: MAP<STRING, INT>>",
        pa.struct(
            [
                ("a", pa.int32()),
                ("b", pa.list_(pa.string())),
                ("c", pa.map_(pa.string(), pa.int32())),
            ]
        ),
        {"a": 2, "b": ["p", "q"], "c": {"k": 2}},
    ),
}


@pytest.fixture(params=["iceberg", "delta"])
def table(request: pytest.FixtureRequest, types: Path) -> tidemark.Table:
    return tidemark.load("types.v1", project=types, provider=request.param)


def same(found: object, expected: object) -> bool:
    """Equal and of one Python type; a map may be a dict, pairs, or keys and values."""
    if isinstance(expected, dict):
        if isinstance(found, list):
            found = {
                (of["key"] if isinstance(of, dict) else of[0]): (
                    of["value"] if isinstance(of, dict) else of[1]
                )
                for of in found
            }
        assert isinstance(found, dict), found
        return found.keys() == expected.keys() and all(
            same(found[key], value) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return list(found) == expected  # type: ignore[call-overload,no-any-return]
    if isinstance(expected, datetime.datetime):
        assert isinstance(found, datetime.datetime) and found.tzinfo is not None
        return found == expected
    return type(found) is type(expected) and found == expected


def holds(rows: dict[int, dict[str, Any]], names: list[str] | None = None) -> None:
    for column in names or list(EXPECTED):
        value = rows[2][column]
        assert same(value, EXPECTED[column][2]), (column, value)
        assert rows[3][column] is None, (column, rows[3][column])


def by_thing(records: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    assert len(records) == 4
    return {record["thing_id"]: record for record in records}


def test_spark_types_are_told(table: tidemark.Table) -> None:
    assert {name: table.columns[name] for name in EXPECTED} == {
        name: of[0] for name, of in EXPECTED.items()
    }


def test_arrow(table: tidemark.Table) -> None:
    rows = table.to_arrow()
    assert rows.column_names == list(table.columns)
    assert {name: rows.schema.field(name).type for name in EXPECTED} == {
        name: of[1] for name, of in EXPECTED.items()
    }
    holds(by_thing(rows.to_pylist()))


def test_both_formats_give_one_schema_and_the_same_rows(types: Path) -> None:
    iceberg, delta = (
        tidemark.load("types.v1", project=types, provider=of).to_arrow().sort_by("thing_id")
        for of in ("iceberg", "delta")
    )
    assert iceberg.schema.equals(delta.schema, check_metadata=True)
    assert iceberg.equals(delta)


def test_pandas(table: tidemark.Table) -> None:
    import pandas

    frame = table.to_pandas()
    assert {name: frame[name].dtype for name in EXPECTED} == {
        name: pandas.ArrowDtype(of[1]) for name, of in EXPECTED.items()
    }
    holds(by_thing(pa.Table.from_pandas(frame, preserve_index=False).to_pylist()))
    assert frame["whole"].sum() == 7
    numpy = table.to_pandas(["whole", "rate"], dtypes="numpy")
    assert str(numpy["whole"].dtype) == "float64"
    with pytest.raises(tidemark.NotPossibleError, match="there are arrow and numpy"):
        table.to_pandas(dtypes="nunpy")  # type: ignore[arg-type]


def test_polars(table: tidemark.Table) -> None:
    import polars

    frame = table.to_polars()
    assert {name: frame.schema[name] for name in list(EXPECTED)[:11]} == {
        "flag": polars.Boolean(),
        "whole": polars.Int32(),
        "long": polars.Int64(),
        "single": polars.Float32(),
        "real": polars.Float64(),
        "rate": polars.Decimal(16, 6),
        "huge": polars.Decimal(38, 6),
        "text": polars.String(),
        "bytes": polars.Binary(),
        "day": polars.Date(),
        "instant": polars.Datetime("us", "UTC"),
    }
    holds(by_thing(frame.to_dicts()))
    assert polars.DataFrame(table).equals(frame)


def test_duckdb(table: tidemark.Table) -> None:
    import duckdb

    relation = table.to_duckdb()
    found = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert {name: found[name] for name in EXPECTED} == {
        "flag": "BOOLEAN",
        "whole": "INTEGER",
        "long": "BIGINT",
        "single": "FLOAT",
        "real": "DOUBLE",
        "rate": "DECIMAL(16,6)",
        "huge": "DECIMAL(38,6)",
        "text": "VARCHAR",
        "bytes": "BLOB",
        "day": "DATE",
        "instant": "TIMESTAMP WITH TIME ZONE",
        "numbers": "INTEGER[]",
        "by_name": "MAP(VARCHAR, DECIMAL(5,1))",
        "nested": "STRUCT(a INTEGER, b VARCHAR[], c MAP(VARCHAR, INTEGER))",
    }
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    holds(by_thing(rows))
    other = duckdb.connect()
    assert table.to_duckdb(other).aggregate("sum(whole)").fetchall() == [(7,)]


def test_huggingface(table: tidemark.Table) -> None:
    import datasets

    dataset = table.to_huggingface()
    assert isinstance(dataset, datasets.Dataset)
    assert dataset.features["rate"] == datasets.Value("decimal128(16, 6)")
    assert dataset.features["instant"] == datasets.Value("timestamp[us, tz=UTC]")
    assert dataset.features["bytes"] == datasets.Value("binary")
    holds(by_thing(list(dataset)))


def test_spark(table: tidemark.Table, spark: Any) -> None:
    frame = table.to_spark(spark)
    found = {field.name: field.dataType for field in frame.schema if field.name in EXPECTED}
    assert {name: kind.simpleString() for name, kind in found.items()} == {
        name: of[0].lower().replace(", ", ",").replace(": ", ":") for name, of in EXPECTED.items()
    }
    rows = frame.toArrow()
    # Spark's Arrow has one layout; values are compared with what was read without it.
    assert rows.num_rows == 4
    mine = table.to_arrow()
    assert rows.cast(mine.schema).sort_by("thing_id").to_pylist() == (
        mine.sort_by("thing_id").to_pylist()
    )
    assert [row.thing_id for row in table.splits()["test"].to_spark(spark).collect()] == [4]


def test_models_get_numbers_and_categories(table: tidemark.Table) -> None:
    X, y = table.X, table.y
    assert {name: str(kind) for name, kind in X.dtypes.items()} == {
        **dict.fromkeys(("flag", "whole", "long", "real", "rate", "huge"), "float64"),
        "single": "float32",
        "text": "category",
        **dict.fromkeys(("seen_1d", "seen_unbounded"), "int64"),
        **dict.fromkeys(("last_n", "seen_share", "whole_twice"), "float64"),
    }
    # A label that is not known stays null, and is no False.
    assert sorted(map(str, y)) == ["<NA>", "False", "True", "True"]


def rows_of(result: Any) -> list[dict[str, Any]]:
    """The rows that printed code leaves, whatever they are in."""
    if hasattr(result, "toArrow"):
        result = result.toArrow()
    elif hasattr(result, "to_arrow_table"):
        result = result.to_arrow_table()
    elif hasattr(result, "to_dicts"):
        result = result.to_arrow()
    elif not isinstance(result, pa.Table):
        result = pa.Table.from_pandas(result, preserve_index=False)
    rows: list[dict[str, Any]] = result.sort_by("thing_id").to_pylist()
    return rows


@pytest.mark.parametrize("by", ["pandas", "polars", "duckdb", "pyiceberg", "deltalake", "spark"])
@pytest.mark.parametrize("split", [None, "train"])
def test_printed_code_gives_the_same_rows(
    table: tidemark.Table, by: str, split: str | None, request: pytest.FixtureRequest
) -> None:
    of = table if split is None else table.splits()[split]
    scope: dict[str, Any] = {}
    if by == "spark":
        scope["spark"] = request.getfixturevalue("spark")
    code = of.code(by)
    exec(code, scope)
    found, expected = rows_of(scope["rows"]), rows_of(of.to_arrow())
    assert len(expected) == (4 if split is None else 3)
    assert all(
        same(found[i][name], value) or _equal(found[i][name], value)
        for i, row in enumerate(expected)
        for name, value in row.items()
    )
    assert repr(code) == code and code._repr_markdown_().startswith("```python\n# ")
    # Of the other format's own reader it is the version there.
    assert of.version in code or by in ("pyiceberg", "deltalake")


def _equal(found: object, expected: object) -> bool:
    """Of nested values, whose maps come in several forms."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            _equal(found[key], value) for key, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(found, list):
        return _pairs(found) == _pairs(expected)
    return found == expected


def _pairs(value: list[Any]) -> list[Any]:
    return [(of["key"], of["value"]) if isinstance(of, dict) else of for of in value]


def test_code_that_can_not_be_is_told(types: Path) -> None:
    table = tidemark.load("types.v1", project=types)
    with pytest.raises(tidemark.NotPossibleError, match="there is pandas, polars"):
        table.code("excel")


def test_scored_keys_and_newest_values_are_tables_too(types: Path) -> None:
    for of in ("iceberg", "delta"):
        scored = tidemark.load("counted.v1", project=types, provider=of, content="scoring")
        assert (scored.roles.entity, scored.roles.label, scored.roles.split) == (
            *(("thing_id",), None, None),
        )
        assert sorted(scored.to_arrow().column("seen_unbounded").to_pylist()) == [1, 1, 1, 1]
        newest = tidemark.load("counts.v1", project=types, provider=of, content="latest")
        assert newest.roles.features == ("seen_1d", "seen_unbounded", "last_n", "seen_share")
        last = dict(zip(*newest.to_arrow(["thing_id", "last_n"]).to_pydict().values(), strict=True))
        assert last == {1: 1, 2: 2, 3: None, 4: 4}
        assert (len(scored), len(newest)) == (4, 4)
    with pytest.raises(tidemark.NotBuiltError, match=r"materialize counts\.v1 --start TIME"):
        tidemark.load("counts.v1", project=types)


def test_the_told_command_brings_back_what_is_gone(types: Path, tidemark_cli: Launcher) -> None:
    table = tidemark.load("types.v1", project=types, provider="delta")
    before = table.to_arrow().sort_by("thing_id")
    kept = types.parent / "kept"
    folder = Path(table.location)
    shutil.copytree(folder, kept)
    try:
        for file in folder.rglob("*.parquet"):
            file.unlink()
        with pytest.raises(tidemark.VersionGoneError) as error:
            table.to_arrow()
        command = re.search(r"tidemark (rebuild .*)", str(error.value))
        assert command
        tidemark_cli.run(*command.group(1).split())
        again = tidemark.load("types.v1", project=types, provider="delta")
        assert again.version != table.version
        assert again.to_arrow().sort_by("thing_id").equals(before)
    finally:
        shutil.rmtree(kept)
