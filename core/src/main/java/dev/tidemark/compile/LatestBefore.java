package dev.tidemark.compile;

import dev.tidemark.plan.InputSnapshot;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What an earlier run made of the same view by the same definition.
 *
 * @param asOf its T
 * @param inputs the states of the sources that it read
 * @param rows as {@link CompiledLatest#rows} without {@link CompiledLatest#KEPT}
 */
public record LatestBefore(Instant asOf, List<InputSnapshot> inputs, Dataset<Row> rows) {
  public LatestBefore {
    inputs = List.copyOf(inputs);
  }
}
