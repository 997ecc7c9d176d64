package dev.tidemark.plan;

/** Which intervals of those asked for a run computes. */
public enum Redo {
  /** Those that are missing or stale. */
  DUE,
  /** Those that are stale, and no others. */
  STALE,
  /** All. */
  ALL
}
