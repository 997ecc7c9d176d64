/** The data files, as `tidemark docs` writes them. The contract in words is in README.md. */

export type Kind =
  | "entities"
  | "sources"
  | "transformations"
  | "feature-views"
  | "labels"
  | "training-sets"
  | "models";

export type State =
  | "defined"
  | "registered"
  | "materialized"
  | "failing"
  | "deprecated"
  | "deleted";

/** `data/index.js`: what every page needs. */
export interface IndexFile {
  project: string;
  environment: string;
  version: string;
  as_of: string | null;
  resources: Resource[];
  /** Pairs [i, j]: resource i names resource j. */
  uses: [number, number][];
  /** Optional; newest first. */
  runs?: RecentRun[];
}

export interface Resource {
  id: string;
  kind: Kind;
  name: string;
  owner: string | null;
  description: string | null;
  tags: string[];
  status: State;
  columns: string[];
  detail: string;
}

export interface RecentRun {
  resource: number;
  run_id: string;
  committed_at: string;
  rows: number;
}

/** `data/r/N.js`: what the page of one resource needs besides. */
export interface Detail {
  definition: string;
  defined_at: string | null;
  fingerprint: string | null;
  owner: string | null;
  description: string | null;
  tags: string[];
  properties: Record<string, string>;
  time_rules: string[];
  how_to_use: string | null;
  uses: string[];
  used_by: string[];
  columns: Column[];
  samples: Samples | null;
  tables: Table[];
  status: Status;
  runs: Run[];
}

export interface Column {
  name: string;
  type: string | null;
  description: string | null;
  from: string[];
  statistics: Statistics | null;
  /** Optional: the resources that take this very column. */
  used_by?: string[];
}

export interface Statistics {
  rows: number;
  nulls: number;
  distinct: number | null;
  min: string | null;
  max: string | null;
  mean: number | null;
  stddev: number | null;
  histogram: Histogram | null;
}

export interface Histogram {
  kind: "numeric" | "category";
  /** Of a numeric one the edges of its bins: one more than counts. */
  labels: string[];
  counts: number[];
}

export interface Samples {
  columns: string[];
  rows: (string | null)[][];
}

export interface Table {
  provider: string;
  table: string;
  format: string;
  snapshot: string | null;
}

export interface Status {
  state: State;
  registered_at: string | null;
  registered_by: string | null;
  git_commit: string | null;
  materialized_from: string | null;
  materialized_to: string | null;
  last_run_at: string | null;
  deprecated: Deprecation | null;
}

export interface Deprecation {
  since: string;
  until: string | null;
  successor: string | null;
  reason: string | null;
  by: string;
}

export interface Run {
  run_id: string;
  committed_at: string;
  interval_start: string | null;
  interval_end: string | null;
  /** `refused`: its rows did not pass their gates, and no table has them. */
  status?: "done" | "refused";
  rows: number;
  snapshot: string;
  manifest: string | null;
  /** The definition's hash. */
  definition: string;
  inputs: { source: string; state: string }[];
  version: string;
}
