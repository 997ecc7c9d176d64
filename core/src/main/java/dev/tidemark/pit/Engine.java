package dev.tidemark.pit;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Joins a spine with features as of each row's time.
 *
 * <p>The result has the spine's columns and then every lookup's outputs, in order; exactly the
 * spine's rows, duplicates and null keys included; and no output depends on an event that is not
 * visible at that row's T, on the other rows, on the order or partitioning of any input, or on the
 * session's time zone.
 */
public interface Engine {

  /**
   * Plans the join; nothing runs until the result is read.
   *
   * <p>Spark's {@code AnalysisException} (checked, though Scala does not declare it) tells that an
   * expression does not fit the events.
   */
  Dataset<Row> join(PointInTimeJoin join);
}
