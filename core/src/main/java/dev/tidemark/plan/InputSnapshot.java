package dev.tidemark.plan;

import dev.tidemark.definition.ResourceName;

/**
 * Which state of a source a run read. A source that is a query or a view may have several, one a
 * table.
 *
 * @param source such as {@code sources.payments.v1}
 * @param location the table's full name, or the path, as Spark reads it
 * @param kind what {@code id} is
 * @param id the Iceberg snapshot id, or {@link #NO_SNAPSHOT}; the Delta version; for files the
 *     SHA-256 of their sorted list of path, size and time of change; empty where the state can't be
 *     told
 */
public record InputSnapshot(ResourceName source, String location, Kind kind, String id) {
  /** An Iceberg table to which nothing was ever written. */
  public static final String NO_SNAPSHOT = "none";

  /** How a source's state is named. */
  public enum Kind {
    ICEBERG,
    DELTA,
    FILES,
    /** Such as a table of a database: it can't be read again as it was. */
    UNPINNED
  }
}
