package dev.tidemark.pit;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Joins a spine with features as of each row's time.
 *
 * <p>The result has the spine's columns and then every lookup's outputs, in order; exactly the
 * spine's rows, duplicates and null keys included; and no output depends on an event that is not
 * visible at that row's T, on the other rows, on the order or partitioning of any input, or on the
 * session's time zone.
 */
public interface Engine {
  /** The Spark setting that names the engine: {@code slots}, the default, or {@code reference}. */
  String SETTING = "spark.tidemark.engine";

  /**
   * The engine that a session's settings name.
   *
   * @throws IllegalArgumentException if there is none of that name
   * @throws IllegalStateException if the session was opened without {@link PointInTimeExtensions}
   */
  static Engine of(SparkSession session) {
    String name = session.conf().get(SETTING, "slots");
    return switch (name) {
      case "slots" -> {
        String extension = PointInTimeExtensions.class.getName();
        if (!session.conf().get("spark.sql.extensions", "").contains(extension)) {
          throw new IllegalStateException(
              "this Spark session was opened without Tidemark's operators; add %s to spark.sql.extensions, or set %s = reference"
                  .formatted(extension, SETTING));
        }
        yield new SlotEngine();
      }
      case "reference" -> new ReferenceEngine();
      default ->
          throw new IllegalArgumentException(
              "%s = %s: the engines are slots and reference".formatted(SETTING, name));
    };
  }

  /**
   * Plans the join; nothing runs until the result is read.
   *
   * <p>Spark's {@code AnalysisException} (checked, though Scala does not declare it) tells that an
   * expression does not fit the events.
   */
  Dataset<Row> join(PointInTimeJoin join);

  /**
   * The events that a join reads, each as it is told to its source, with the same filters and
   * columns; nothing runs.
   */
  List<Dataset<Row>> reads(PointInTimeJoin join);
}
