"""Computes what the example's training sets must hold, without Tidemark and without Spark, into `expected.json`.

    pip install --no-deps --require-hashes -r requirements.txt
    python expected.py

A third opinion beside the engine and its oracle: DuckDB, from the same Parquet files, by other ways wherever there is
another. Landings are not computed from the timetable and the delay as in `../definitions/transformations.conf`, but
from the clock time at which the flight arrived and the minutes it was in the air; the script fails unless both agree
on every flight. Windows whose events are known when they happen are window frames, not joins; latest values are
ASOF joins.

For each training set `expected.json` has the number of rows, for each column how many values are not null with their sum
(texts: their number of distinct values; instants: the sum of their minutes since 1970, for all are whole minutes; maps: the
sum of all their values), and some rows in full. Sums of fractions differ in the last digits with the order of
addition: compare them to nine digits.
"""

import json
import pathlib

import duckdb

HERE = pathlib.Path(__file__).resolve().parent
EVERY_FLIGHT = 336_776
LANDED = 327_346

NEW_YORK = "America/New_York"
PUERTO_RICO = "America/Puerto_Rico"

# Rows that are easily got wrong: (carrier, flight, origin, T).
SAMPLES = [
    # The year's first flight: nothing is known yet.
    ("UA", 1545, "EWR", "2013-01-01T10:15:00Z"),
    # The last before and the first after the clocks go forward, and back.
    ("B6", 727, "JFK", "2013-03-10T04:59:00Z"),
    ("US", 1113, "EWR", "2013-03-10T09:00:00Z"),
    ("B6", 1503, "JFK", "2013-11-03T03:59:00Z"),
    ("UA", 322, "EWR", "2013-11-03T10:20:00Z"),
    # Landed in Los Angeles at 01:14 on the night that has two of them.
    ("VX", 413, "JFK", "2013-11-02T20:55:00Z"),
    # Honolulu, the day after this flight left 21 hours and 41 minutes late: it is still in the air.
    ("HA", 51, "JFK", "2013-01-10T14:00:00Z"),
    # The report for 09:00 becomes visible at exactly this T. The one before has a wind of 1,048 mph.
    ("US", 1117, "EWR", "2013-02-12T10:00:00Z"),
    # After the last weather report of the year.
    ("B6", 745, "JFK", "2014-01-01T04:59:00Z"),
]


def connect() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    for table in ["flights", "weather", "planes", "airports", "airlines"]:
        db.execute(f"CREATE VIEW raw_{table} AS SELECT * FROM '{HERE / table}.parquet'")
    return db


def flights(db: duckdb.DuckDBPyConnection) -> None:
    """All flights, in UTC; the landing by the destination's clock and the time in the air."""
    db.execute(f"""
        CREATE TABLE in_the_air AS
        SELECT
          *,
          departed_at + to_minutes(air_time) AS at_least,
          -- Midnight over there, of the day on which it left.
          date_trunc('day', timezone(zone, departed_at)) AS midnight,
          to_minutes(arr_time // 100 * 60 + arr_time % 100) AS clock
        FROM (
          SELECT
            f.*,
            coalesce(a.tzone, '{PUERTO_RICO}') AS zone,
            timezone('{NEW_YORK}', make_timestamp(year, month, day, hour, minute, 0)) AS scheduled_at,
            scheduled_at + to_minutes(dep_delay) AS departed_at
          FROM raw_flights f LEFT JOIN raw_airports a ON f.dest = a.faa
        )""")
    # The first instant after the time in the air at which the clock over there shows the time of arrival. In the night in
    # which clocks go back there are two; DuckDB takes a local time for the later one, so an hour less is tried as well.
    db.execute("""
        CREATE TABLE landed AS
        SELECT carrier, flight, origin, dest, scheduled_at, min(candidate) AS landed_at
        FROM (
          SELECT *, unnest([IF(timezone(zone, an_hour_less) = local, an_hour_less, NULL), later]) AS candidate
          FROM (
            SELECT
              *,
              unnest([midnight + clock, midnight + clock + INTERVAL 1 DAY]) AS local,
              timezone(zone, local) AS later,
              later - INTERVAL 1 HOUR AS an_hour_less
            FROM in_the_air
            WHERE arr_delay IS NOT NULL))
        WHERE candidate >= at_least
        GROUP BY ALL""")
    db.execute("""
        CREATE TABLE flights AS
        SELECT
          f.carrier, f.flight, f.tailnum, f.origin, f.dest, f.distance, f.year, f.month, f.day,
          f.scheduled_at, f.departed_at, l.landed_at, f.dep_delay, f.arr_delay, f.zone,
          f.hour AS local_hour, isodow(make_date(f.year, f.month, f.day)) - 1 AS local_weekday,
          CASE WHEN f.dep_time IS NULL THEN 'cancelled' WHEN f.arr_delay IS NULL THEN 'diverted' ELSE 'landed'
          END AS outcome,
          coalesce(l.landed_at, coalesce(f.departed_at, f.scheduled_at) + INTERVAL 24 HOURS) AS known_at,
          f.sched_arr_time // 100 * 60 + f.sched_arr_time % 100 AS minute_of_arrival,
          -- Minutes on the destination's clock from scheduled departure to scheduled arrival, the latter within a day.
          (1440 + minute_of_arrival
            - date_part('hour', timezone(f.zone, f.scheduled_at)) * 60
            - date_part('minute', timezone(f.zone, f.scheduled_at))) % 1440 AS scheduled_minutes
        FROM in_the_air f
        LEFT JOIN landed l USING (carrier, flight, origin, dest, scheduled_at)""")


def check(db: duckdb.DuckDBPyConnection) -> None:
    """What the data must be like for all else to make sense."""

    def must(what: str, sql: str, expected: int) -> None:
        found = db.execute(sql).fetchone()[0]
        if found != expected:
            raise SystemExit(f"{what}: {found}, rather than {expected}")

    must("flights", "SELECT count(*) FROM flights", EVERY_FLIGHT)
    must("landed flights", "SELECT count(*) FROM landed", LANDED)
    must("hours in UTC", "SELECT count(*) FROM in_the_air WHERE date_trunc('hour', scheduled_at) = time_hour", EVERY_FLIGHT)
    must(
        "departures whose delay fits the clock",
        f"""SELECT count(*) FROM in_the_air
            WHERE strftime(timezone('{NEW_YORK}', departed_at), '%H%M')::int = dep_time % 2400""",
        db.execute("SELECT count(dep_time) FROM raw_flights").fetchone()[0],
    )
    must(
        "landings whose delay fits the clock",
        "SELECT count(*) FROM flights WHERE landed_at = scheduled_at + to_minutes(scheduled_minutes::int + arr_delay)",
        LANDED,
    )
    must("flights known when they are scheduled", "SELECT count(*) FROM flights WHERE known_at <= scheduled_at", 0)
    must("flights never known", "SELECT count(*) FROM flights WHERE known_at IS NULL", 0)


def spine(db: duckdb.DuckDBPyConnection, where: str) -> None:
    db.execute(f"""
        CREATE OR REPLACE TABLE spine AS
        SELECT
          row_number() OVER () AS id,
          tailnum, carrier, origin AS airport, flight, scheduled_at AS T,
          dest, distance, scheduled_minutes, local_hour, local_weekday, arr_delay > 15 AS arrived_late
        FROM flights WHERE {where}""")


def windows(aggregates: dict[str, tuple[str, list[str]]], at: str, t: str) -> str:
    """Select-list entries `aggregate FILTER (time in window) AS name_window`."""
    length = {"1h": "1 HOUR", "3h": "3 HOURS", "1d": "24 HOURS", "7d": "168 HOURS", "30d": "720 HOURS"}
    return ",\n".join(
        f"{aggregate.replace('$', f'{at} > {t} - INTERVAL {length[window]}')} AS {name}_{window}"
        for name, (aggregate, lengths) in aggregates.items()
        for window in lengths
    )


def joined(db: duckdb.DuckDBPyConnection, table: str, keys: list[str], events: str, aggregates: dict) -> None:
    """Windows by a join: for events that are known later than they happen (`moment`, `known_at`)."""
    same = " AND ".join(f"s.{key} = e.{key}" for key in keys)
    db.execute(f"""
        CREATE OR REPLACE TABLE {table} AS
        SELECT s.id, {windows(aggregates, "e.moment", "s.T")}
        FROM spine s LEFT JOIN ({events}) e
          ON {same} AND e.moment <= s.T AND e.known_at <= s.T AND e.moment > s.T - INTERVAL 720 HOURS
        GROUP BY s.id""")


def framed(
    db: duckdb.DuckDBPyConnection, table: str, key: str, events: str, values: dict, lag: str, lengths: list[str]
) -> None:
    """Windows by frames: for events (`key`, `moment`, `delay`) that are known when they happen.

    The start of a window is not in it, so a frame reaches back one microsecond less.
    """
    hours = {"1h": 1, "3h": 3, "1d": 24}
    frames = ", ".join(
        f"w{length} AS (PARTITION BY key ORDER BY moment RANGE BETWEEN"
        f" to_microseconds({hours[length] * 3_600_000_000 - 1}) PRECEDING AND CURRENT ROW)"
        for length in lengths
    )
    columns = ", ".join(
        f"{value} OVER w{length} AS {name}_{length}" for name, value in values.items() for length in lengths
    )
    db.execute(f"""
        CREATE OR REPLACE TABLE {table} AS
        SELECT * EXCLUDE (key, moment, delay)
        FROM (
          SELECT id, key, moment, delay, {columns}
          FROM (
            SELECT NULL AS id, key, moment, delay FROM ({events})
            UNION ALL
            SELECT id, {key}, T - INTERVAL {lag}, NULL FROM spine)
          WINDOW {frames})
        WHERE id IS NOT NULL""")


def features(db: duckdb.DuckDBPyConnection) -> None:
    """The table `expected`: the spine with all features of training-sets.delays.v1."""
    known_flights = "SELECT *, scheduled_at AS moment FROM flights"
    joined(
        db,
        "aircraft_delays",
        ["tailnum"],
        known_flights,
        {
            "aircraft_landed": ("count(arr_delay) FILTER ($)", ["1d", "7d", "30d"]),
            "aircraft_mean_delay": ("avg(arr_delay) FILTER ($)", ["1d", "7d", "30d"]),
            "aircraft_max_delay": ("max(arr_delay) FILTER ($)", ["7d", "30d"]),
            "aircraft_late": ("count(*) FILTER (arr_delay > 15 AND $)", ["7d", "30d"]),
            "aircraft_outcomes": ("histogram(outcome) FILTER ($)", ["7d"]),
        },
    )
    joined(
        db,
        "flight_number_delays",
        ["carrier", "flight"],
        known_flights,
        {
            "flight_number_landed": ("count(arr_delay) FILTER ($)", ["7d", "30d"]),
            "flight_number_mean_delay": ("avg(arr_delay) FILTER ($)", ["7d", "30d"]),
            "flight_number_spread": ("stddev_pop(arr_delay) FILTER ($)", ["30d"]),
        },
    )
    joined(
        db,
        "carrier_record",
        ["carrier"],
        """SELECT carrier, count(*) AS flights, count(landed_at) AS landed,
             count(*) FILTER (outcome = 'cancelled') AS cancelled, count(*) FILTER (arr_delay > 15) AS late,
             sum(arr_delay) AS delay_minutes, max(arr_delay) AS worst, max(scheduled_at) AS moment, max(known_at) AS known_at
           FROM flights GROUP BY carrier, year, month, day""",
        {
            "carrier_days": ("count(flights) FILTER ($)", ["7d", "30d"]),
            "carrier_flights": ("coalesce(sum(flights) FILTER ($), 0)", ["7d", "30d"]),
            "carrier_cancelled": ("coalesce(sum(cancelled) FILTER ($), 0)", ["7d", "30d"]),
            "carrier_worst_delay": ("max(worst) FILTER ($)", ["7d", "30d"]),
            "carrier_mean_delay": (
                "sum(delay_minutes) FILTER ($) / nullif(sum(landed) FILTER ($), 0)",
                ["7d", "30d"],
            ),
            "carrier_late_share": ("sum(late) FILTER ($) / nullif(sum(landed) FILTER ($), 0)", ["7d", "30d"]),
        },
    )
    landings = "SELECT carrier AS key, landed_at AS moment, arr_delay AS delay FROM flights WHERE outcome = 'landed'"
    framed(
        db,
        "carrier_delays",
        "carrier",
        landings,
        {
            "carrier_landed": "count(delay)",
            "carrier_mean_delay": "avg(delay)",
            "carrier_late": "count(*) FILTER (delay > 15)",
        },
        "0 HOURS",
        ["1h", "1d"],
    )
    framed(db, "carrier_yesterday", "carrier", landings, {"yesterday": "avg(delay)"}, "24 HOURS", ["1h"])
    framed(
        db,
        "departures",
        "airport",
        "SELECT origin AS key, departed_at AS moment, dep_delay AS delay FROM flights WHERE departed_at IS NOT NULL",
        {
            "departures": "count(delay)",
            "departures_mean_delay": "avg(delay)",
            "departures_late": "count(*) FILTER (delay > 15)",
        },
        "1 HOUR",
        ["1h", "3h"],
    )
    db.execute("""
        CREATE OR REPLACE TABLE rain AS
        SELECT id, weather_rain_6h FROM (
          SELECT id, sum(precip) OVER (PARTITION BY key ORDER BY moment
            RANGE BETWEEN to_microseconds(6 * 3600000000 - 1) PRECEDING AND INTERVAL 1 HOUR PRECEDING) AS weather_rain_6h
          FROM (
            SELECT NULL AS id, origin AS key, time_hour AS moment, precip FROM raw_weather
            UNION ALL SELECT id, airport, T, NULL FROM spine))
        WHERE id IS NOT NULL""")

    def report(name: str, column: str, where: str) -> str:
        """The latest report, an hour old at least and less than three: a join, and the columns it gives."""
        return f"""
            ASOF LEFT JOIN (SELECT origin, time_hour, {column} FROM raw_weather WHERE {where}) {name}
              ON s.airport = {name}.origin AND s.T - INTERVAL 1 HOUR >= {name}.time_hour"""

    db.execute(f"""
        CREATE OR REPLACE TABLE expected AS
        SELECT
          s.* EXCLUDE (arrived_late), s.arrived_late,
          ad.* EXCLUDE (id),
          aircraft_late_30d / nullif(aircraft_landed_30d, 0) AS aircraft_late_share_30d,
          IF(last.landed_at > s.T - INTERVAL 48 HOURS, last.arr_delay, NULL) AS aircraft_last_delay,
          IF(last.landed_at > s.T - INTERVAL 48 HOURS, last.dest, NULL) AS aircraft_last_dest,
          IF(last.landed_at > s.T - INTERVAL 48 HOURS, last.landed_at, NULL) AS aircraft_last_landed_at,
          p.year AS aircraft_year, p.manufacturer AS aircraft_manufacturer, p.seats AS aircraft_seats,
          2013 - p.year AS aircraft_age,
          cd.* EXCLUDE (id),
          carrier_late_1d / nullif(carrier_landed_1d, 0) AS carrier_late_share_1d,
          cy.yesterday_1h AS carrier_mean_delay_1h_yesterday,
          cr.* EXCLUDE (id),
          carrier_cancelled_30d / nullif(carrier_flights_30d, 0) AS carrier_cancelled_share_30d,
          al.name AS carrier_name,
          fn.* EXCLUDE (id),
          IF(w.time_hour > s.T - INTERVAL 3 HOURS, w.temp, NULL) AS weather_temp,
          IF(w.time_hour > s.T - INTERVAL 3 HOURS, w.visib, NULL) AS weather_visibility,
          IF(ws.time_hour > s.T - INTERVAL 3 HOURS, ws.wind_speed, NULL) AS weather_wind_speed,
          IF(w.time_hour > s.T - INTERVAL 3 HOURS, w.wind_gust, NULL) AS weather_wind_gust,
          IF(wp.time_hour > s.T - INTERVAL 3 HOURS, wp.pressure, NULL) AS weather_pressure,
          rain.weather_rain_6h,
          d.* EXCLUDE (id),
          departures_late_3h / nullif(departures_3h, 0) AS departures_late_share_3h,
          da.lat AS dest_latitude, da.lon AS dest_longitude, da.alt AS dest_altitude,
          s.distance / (s.scheduled_minutes / 60) AS scheduled_mph,
          carrier_mean_delay_1d - carrier_mean_delay_30d AS carrier_worse_than_usual,
          date_diff('minute', aircraft_last_landed_at, s.T) AS aircraft_minutes_since_landing
        FROM spine s
        JOIN aircraft_delays ad USING (id)
        JOIN carrier_delays cd USING (id)
        JOIN carrier_yesterday cy USING (id)
        JOIN carrier_record cr USING (id)
        JOIN flight_number_delays fn USING (id)
        JOIN departures d USING (id)
        JOIN rain USING (id)
        LEFT JOIN raw_planes p ON s.tailnum = p.tailnum
        LEFT JOIN raw_airlines al ON s.carrier = al.carrier
        LEFT JOIN raw_airports da ON s.dest = da.faa
        ASOF LEFT JOIN (
          SELECT * FROM flights WHERE outcome = 'landed'
          QUALIFY row_number() OVER (PARTITION BY tailnum, landed_at ORDER BY flight DESC) = 1) last
          ON s.tailnum = last.tailnum AND s.T >= last.landed_at
        {report("w", "temp, visib, wind_gust", "true")}
        {report("ws", "wind_speed", "wind_speed < 200")}
        {report("wp", "pressure", "pressure IS NOT NULL")}""")
    db.execute("ALTER TABLE expected RENAME COLUMN T TO event_time")


def totals(db: duckdb.DuckDBPyConnection, columns: list[str] | None = None) -> dict:
    kinds = {name: kind for name, kind, *_ in db.execute("DESCRIBE expected").fetchall() if name != "id"}
    found = {}
    for name in columns or kinds:
        kind = kinds[name]
        if kind == "VARCHAR":
            measure, sql = "distinct", f"count(DISTINCT {name})"
        elif kind.startswith("TIMESTAMP"):
            measure, sql = "minutes", f"sum(epoch_us({name}) // 60000000)"
        elif kind.startswith("MAP"):
            measure, sql = "sum", f"sum(list_sum(map_values({name})))"
        elif kind == "BOOLEAN":
            measure, sql = "sum", f"count(*) FILTER ({name})"
        else:
            # Ordered, so that the same fractions are added in the same order on every run.
            measure, sql = "sum", f"sum({name} ORDER BY id)"
        # An aggregate over no event gives no map here and an empty one there.
        not_null = "count(*)" if kind.startswith("MAP") else f"count({name})"
        count, value = db.execute(f"SELECT {not_null}, {sql} FROM expected").fetchone()
        found[name] = {"not_null": count, measure: plain(value)}
    return found


def plain(value):
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in sorted(value)}
    if value is not None and not isinstance(value, (str, bool, int, float)):
        value = float(value)
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return value


def samples(db: duckdb.DuckDBPyConnection) -> list[dict]:
    rows = []
    for carrier, flight, origin, t in SAMPLES:
        cursor = db.execute(
            """SELECT * EXCLUDE (id) REPLACE (
                 strftime(event_time, '%Y-%m-%dT%H:%M:%SZ') AS event_time,
                 strftime(aircraft_last_landed_at, '%Y-%m-%dT%H:%M:%SZ') AS aircraft_last_landed_at)
               FROM expected
               WHERE carrier = ? AND flight = ? AND airport = ? AND event_time = ?::timestamptz""",
            [carrier, flight, origin, t],
        )
        names = [column[0] for column in cursor.description]
        found = cursor.fetchall()
        if len(found) != 1:
            raise SystemExit(f"{len(found)} rows for {carrier} {flight} from {origin} at {t}")
        rows.append({name: plain(value) for name, value in zip(names, found[0])})
        outcomes = rows[-1]["aircraft_outcomes_7d"]
        rows[-1]["aircraft_outcomes_7d"] = outcomes or {}
    return rows


def main() -> None:
    db = connect()
    flights(db)
    check(db)
    expected = {}

    spine(db, "arr_delay IS NOT NULL")
    features(db)
    expected["delays.v1"] = {"rows": LANDED, "columns": totals(db), "samples": samples(db)}
    expected["delays.v1"]["split"] = dict(
        db.execute("""
            SELECT CASE
                WHEN event_time < '2013-09-29' THEN 'train' WHEN event_time < '2013-10-01' THEN 'embargo'
                WHEN event_time < '2013-11-13' THEN 'validation' WHEN event_time < '2013-11-15' THEN 'embargo'
                ELSE 'test' END, count(*)
            FROM expected GROUP BY 1 ORDER BY 1""").fetchall()
    )

    small = (
        "tailnum carrier airport flight event_time dest distance scheduled_minutes local_hour local_weekday arrived_late "
        "aircraft_last_delay aircraft_mean_delay_7d carrier_late_share_1d weather_temp weather_visibility "
        "weather_wind_speed weather_wind_gust weather_pressure weather_rain_6h"
    ).split()
    db.execute("DELETE FROM expected WHERE event_time >= '2013-02-01T05:00:00Z'")
    rows = db.execute("SELECT count(*) FROM expected").fetchone()[0]
    expected["delays_small.v1"] = {"rows": rows, "columns": totals(db, small)}

    spine(db, "scheduled_at >= '2013-12-10T05:00:00Z' AND scheduled_at < '2013-12-11T05:00:00Z'")
    features(db)
    db.execute("ALTER TABLE expected DROP COLUMN arrived_late")
    rows = db.execute("SELECT count(*) FROM expected").fetchone()[0]
    expected["snow_day.v1"] = {"rows": rows, "columns": totals(db)}

    target = HERE / "expected.json"
    target.write_text(json.dumps(expected, indent=1) + "\n")
    print(target.name, *(f"{name}: {found['rows']} rows" for name, found in expected.items()), sep="\n  ")


if __name__ == "__main__":
    main()
