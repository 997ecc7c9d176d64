package dev.tidemark.store;

import dev.tidemark.plan.Interval;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A table that Tidemark writes.
 *
 * <p>Every write is one atomic commit: whoever reads, and whatever kills the writer, sees the table
 * as before or as after. The first write makes the table together with its rows. Files of a write
 * that did not come to its commit belong to no table; the format's own upkeep removes them.
 *
 * <p>A write that fails for another reason than a conflict throws what Spark, the format or the
 * file system threw, and has not changed the table.
 */
public interface OfflineTable {

  /** How Spark reads it: {@code catalog.database.table}, or a path. */
  String name();

  boolean exists();

  /** All rows of the newest commit. */
  Dataset<Row> read();

  /** Replaces all rows, and the schema where it differs. */
  CommitOutcome replaceAll(Dataset<Row> rows, CommitMark mark);

  /**
   * Replaces the rows whose {@code event_time} is in an interval and leaves all others.
   *
   * @param rows all of the interval; columns that the table does not have yet are added to it
   */
  CommitOutcome replaceInterval(Dataset<Row> rows, Interval interval, CommitMark mark);
}
