// Data files of two catalogues: a small one that has everything, and one of any size. Both are the same on every run.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const HOSTILE = `<img src=x onerror="window.hurt=1"></script><script>window.hurt=2</script>`;

/** A seeded source of numbers in [0, 1): mulberry32. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Writes a site: the built front end in `assets`, and the data. */
export function writeSite(folder, assets, { index, details }) {
  rmSync(folder, { recursive: true, force: true });
  cpSync(assets, folder, { recursive: true });
  mkdirSync(join(folder, "data", "r"), { recursive: true });
  writeFileSync(join(folder, "data", "index.js"), `tidemark.index(${JSON.stringify(index)});\n`);
  for (const resource of index.resources) {
    const detail = details.get(resource.id);
    if (detail) {
      writeFileSync(
        join(folder, resource.detail),
        `tidemark.detail(${JSON.stringify(resource.id)}, ${JSON.stringify(detail)});\n`,
      );
    }
  }
  return folder;
}

/** Puts resources and what they use together as the files have it. */
class Project {
  resources = [];
  details = new Map();
  pairs = [];

  add(id, given = {}) {
    const [kind, ...name] = id.split(".");
    const { uses = [], columns = [], status = {}, ...rest } = given;
    const resource = {
      id,
      kind,
      name: name.join("."),
      owner: rest.owner ?? null,
      description: rest.description ?? null,
      tags: rest.tags ?? [],
      status: status.state ?? "registered",
      columns: columns.map((column) => column.name),
      detail: `data/r/${this.resources.length}.js`,
    };
    this.resources.push(resource);
    for (const used of uses) this.pairs.push([id, used]);
    this.details.set(id, {
      definition: rest.definition ?? `${id} {}\n`,
      defined_at: rest.defined_at ?? null,
      fingerprint: rest.fingerprint ?? null,
      owner: resource.owner,
      description: resource.description,
      tags: resource.tags,
      properties: rest.properties ?? {},
      time_rules: rest.time_rules ?? [],
      how_to_use: rest.how_to_use ?? null,
      uses,
      used_by: [],
      columns: columns.map((column) => ({
        type: null,
        description: null,
        from: [],
        statistics: null,
        ...column,
      })),
      samples: rest.samples ?? null,
      tables: rest.tables ?? [],
      status: {
        state: resource.status,
        registered_at: null,
        registered_by: null,
        git_commit: null,
        materialized_from: null,
        materialized_to: null,
        last_run_at: null,
        deprecated: null,
        ...status,
      },
      runs: rest.runs ?? [],
    });
    return id;
  }

  finish(head) {
    const at = new Map(this.resources.map((resource, i) => [resource.id, i]));
    const uses = this.pairs
      .filter(([from, to]) => at.has(from) && at.has(to))
      .map(([from, to]) => {
        this.details.get(to).used_by.push(from);
        return [at.get(from), at.get(to)];
      });
    const { runs, ...rest } = head;
    return {
      index: {
        ...rest,
        resources: this.resources,
        uses,
        ...(runs && { runs: runs.map((run) => ({ ...run, resource: at.get(run.resource) })) }),
      },
      details: this.details,
    };
  }
}

function bell(bins, low, high, rows, random, tail = 1) {
  const counts = Array.from({ length: bins }, (_, i) => {
    const x = ((i + 0.5) / bins - 0.3) * 4;
    return Math.round((rows / bins) * 3 * Math.exp(-(x * x) / (x > 0 ? 2 * tail : 0.6)) * (0.85 + 0.3 * random()));
  });
  const labels = Array.from({ length: bins + 1 }, (_, i) => String(+(low + ((high - low) * i) / bins).toFixed(2)));
  return { kind: "numeric", labels, counts };
}

const DEFINITION = `feature-views.aircraft_delays.v1 {
  entity = aircraft
  source = transformations.flights.v1
  features {
    # count(arr_delay) and not count(*): a cancelled flight has no delay.
    aircraft_landed     { aggregate = "count(arr_delay)", windows = [1d, 7d, 30d] }
    aircraft_mean_delay { aggregate = "avg(arr_delay)", windows = [1d, 7d, 30d] }
    aircraft_late       { aggregate = "count(*)", where = "arr_delay > 15 AND status <> 'CANCELLED'", windows = [7d, 30d] }
  }
  derived { aircraft_late_share_30d = "aircraft_late_30d / nullif(aircraft_landed_30d, 0)" }
  ttl = 90d, ignore-nulls = true
  materialize { every = 1d, start = "2013-01-02" }
  owner = fleet, tags = [delays, operations]
  description = "An aircraft's arrival delays over 1, 7 and 30 days"
}
`;

const SQL = `transformations.flights.v1 {
  inputs { raw = sources.flights.v1 }
  sql = """
    SELECT tailnum, scheduled_at, known_at, arr_delay,
           CASE WHEN arr_delay IS NULL THEN 'cancelled' ELSE 'landed' END AS outcome
    FROM raw
    WHERE tailnum IS NOT NULL -- one in a hundred has none
  """
  event-time = scheduled_at
}
`;

/** A small catalogue in which every state, every kind and every gap occurs. */
export function example() {
  const random = numbers(7);
  const project = new Project();
  const rows = 336_776;
  const measured = (type, more = {}) => ({ type, statistics: null, ...more });

  project.add("entities.aircraft", {
    owner: "fleet",
    description: "An aeroplane, by its tail number",
    columns: [{ name: "tailnum", type: "string" }],
    definition: `entities.aircraft { keys { tailnum = string }, owner = fleet }\n`,
    defined_at: "definitions/entities.conf:3",
  });
  project.add("entities.airport", { owner: "network", columns: [{ name: "faa", type: "string" }] });
  project.add("sources.flights.v1", {
    owner: "operations",
    tags: ["delays", "public"],
    description: "Every flight that was to leave New York in 2013, one row each",
    columns: [
      ["tailnum", "string"],
      ["origin", "string"],
      ["scheduled_at", "timestamp"],
      ["known_at", "timestamp"],
      ["arr_delay", "int"],
      ["dep_delay", "int"],
    ].map(([name, type]) => ({ name, type })),
    time_rules: [
      "Event time: scheduled_at, in America/New_York.",
      "Available time: known_at. A row is never used before that instant.",
      "At equal event time the row with the greatest flight wins.",
    ],
    definition: `sources.flights.v1 {\n  path = "data/flights.parquet", format = parquet\n  event-time = scheduled_at\n  available-at = known_at\n  time-zone = "America/New_York"\n  owner = operations, tags = [delays, public]\n}\n`,
    defined_at: "definitions/sources.conf:12",
    samples: {
      columns: ["tailnum", "origin", "scheduled_at", "known_at", "arr_delay"],
      rows: [
        ["N14228", "EWR", "2013-01-01 10:15:00", "2013-01-01 13:30:00", "11"],
        ["N24211", "LGA", "2013-01-01 10:29:00", "2013-01-01 13:50:00", "20"],
        [null, "JFK", "2013-01-01 11:00:00", "2013-01-01 11:00:00", null],
      ],
    },
  });
  project.add("sources.weather.v1", {
    owner: "weather-desk",
    tags: ["weather"],
    description: HOSTILE,
    columns: [{ name: "temp", type: "double", description: HOSTILE }, { name: "visib" }, { name: "origin" }],
    definition: `sources.weather.v1 { description = "${HOSTILE.replaceAll('"', "'")}" }\n`,
  });
  project.add("sources.planes.v1", {
    owner: "fleet",
    description: "The register of aircraft; static",
    columns: [{ name: "tailnum" }, { name: "year" }, { name: "seats" }],
    time_rules: ["Static: it has no event time, and joins as it is. Not point-in-time."],
  });
  project.add("transformations.flights.v1", {
    owner: "operations",
    uses: ["sources.flights.v1"],
    description: "Flights with a tail number, and how each ended",
    definition: SQL,
    defined_at: "definitions/transformations.conf:5",
    columns: ["tailnum", "scheduled_at", "known_at", "arr_delay", "outcome"].map((name) => ({
      name,
      from: name === "outcome" ? ["sources.flights.v1.arr_delay"] : [`sources.flights.v1.${name}`],
    })),
  });

  const delay = (name, type, low, high, mean, nulls, description = null) =>
    measured(type, {
      name,
      description,
      from: ["transformations.flights.v1.arr_delay"],
      statistics: {
        rows,
        nulls,
        distinct: Math.round(400 + 4000 * random()),
        min: String(low),
        max: String(high),
        mean,
        stddev: Math.abs(mean) * 1.8 + 3.1,
        histogram: bell(30, low, high, rows - nulls, random, 1.2),
      },
    });
  project.add("feature-views.aircraft_delays.v1", {
    owner: "fleet",
    tags: ["delays", "operations"],
    description: "An aircraft's arrival delays over 1, 7 and 30 days",
    uses: ["entities.aircraft", "transformations.flights.v1"],
    definition: DEFINITION,
    defined_at: "definitions/aircraft.conf:8",
    fingerprint: "sha256:9f0c2b7d45e1aa90cc36f5d1",
    properties: { "slack-channel": "#fleet-data" },
    time_rules: [
      "Event time: scheduled_at. Available time: known_at.",
      "A row is visible if its event time <= T and its available time <= T.",
      "aircraft_mean_delay_7d = avg(arr_delay) over visible rows with event time in (T - 7d, T].",
      "aircraft_mean_delay_30d = avg(arr_delay) over visible rows with event time in (T - 30d, T].",
      "aircraft_late_share_30d = aircraft_late_30d / nullif(aircraft_landed_30d, 0), row by row.",
    ],
    how_to_use: `training-sets.mine.v1 {\n  label = labels.arrived_late.v1\n  features = [ aircraft_delays.v1 ]\n}\n`,
    columns: [
      delay("aircraft_landed_7d", "bigint", 0, 61, 18.4, 0),
      delay("aircraft_landed_30d", "bigint", 0, 214, 71.9, 0),
      delay("aircraft_mean_delay_7d", "double", -45.5, 612, 7.13, 21_402, "Mean delay on arrival, in minutes, of the last week"),
      delay("aircraft_mean_delay_30d", "double", -41, 455.25, 6.98, 9_120),
      delay("aircraft_late_30d", "bigint", 0, 92, 17.2, 0),
      {
        name: "aircraft_usual_outcome",
        type: "string",
        from: ["transformations.flights.v1.outcome"],
        statistics: {
          rows,
          nulls: 812,
          distinct: 3,
          min: "cancelled",
          max: "landed",
          mean: null,
          stddev: null,
          histogram: { kind: "category", labels: ["landed", "cancelled", "diverted"], counts: [301_552, 31_092, 3_320] },
        },
      },
      { name: "aircraft_late_share_30d", type: "double", from: ["feature-views.aircraft_delays.v1.aircraft_late_30d"] },
    ],
    tables: [{ provider: "lake", table: "lake.features.aircraft_delays__v1", format: "iceberg", snapshot: "7420945820493" }],
    status: {
      state: "materialized",
      registered_at: "2024-02-01T09:12:44Z",
      registered_by: "ana",
      git_commit: "4f1d2c9b88aa3e10",
      materialized_from: "2013-01-02T00:00:00Z",
      materialized_to: "2013-12-28T00:00:00Z",
      last_run_at: "2024-03-04T02:00:09Z",
    },
    runs: Array.from({ length: 26 }, (_, i) => {
      const day = new Date(Date.UTC(2013, 11, 27 - i));
      return {
        run_id: `run-${1200 - i}`,
        committed_at: new Date(Date.UTC(2024, 2, 4, 2, 0, 9) - i * 86_400_000).toISOString(),
        interval_start: day.toISOString(),
        interval_end: new Date(+day + 86_400_000).toISOString(),
        rows: Math.round(2000 + 1500 * random()),
        snapshot: String(7_420_945_820_493 - i * 7919),
        manifest: null,
        definition: i < 9 ? "sha256:9f0c2b7d45e1aa90cc36f5d1" : "sha256:11aa04c7b1d2e9f0aa11cc02",
        inputs: [],
        version: "0.1.0",
      };
    }),
  });
  project.add("feature-views.aircraft_delays.v0", {
    owner: "fleet",
    uses: ["entities.aircraft", "sources.flights.v1"],
    columns: [{ name: "aircraft_mean_delay" }],
    status: {
      state: "deprecated",
      deprecated: {
        since: "2024-02-01T00:00:00Z",
        until: "2024-08-01T00:00:00Z",
        successor: "feature-views.aircraft_delays.v1",
        reason: "Counts cancelled flights as punctual.",
        by: "ana",
      },
    },
  });
  project.add("feature-views.airport_weather.v1", {
    owner: "weather-desk",
    tags: ["weather"],
    description: "The latest weather report, and rain over six hours",
    uses: ["entities.airport", "sources.weather.v1"],
    columns: [{ name: "weather_temp" }, { name: "weather_visibility" }, { name: "weather_rain_6h" }],
    status: { state: "failing", last_run_at: "2024-03-04T02:10:00Z", materialized_to: "2013-12-12T06:00:00Z" },
  });
  project.add("feature-views.aircraft_facts.v1", {
    owner: "fleet",
    description: "What the register says of an aircraft; not point-in-time",
    uses: ["entities.aircraft", "sources.planes.v1"],
    columns: [{ name: "aircraft_year" }, { name: "aircraft_seats" }],
    status: { state: "defined" },
  });
  project.add("labels.arrived_late.v1", {
    owner: "delays-ml",
    description: "Did it arrive more than 15 minutes late?",
    uses: ["entities.aircraft", "entities.airport", "transformations.flights.v1"],
    columns: [{ name: "arrived_late", type: "boolean" }],
  });
  project.add("training-sets.delays.v1", {
    owner: "delays-ml",
    tags: ["delays"],
    description: "At a flight's scheduled departure: will it arrive late?",
    uses: [
      "labels.arrived_late.v1",
      "feature-views.aircraft_delays.v1",
      "feature-views.airport_weather.v1",
      "feature-views.aircraft_facts.v1",
    ],
    definition: `training-sets.delays.v1 {\n  label = labels.arrived_late.v1\n  features = [ aircraft_delays.v1, airport_weather.v1.weather_temp, aircraft_facts.v1 ]\n  split { by = time, validation-from = "2013-10-01", test-from = "2013-11-01", embargo = 30d }\n}\n`,
    defined_at: "definitions/delays.conf:21",
    fingerprint: "sha256:ab12cd34ef5678901234",
    time_rules: ["Rows: one for each row of labels.arrived_late.v1; T is scheduled_at.", "All features are as of T."],
    how_to_use: `jobs/bin/tidemark read delays.v1 --limit 20\n`,
    columns: [
      { name: "tailnum", type: "string" },
      { name: "event_time", type: "timestamp" },
      { name: "arrived_late", type: "boolean", from: ["labels.arrived_late.v1.arrived_late"] },
      delay("aircraft_mean_delay_7d", "double", -45.5, 612, 7.13, 21_402),
      { name: "weather_temp", type: "double", from: ["feature-views.airport_weather.v1.weather_temp"] },
    ],
    tables: [
      { provider: "lake", table: "lake.training.delays__v1", format: "iceberg", snapshot: "5512093001" },
      { provider: "delta", table: "training.delays__v1", format: "delta", snapshot: "7" },
    ],
    status: {
      state: "materialized",
      registered_at: "2024-02-01T09:12:44Z",
      registered_by: "ana",
      materialized_to: "2013-12-31T00:00:00Z",
      last_run_at: "2024-03-04T03:00:00Z",
    },
    runs: [
      ["run-77", "2024-03-04T03:00:00Z", 327_346, "sha256:ab12cd34ef5678901234"],
      ["run-52", "2024-02-19T03:00:00Z", 327_346, "sha256:0099aa77bb1123456789"],
      ["run-31", "2024-02-05T03:00:00Z", 320_110, "sha256:0099aa77bb1123456789"],
    ].map(([run_id, committed_at, written, definition], i) => ({
      run_id,
      committed_at,
      interval_start: null,
      interval_end: null,
      rows: written,
      snapshot: String(5_512_093_001 - i),
      manifest: `lake/manifests/delays.v1/${run_id}.json`,
      definition,
      inputs: [
        { source: "sources.flights.v1", state: "1 file, 5.9 MB" },
        { source: "sources.weather.v1", state: "1 file, 0.7 MB" },
      ],
      version: "0.1.0",
    })),
  });
  project.add("training-sets.cancellations.v1", {
    owner: "delays-ml",
    uses: ["labels.arrived_late.v1", "feature-views.airport_weather.v1"],
    status: { state: "defined" },
  });
  project.add("models.delay_scorer.v1", { owner: "ops-app", uses: ["training-sets.delays.v1"] });

  return project.finish({
    project: "New York flights",
    environment: "prod",
    version: "0.1.0",
    as_of: "2013-12-31T00:00:00Z",
    runs: [
      { resource: "training-sets.delays.v1", run_id: "run-77", committed_at: "2024-03-04T03:00:00Z", rows: 327_346 },
      { resource: "feature-views.aircraft_delays.v1", run_id: "run-1200", committed_at: "2024-03-04T02:00:09Z", rows: 2_871 },
    ],
  });
}

const SUBJECTS = ["spend", "orders", "visits", "refunds", "logins", "sessions", "clicks", "balance", "claims", "delays"];
const MEASURES = ["sum", "count", "mean", "max", "min", "last", "share", "trend", "distinct", "late"];
const WINDOWS = ["1h", "1d", "7d", "14d", "30d", "60d", "90d", "180d", "365d", "unbounded"];
const OWNERS = ["risk", "growth", "payments", "fleet", "network", "claims", "pricing", "search", "ads", "core"];

/** `views` feature views with ten features each, over sources, with labels, training sets and models. */
export function large(views = 500, seed = 42) {
  const random = numbers(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const project = new Project();
  const entities = Array.from({ length: 20 }, (_, i) =>
    project.add(`entities.entity_${i}`, { owner: pick(OWNERS), description: `Entity number ${i}` }),
  );
  const sources = Array.from({ length: 150 }, (_, i) =>
    project.add(`sources.${pick(SUBJECTS)}_${i}.v1`, {
      owner: pick(OWNERS),
      tags: [pick(["pii", "public", "finance"])],
      description: `Rows of ${pick(SUBJECTS)} as they are loaded each night`,
      columns: Array.from({ length: 12 }, (_, c) => ({ name: `${pick(SUBJECTS)}_col_${c}` })),
      status: { state: "registered" },
    }),
  );
  const made = Array.from({ length: views }, (_, i) => {
    const subject = SUBJECTS[i % SUBJECTS.length];
    return project.add(`feature-views.${subject}_${i}.v${1 + (i % 3)}`, {
      owner: pick(OWNERS),
      tags: [pick(["daily", "hourly"]), subject],
      description: `How ${subject} of the entity went over the last days, number ${i}`,
      uses: [pick(entities), pick(sources)],
      columns: Array.from({ length: 10 }, (_, c) => ({ name: `${subject}_${i}_${MEASURES[c]}_${WINDOWS[c]}` })),
      status: { state: random() < 0.01 ? "failing" : random() < 0.02 ? "deprecated" : "materialized" },
    });
  });
  const labels = Array.from({ length: 40 }, (_, i) =>
    project.add(`labels.outcome_${i}.v1`, { owner: pick(OWNERS), uses: [pick(entities), pick(sources)] }),
  );
  const sets = Array.from({ length: 80 }, (_, i) =>
    project.add(`training-sets.set_${i}.v1`, {
      owner: pick(OWNERS),
      uses: [pick(labels), ...new Set(Array.from({ length: 12 }, () => pick(made)))],
      status: { state: "materialized" },
    }),
  );
  sets.forEach((set, i) => project.add(`models.model_${i}.v1`, { owner: pick(OWNERS), uses: [set] }));
  return project.finish({
    project: "Large",
    environment: "prod",
    version: "0.1.0",
    as_of: "2024-06-01T00:00:00Z",
  });
}
