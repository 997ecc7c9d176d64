package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.plan.RunOverview;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.jspecify.annotations.Nullable;

/**
 * The run history as people ask for it: how far each resource is, and its newest runs. One row a
 * resource comes to the driver, and a few for its newest runs.
 */
public final class PastRuns {
  /** False for rows that were refused. */
  private static final Column IS_COMMITTED = size(col("tables")).gt(0);

  private final RunHistory history;

  public PastRuns(RunHistory history) {
    this.history = history;
  }

  /**
   * What was run of each resource, by its id. Runs whose rows were refused are among the newest,
   * and have no tables; they count for nothing else.
   *
   * @param most how many of the newest runs to tell of each, and how many of those that were
   *     refused
   * @param resource only of this one; null: of all
   */
  public Map<String, RunOverview> of(int most, @Nullable String resource) {
    Dataset<Row> all = history.rows().orElse(null);
    if (all == null) {
      return Map.of();
    }
    Dataset<Row> rows = resource == null ? all : all.where(col("resource").equalTo(lit(resource)));
    Map<String, List<RunOverview.Run>> newest = newest(rows, most);
    Map<String, RunOverview> found = new HashMap<>();
    Dataset<Row> sums =
        rows.groupBy("resource")
            .agg(
                min(when(IS_COMMITTED, col("interval_start"))).as("from"),
                max(when(IS_COMMITTED, col("interval_end"))).as("to"),
                max(when(IS_COMMITTED, col("committed_at"))).as("last"),
                count_if(IS_COMMITTED).as("runs"));
    for (Row row : sums.collectAsList()) {
      String id = row.getAs("resource");
      found.put(
          id,
          new RunOverview(
              instant(row, "from"),
              instant(row, "to"),
              instant(row, "last"),
              row.getAs("runs"),
              newest.getOrDefault(id, List.of())));
    }
    return found;
  }

  private static Map<String, List<RunOverview.Run>> newest(Dataset<Row> rows, int most) {
    if (most == 0) {
      return Map.of();
    }
    Map<String, List<RunOverview.Run>> newest = new LinkedHashMap<>();
    Dataset<Row> some =
        rows.withColumn(
                "tidemark_rank",
                row_number()
                    .over(
                        Window.partitionBy(col("resource"), IS_COMMITTED)
                            .orderBy(
                                col("committed_at").desc(),
                                col("interval_start").desc(),
                                col("run_id"))))
            .where(col("tidemark_rank").leq(most))
            .orderBy(col("resource"), col("committed_at").desc(), col("tidemark_rank"));
    for (Row row : some.collectAsList()) {
      newest.computeIfAbsent(row.getAs("resource"), id -> new ArrayList<>()).add(run(row));
    }
    return newest;
  }

  private static RunOverview.Run run(Row row) {
    List<RunOverview.Input> inputs = new ArrayList<>();
    for (Row input : row.<Row>getList(row.fieldIndex("inputs"))) {
      inputs.add(
          new RunOverview.Input(
              input.getAs("source"),
              input.getAs("location"),
              input.getAs("kind"),
              input.getAs("id")));
    }
    List<RunOverview.Table> tables = new ArrayList<>();
    for (Row table : row.<Row>getList(row.fieldIndex("tables"))) {
      tables.add(
          new RunOverview.Table(
              table.getAs("provider"),
              table.getAs("name"),
              table.getAs("format"),
              table.getAs("snapshot")));
    }
    return new RunOverview.Run(
        row.getAs("run_id"),
        row.getAs("task_id"),
        Objects.requireNonNull(instant(row, "committed_at")),
        instant(row, "interval_start"),
        instant(row, "interval_end"),
        row.getAs("rows"),
        row.getAs("manifest"),
        row.getAs("definition"),
        row.getAs("version"),
        inputs,
        tables,
        RunRows.cost(row));
  }

  private static @Nullable Instant instant(Row row, String column) {
    Timestamp at = row.getAs(column);
    return at == null ? null : at.toInstant();
  }
}
