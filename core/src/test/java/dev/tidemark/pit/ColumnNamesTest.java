package dev.tidemark.pit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

/** Columns of spine, events and outputs are kept apart, whatever they are called. */
@SparkTest
class ColumnNamesTest {
  private final SparkSession session;

  ColumnNamesTest(SparkSession session) {
    this.session = session;
  }

  private Dataset<Row> visits() {
    return TextTable.parse(
        session,
        """
        k bigint | j bigint | t timestamp          | at timestamp         | v bigint
        1        | 2        | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
        2        | 1        | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 6
        1        | 1        | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 7
        """);
  }

  @Test
  void a_table_may_be_looked_up_in_itself_and_twice_under_two_roles() {
    Dataset<Row> visits = visits();
    PitStory own =
        new PitStory(session, visits, visits).exclusive().rowKey("v").latest("previous", "v");
    PitStory other =
        new PitStory(session, visits, visits)
            .keys(List.of(new Lookup.Key("j", "k")))
            .latest("v_of_j", "v")
            .aggregate("n_of_j", "count(*)");
    PitStory.interpreted(
        session,
        () ->
            TextTable.assertRows(
                new ReferenceEngine()
                    .join(new PointInTimeJoin(visits, "t", List.of(own.lookup(), other.lookup()))),
                """
                k | j | t                    | at                   | v | previous | v_of_j | n_of_j
                1 | 2 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5 | null     | null   | 0
                2 | 1 | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 6 | null     | 5      | 1
                1 | 1 | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 7 | 5        | 7      | 2
                """));
  }

  @Test
  void names_may_hold_dots_backticks_blanks_and_words_of_sql() {
    Dataset<Row> spine = visits().withColumnsRenamed(Map.of("k", "the.k`ey", "v", "select"));
    Dataset<Row> events = visits().withColumnsRenamed(Map.of("k", "Key of.it", "v", "va`l.ue"));
    Dataset<Row> joined =
        new PitStory(session, spine, events)
            .keys(List.of(new Lookup.Key("the.k`ey", "Key of.it")))
            .tieBreak("va`l.ue")
            .rowKey("va`l.ue")
            .latest("out.put", "`va``l.ue`")
            .aggregate("from `here`", "sum(`va``l.ue`)")
            .output(new Output.Windowed("by", "count(*)", null, "`va``l.ue`", null, null))
            .joined();
    assertThat(joined.columns())
        .containsExactly("the.k`ey", "j", "t", "at", "select", "out.put", "from `here`", "by");
    PitStory.interpreted(
        session,
        () ->
            TextTable.assertRows(
                joined.toDF("k", "j", "t", "at", "v", "latest", "sum", "by").drop("t", "at"),
                """
                k | j | v | latest | sum | by
                1 | 2 | 5 | 5      | 5   | {5=1}
                2 | 1 | 6 | 6      | 6   | {6=1}
                1 | 1 | 7 | 7      | 12  | {5=1, 7=1}
                """));
  }

  @Test
  void outputs_keep_their_order_and_have_their_expressions_types() {
    Dataset<Row> joined =
        new PitStory(session, visits(), visits())
            .aggregate("z", "count(DISTINCT v)")
            .latest("y", "CAST(v AS decimal(10,2))")
            .output(new Output.Windowed("x", "avg(v)", null, "j", null, null))
            .aggregate("w", "collect_set(v)")
            .latest("u", "named_struct('v', v)")
            .output(new Output.Windowed("t2", "sum(v)", null, null, null, "0"))
            .joined();
    assertThat(joined.drop("k", "j", "t", "at", "v").schema().toDDL())
        .isEqualTo(
            "z BIGINT,y DECIMAL(10,2),x MAP<BIGINT, DOUBLE> NOT NULL,w ARRAY<BIGINT>,"
                + "u STRUCT<v: BIGINT>,t2 BIGINT");
  }

  @Test
  void columns_of_the_spine_come_out_untouched_constants_and_nested_ones_too() {
    Dataset<Row> spine =
        visits()
            .withColumn("nested", functions.struct("j", "v"))
            .withColumn("m", functions.map(functions.lit("a"), functions.col("v")))
            .withColumn("c", functions.lit(1));
    Dataset<Row> joined = new PitStory(session, spine, visits()).latest("x", "v").joined();
    PitStory.interpreted(session, () -> TextTable.assertSame(joined.drop("x"), spine));
  }
}
