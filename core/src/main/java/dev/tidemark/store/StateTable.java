package dev.tidemark.store;

import dev.tidemark.plan.StateCoverage;
import dev.tidemark.plan.Target;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * A view's state, in a table of its own beside the view's, as it was when this object was made.
 *
 * <p>The newest commit tells what the table holds, so rows and what is said of them change at once.
 * A run commits the state before the view's rows: if it is killed in between, the state is right
 * and a little ahead. Of two runs that began with the same state one advances it, and the other's
 * rows are right without. A commit of anybody else, except one that only arranges rows anew, makes
 * the state worthless; so does dropping the table, which is always allowed.
 */
public final class StateTable {
  private static final int RECENT = 50;

  private final OfflineTable table;
  private final TableState base;
  private final @Nullable StateCoverage coverage;

  private StateTable(OfflineTable table) {
    this.table = table;
    // Before its commits are read: what comes in between will be a conflict.
    this.base = table.state();
    this.coverage = coverage(table, base);
  }

  /**
   * The state of the view whose table this is.
   *
   * @param root warehouses with relative paths are relative to it
   */
  public static StateTable of(SparkSession session, Path root, Target view) {
    return new StateTable(
        OfflineTables.of(
            session, root, new Target(view.provider(), view.name() + StateCoverage.TABLE_SUFFIX)));
  }

  private static @Nullable StateCoverage coverage(OfflineTable table, TableState base) {
    String snapshot = base.snapshot();
    if (snapshot == null) {
      return null;
    }
    for (PastCommit commit : table.commitsSince(null, RECENT)) {
      if (!commit.sameRows()) {
        return StateMark.of(commit).orElse(null);
      }
    }
    return null;
  }

  /** How Spark reads it. */
  public String name() {
    return table.name();
  }

  /**
   * What it holds.
   *
   * @param made see {@link StateCoverage}
   * @return nothing if there is none, or if it was made otherwise
   */
  public Optional<StateCoverage> coverage(String made) {
    StateCoverage known = coverage;
    return known != null && known.made().equals(made) ? Optional.of(known) : Optional.empty();
  }

  /** Its rows, of a state that is there. */
  public Dataset<Row> rows() {
    return table.readAt(Objects.requireNonNull(base.snapshot(), "there is no state"));
  }

  /**
   * Adds rows, and forgets those that no later tick looks back at, file by file.
   *
   * @param all whether these are all rows from then on
   * @param next what it holds then
   */
  public CommitOutcome advance(
      Dataset<Row> rows, boolean all, StateCoverage next, CommitMark mark) {
    return table.advance(
        rows, base, all ? Instant.MAX : next.from(), StateMark.properties(mark, next));
  }
}
