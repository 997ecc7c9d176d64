package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Which rows are in which part of a split. */
@SparkTest
class SplitTest {
  private final SparkSession session;

  SplitTest(SparkSession session) {
    this.session = session;
  }

  private static final String DEFINITIONS =
      """
      entities.pair { keys { %s } }
      sources.rows.v1 { table = split_rows, event-time = at }
      feature-views.seen.v1 {
        entity = pair, source = sources.rows.v1, features { n { aggregate = "count(*)", windows = [unbounded] } }
      }
      training-sets.t.v1 {
        spine { source = sources.rows.v1, entity = pair }, features = [seen.v1]
        split { %s }
      }
      """;

  private FeatureStory story(String keys, String split) {
    return new FeatureStory(session).define(DEFINITIONS.formatted(keys, split));
  }

  @Test
  void boundaries_belong_to_what_begins_and_the_embargo_ends_at_them() {
    FeatureStory story =
        story(
            "a = bigint, b = bigint",
            "by = time, validation-from = \"2024-02-01\", test-from = \"2024-03-01\", embargo = 1d");
    story.given(
        "split_rows",
        """
            a bigint | b bigint | at timestamp
            1 | 1 | 2024-01-30T23:59:59.999999Z
            1 | 1 | 2024-01-31T00:00:00Z
            1 | 1 | 2024-01-31T23:59:59.999999Z
            1 | 1 | 2024-02-01T00:00:00Z
            1 | 1 | 2024-02-28T23:59:59.999999Z
            1 | 1 | 2024-02-29T00:00:00Z
            1 | 1 | 2024-03-01T00:00:00Z
            1 | 1 | 2030-01-01T00:00:00Z""");
    TextTable.assertRows(
        story.build("t.v1").drop("n_unbounded"),
        """
            a bigint | b bigint | event_time timestamp | split string
            1 | 1 | 2024-01-30T23:59:59.999999Z | train
            1 | 1 | 2024-01-31T00:00:00Z | embargo
            1 | 1 | 2024-01-31T23:59:59.999999Z | embargo
            1 | 1 | 2024-02-01T00:00:00Z | validation
            1 | 1 | 2024-02-28T23:59:59.999999Z | validation
            1 | 1 | 2024-02-29T00:00:00Z | embargo
            1 | 1 | 2024-03-01T00:00:00Z | test
            1 | 1 | 2030-01-01T00:00:00Z | test""");
  }

  /** 300 pairs with three rows each. */
  private List<Row> split(String keys, String split) {
    session
        .range(900)
        .selectExpr("id % 300 AS a", "id % 300 * 7 AS b", "timestamp_seconds(id div 300) AS at")
        .createOrReplaceTempView("split_rows");
    return story(keys, split)
        .build("t.v1")
        .selectExpr("a", "b", "event_time", "split")
        .orderBy("a", "event_time")
        .collectAsList();
  }

  @Test
  void all_rows_of_a_key_are_in_one_part() {
    List<Row> rows =
        split("a = bigint, b = bigint", "by = entity, validation = 0.2, test = 0.2, seed = 7");
    assertThat(rows).hasSize(900);
    for (int i = 0; i < rows.size(); i += 3) {
      assertThat(rows.subList(i, i + 3))
          .extracting(row -> row.getString(3))
          .containsOnly(rows.get(i).getString(3));
    }
    assertThat(rows).extracting(row -> row.getString(3)).contains("train", "validation", "test");
  }

  @Test
  void the_order_in_which_keys_are_declared_moves_no_row() {
    String byEntity = "by = entity, validation = 0.2, test = 0.2, seed = 7";
    String byRandom = "by = random, validation = 0.2, test = 0.2, seed = 7";
    assertThat(split("b = bigint, a = bigint", byEntity))
        .isEqualTo(split("a = bigint, b = bigint", byEntity));
    assertThat(split("b = bigint, a = bigint", byRandom))
        .isEqualTo(split("a = bigint, b = bigint", byRandom));
  }

  @Test
  void another_seed_is_another_division_and_shares_are_kept_nearly() {
    String keys = "a = bigint, b = bigint";
    List<Row> seven = split(keys, "by = random, validation = 0.2, test = 0.1, seed = 7");
    assertThat(split(keys, "by = random, validation = 0.2, test = 0.1, seed = 8"))
        .isNotEqualTo(seven);
    assertThat(part(seven, "validation")).isBetween(120L, 240L);
    assertThat(part(seven, "test")).isBetween(45L, 135L);
  }

  private static long part(List<Row> rows, String name) {
    return rows.stream().filter(row -> row.getString(3).equals(name)).count();
  }
}
