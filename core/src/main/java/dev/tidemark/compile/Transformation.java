package dev.tidemark.compile;

import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A transformation in Java, for what SQL can't say. A definition names its class, which needs a
 * public constructor without parameters:
 *
 * <pre>{@code
 * transformations.sessions.v1 {
 *   inputs { clicks = sources.clicks.v1 }
 *   class = com.acme.Sessions
 *   event-time = session_end
 * }
 * }</pre>
 *
 * <p>It only plans: it must not run a job, read the clock, or depend on anything but its inputs.
 */
@FunctionalInterface
public interface Transformation {

  /**
   * Plans the output.
   *
   * @param inputs the rows of every input by the name that the definition gives it, with the
   *     columns of its source
   * @return any columns, among them those that the definition's time rules name
   */
  Dataset<Row> apply(Map<String, Dataset<Row>> inputs);
}
