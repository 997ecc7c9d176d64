"""Reads tables that Spark wrote with readers that are not Spark, and compares them with what Spark read.

    python read_tables.py EXPECTED.json

EXPECTED.json: "iceberg" has "uri" and "catalog" of an Iceberg JDBC catalog in SQLite; each of "tables" has "iceberg" (its
name there), "delta" (its path), "columns" (name and Spark type) and "rows" (objects, without what is null).
"""

import json
import os
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from importlib import resources

# Polars plans scans of Iceberg with PyIceberg, and need not warn of it.
os.environ["POLARS_ICEBERG_PLANNER"] = "pyiceberg"

import deltalake
import duckdb
import polars as pl
import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog

# What a Spark type is to each reader. Arrow's strings and lists come in several layouts with one meaning.
ARROW = {
    "bigint": "int64",
    "int": "int32",
    "double": "double",
    "boolean": "bool",
    "string": "string",
    "date": "date32[day]",
    "timestamp": "timestamp[us, tz=UTC]",
    "array<string>": "list<string>",
}
DUCKDB = {
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "array<string>": "VARCHAR[]",
}
POLARS = {
    "bigint": pl.Int64,
    "int": pl.Int32,
    "double": pl.Float64,
    "boolean": pl.Boolean,
    "string": pl.String,
    "date": pl.Date,
    "timestamp": pl.Datetime("us", "UTC"),
    "array<string>": pl.List(pl.String),
}


def decimal_of(spark_type):
    """Precision and scale of decimal(p,s), else None."""
    if not spark_type.startswith("decimal("):
        return None
    precision, scale = spark_type[len("decimal(") : -1].split(",")
    return int(precision), int(scale)


def value_of_map(spark_type):
    """V of map<string,V>, else None."""
    prefix = "map<string,"
    return spark_type[len(prefix) : -1] if spark_type.startswith(prefix) else None


def arrow_type(spark_type):
    if decimal_of(spark_type):
        return "decimal128(%d, %d)" % decimal_of(spark_type)
    if value_of_map(spark_type):
        return f"map<string, {arrow_type(value_of_map(spark_type))}>"
    return ARROW[spark_type]


def arrow_name(arrow):
    if pa.types.is_map(arrow):
        return f"map<{arrow_name(arrow.key_type)}, {arrow_name(arrow.item_type)}>"
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return f"list<{arrow_name(arrow.value_type)}>"
    if pa.types.is_large_string(arrow) or pa.types.is_string_view(arrow):
        return "string"
    return str(arrow)


def duckdb_type(spark_type):
    if decimal_of(spark_type):
        return "DECIMAL(%d,%d)" % decimal_of(spark_type)
    if value_of_map(spark_type):
        return f"MAP(VARCHAR, {duckdb_type(value_of_map(spark_type))})"
    return DUCKDB[spark_type]


def polars_type(spark_type):
    if decimal_of(spark_type):
        return str(pl.Decimal(*decimal_of(spark_type)))
    if value_of_map(spark_type):
        return f"Map(String, {polars_type(value_of_map(spark_type))})"
    return str(POLARS[spark_type])


def polars_name(kind):
    """A map is a type of its own, or a list of its entries."""
    if isinstance(kind, pl.List) and isinstance(kind.inner, pl.Struct):
        return "Map(%s)" % ", ".join(str(field.dtype) for field in kind.inner.fields)
    return str(kind)


def entries(value):
    """The entries of a map, which readers give as dict, as pairs, or as key and value."""
    if isinstance(value, dict):
        return list(value.items())
    return [(entry["key"], entry["value"]) if isinstance(entry, dict) else entry for entry in value]


def canonical(value, spark_type):
    """The text of a value, if it is of the Python type that the Spark type asks for."""
    if value is None:
        return None
    if spark_type == "timestamp":
        expect(isinstance(value, datetime) and value.tzinfo is not None, value, spark_type)
        return value.astimezone(timezone.utc).isoformat(timespec="microseconds")
    if spark_type == "date":
        expect(isinstance(value, date) and not isinstance(value, datetime), value, spark_type)
        return value.isoformat()
    if decimal_of(spark_type):
        expect(isinstance(value, Decimal), value, spark_type)
        expect(-value.as_tuple().exponent == decimal_of(spark_type)[1], value, spark_type)
        return format(value, "f")
    if value_of_map(spark_type):
        pairs = [(canonical(k, "string"), canonical(v, value_of_map(spark_type))) for k, v in entries(value)]
        return sorted(pairs)
    if spark_type == "array<string>":
        expect(isinstance(value, list), value, spark_type)
        return [canonical(element, "string") for element in value]
    python = {"bigint": int, "int": int, "double": float, "boolean": bool, "string": str}[spark_type]
    expect(type(value) is python, value, spark_type)
    return repr(value)


def expect(holds, value, spark_type):
    if not holds:
        raise AssertionError(f"{value!r} of {type(value).__name__} is no {spark_type}")


def from_json(value, spark_type):
    """The Python value of what Spark wrote as JSON; numbers with a point were read as Decimal."""
    if value is None:
        return None
    if spark_type == "timestamp":
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    if spark_type == "date":
        return date.fromisoformat(value)
    if spark_type == "double":
        return float(value)
    if value_of_map(spark_type):
        return {key: from_json(entry, value_of_map(spark_type)) for key, entry in value.items()}
    return value


def rows_of(names, spark_types, records):
    """Rows in an order that does not depend on the reader."""
    rows = [[canonical(record[name], spark_types[name]) for name in names] for record in records]
    return sorted(rows, key=repr)


class Comparison:
    """One table: what Spark read, beside what others read."""

    def __init__(self, table):
        self.names = [column["name"] for column in table["columns"]]
        self.types = {column["name"]: column["type"] for column in table["columns"]}
        self.expected = rows_of(
            self.names,
            self.types,
            [{n: from_json(row.get(n), self.types[n]) for n in self.names} for row in table["rows"]],
        )
        if not self.expected:
            raise AssertionError("nothing to compare")

    def check(self, reader, types, expected_type, records):
        """Names and types of columns, then values."""
        wanted = {name: expected_type(self.types[name]) for name in self.names}
        if types != wanted:
            wrong = {name: (types.get(name), wanted.get(name)) for name in {**wanted, **types}}
            wrong = {name: pair for name, pair in wrong.items() if pair[0] != pair[1]}
            raise AssertionError(f"{reader}: types (found, expected): {wrong}")
        found = rows_of(self.names, self.types, records)
        if found != self.expected:
            wrong = [pair for pair in zip(found, self.expected) if pair[0] != pair[1]]
            raise AssertionError(
                f"{reader}: {len(found)} rows, expected {len(self.expected)}; (found, expected): {wrong}"
            )
        print(f"{reader}: {len(found)} rows, {len(types)} columns")

    def arrow(self, reader, table):
        types = {field.name: arrow_name(field.type) for field in table.schema}
        self.check(reader, types, arrow_type, table.to_pylist())

    def duckdb(self, reader, relation):
        types = {name: str(kind) for name, kind in zip(relation.columns, relation.types)}
        records = [dict(zip(relation.columns, row)) for row in relation.fetchall()]
        self.check(reader, types, duckdb_type, records)

    def polars(self, reader, frame):
        types = {name: polars_name(kind) for name, kind in frame.schema.items()}
        self.check(reader, types, polars_type, frame.to_dicts())


def duckdb_with_extensions():
    """A connection with the extensions that were installed, which fetches none."""
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    for name in ["icu", "avro", "iceberg", "delta"]:
        folder = resources.files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
        connection.execute(f"LOAD '{folder / (name + '.duckdb_extension')}'")
    return connection


def instants_are_read_by_time(compared, iceberg, delta, duck):
    """A filter by an instant keeps the same rows everywhere: the zone of this process plays no part."""
    # Half a day before the last one, so that a wrong zone would move rows across it.
    column = compared.names.index("event_time")
    times = sorted(datetime.fromisoformat(row[column]) for row in compared.expected)
    bound = times[-1] - timedelta(microseconds=1)
    kept = sum(time > bound for time in times)
    written = bound.isoformat(timespec="microseconds")
    counts = {
        "pyiceberg": iceberg.scan(row_filter=f"event_time > '{written}'").to_arrow().num_rows,
        "deltalake": len(delta.to_pyarrow_table(filters=[("event_time", ">", bound)])),
        "polars": pl.scan_delta(delta.table_uri).filter(pl.col("event_time") > bound).collect().height,
        "duckdb": duck.execute(
            f"SELECT count(*) FROM delta_scan('{delta.table_uri}') WHERE event_time > TIMESTAMPTZ '{written}'"
        ).fetchone()[0],
    }
    if set(counts.values()) != {kept}:
        raise AssertionError(f"after {written} are {kept} rows, read were {counts}")


def main(path):
    with open(path, encoding="utf-8") as file:
        told = json.load(file, parse_float=Decimal)
    catalog = SqlCatalog(told["iceberg"]["catalog"], uri=told["iceberg"]["uri"])
    duck = duckdb_with_extensions()
    for table in told["tables"]:
        compared = Comparison(table)
        iceberg = catalog.load_table(table["iceberg"])
        delta = deltalake.DeltaTable(table["delta"])
        compared.arrow("pyiceberg", iceberg.scan().to_arrow())
        compared.arrow("deltalake", delta.to_pyarrow_table())
        compared.duckdb("duckdb iceberg", duck.sql(f"FROM iceberg_scan('{iceberg.metadata_location}')"))
        compared.duckdb("duckdb delta", duck.sql(f"FROM delta_scan('{table['delta']}')"))
        compared.polars("polars iceberg", pl.scan_iceberg(iceberg).collect())
        compared.polars("polars delta", pl.scan_delta(table["delta"]).collect())
        instants_are_read_by_time(compared, iceberg, delta, duck)
    print(f"equal: {len(told['tables'])} tables")


if __name__ == "__main__":
    main(sys.argv[1])
