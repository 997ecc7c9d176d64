package dev.tidemark.pit;

import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

@SparkTest
class ReferenceEngineTest {
  private static final long DAY = 86_400_000_000L;
  private final SparkSession session;

  ReferenceEngineTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void every_kind_of_output_is_looked_up_in_one_join() {
    Dataset<Row> spine =
        TextTable.parse(
            session,
            """
            k bigint | t timestamp
            1        | 2024-01-02T00:00:00Z
            1        | 2024-01-02T00:00:00Z
            2        | 2024-01-02T00:00:00Z
            null     | 2024-01-02T00:00:00Z
            """);
    Dataset<Row> raw =
        TextTable.parse(
            session,
            """
            k bigint | at timestamp                | v double | kind string
            1        | 2024-01-01T00:00:00Z        | 1        | a
            1        | 2024-01-01T00:00:00.000001Z | 2        | b
            1        | 2024-01-02T00:00:00Z        | 4        | a
            1        | 2024-01-02T00:00:00.000001Z | 8        | a
            """);
    Dataset<Row> events =
        raw.withColumn(EventColumns.EVENT_TIME, functions.col("at"))
            .withColumn(EventColumns.AVAILABLE_TIME, functions.col("at"))
            .withColumn(EventColumns.VISIBLE_FROM, functions.col("at"))
            .withColumn(EventColumns.DELETED, functions.lit(false));
    Lookup lookup =
        new Lookup(
            "test",
            events,
            List.of(new Lookup.Key("k", "k")),
            true,
            false,
            0,
            List.of(),
            List.of("v"),
            List.of(),
            null,
            List.of(
                new Output.Windowed("sum_1d", "sum(v)", null, null, DAY, null),
                new Output.Latest("last", "v", null, DAY, false),
                new Output.Windowed("n", "count(*)", "v > 1", null, null, null),
                new Output.Windowed("by_kind", "sum(v)", null, "kind", null, null),
                new Output.Windowed("mean", "sum(v) / count(*)", null, null, DAY, "-1"),
                new Output.Windowed("distinct", "count(distinct kind)", null, null, null, null)));
    TextTable.assertRows(
        new ReferenceEngine().join(new PointInTimeJoin(spine, "t", List.of(lookup))),
        """
        k    | t                    | sum_1d | last | n | by_kind    | mean | distinct
        1    | 2024-01-02T00:00:00Z | 6      | 4    | 2 | {a=5, b=2} | 3    | 2
        1    | 2024-01-02T00:00:00Z | 6      | 4    | 2 | {a=5, b=2} | 3    | 2
        2    | 2024-01-02T00:00:00Z | null   | null | 0 | {}         | -1   | 0
        null | 2024-01-02T00:00:00Z | null   | null | 0 | {}         | -1   | 0
        """);
  }
}
