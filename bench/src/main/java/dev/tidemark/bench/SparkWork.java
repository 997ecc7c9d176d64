package dev.tidemark.bench;

import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * A Dataset planned and written by Spark.
 *
 * @param keep false: the rows are only computed
 */
record SparkWork(SparkSession session, String group, boolean keep, Supplier<Dataset<Row>> rows)
    implements Formulation.Work {

  static SparkWork written(SparkSession session, Supplier<Dataset<Row>> rows) {
    return new SparkWork(session, UUID.randomUUID().toString(), true, rows);
  }

  static SparkWork computed(SparkSession session, Supplier<Dataset<Row>> rows) {
    return new SparkWork(session, UUID.randomUUID().toString(), false, rows);
  }

  @Override
  public void run(@Nullable Path output) {
    session.sparkContext().setJobGroup(group, "bench", true);
    if (keep && output != null) {
      rows.get().write().parquet(output.toString());
    } else {
      rows.get().write().format("noop").mode("overwrite").save();
    }
  }

  @Override
  public void cancel() {
    session.sparkContext().cancelJobGroup(group);
  }
}
