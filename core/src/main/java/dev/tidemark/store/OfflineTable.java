package dev.tidemark.store;

import dev.tidemark.plan.Interval;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * A table that Tidemark writes.
 *
 * <p>Every write is one atomic commit: whoever reads, and whatever kills the writer, sees the table
 * as before or as after. Files of a write that did not come to its commit belong to no table; the
 * format's own upkeep removes them.
 *
 * <p>A write that fails for another reason than a conflict throws what Spark, the format or the
 * file system threw, and has not changed the table's rows.
 */
public interface OfflineTable {

  /** How Spark reads it: {@code catalog.database.table}, or a path. */
  String name();

  boolean exists();

  /** All rows of the newest commit. */
  Dataset<Row> read();

  /** All rows as of one commit, with the columns of then. */
  Dataset<Row> readAt(String snapshot);

  /** Which table it is now, and at which commit. */
  TableState state();

  /**
   * The latest of some commits.
   *
   * @return nothing if the table remembers none of them
   */
  Optional<String> latest(Collection<String> snapshots);

  /**
   * The commits after one, newest first, as far as the table remembers them.
   *
   * @param snapshot null: all
   * @param most no more than these
   */
  List<PastCommit> commitsSince(@Nullable String snapshot, int most);

  /** Replaces all rows, and the schema where it differs. */
  CommitOutcome replaceAll(Dataset<Row> rows, CommitMark mark);

  /**
   * Replaces the rows whose {@code event_time} is in an interval and leaves all others.
   *
   * @param rows all of the interval; columns that the table does not have yet are added to it
   */
  default CommitOutcome replaceInterval(Dataset<Row> rows, Interval interval, CommitMark mark) {
    TableState base = state();
    return stage(IntervalRows.of(rows, interval), base).commit(interval, mark);
  }

  /**
   * Writes the files of some intervals and commits none; makes the table, without rows, if there is
   * none, and adds columns that it does not have yet.
   *
   * @param base the state that the rows were planned upon: whoever commits one of the intervals
   *     after it has won
   * @throws SchemaChangedException if the table has a column of another type
   */
  StagedIntervals stage(IntervalRows rows, TableState base);

  /**
   * Adds rows and takes old files away, in one commit.
   *
   * @param base the newest commit that is known: a conflict if there is another by now
   * @param until files are taken away if none of their rows has a later {@code event_time}; null:
   *     none is
   * @param mark what the commit says of itself
   */
  CommitOutcome advance(
      Dataset<Row> rows, TableState base, @Nullable Instant until, Map<String, String> mark);

  /** Adds rows to all others, which conflicts with nobody; makes the table if there is none. */
  CommitOutcome append(Dataset<Row> rows, CommitMark mark);

  /** Removes it with all its files, its history and its name; nothing if there is none. */
  void drop();

  /** Its upkeep; the table must exist. */
  Upkeep upkeep(Arrangement arrangement);
}
