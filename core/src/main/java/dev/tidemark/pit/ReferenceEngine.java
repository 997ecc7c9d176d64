package dev.tidemark.pit;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The time contract as plain Spark: join, filter, group by. Slow and meant to be obviously right;
 * the oracle of every faster engine, and what to fall back to.
 *
 * <p>For each lookup: the distinct (keys, T) of the spine are joined with the events that are
 * visible at T, grouped by (keys, T), and joined back to the spine.
 */
public final class ReferenceEngine implements Engine {
  private final boolean bucketed;

  /** With {@link #ReferenceEngine(boolean) time buckets}. */
  public ReferenceEngine() {
    this(true);
  }

  /**
   * @param bucketed true: where all outputs look back a bounded span, events are joined by key and
   *     time bucket too, so that a spine row meets the events of two such spans and not of all
   *     time. The exact conditions apply all the same, so no row changes.
   */
  public ReferenceEngine(boolean bucketed) {
    this.bucketed = bucketed;
  }

  @Override
  public Dataset<Row> join(PointInTimeJoin join) {
    Dataset<Row> result = join.spine();
    for (Lookup lookup : join.lookups()) {
      result = new ReferenceLookup(join.spine(), join.asOf(), lookup, bucketed).joinTo(result);
    }
    return result;
  }

  @Override
  public List<Dataset<Row>> reads(PointInTimeJoin join) {
    return join.lookups().stream().map(Lookup::events).toList();
  }
}
