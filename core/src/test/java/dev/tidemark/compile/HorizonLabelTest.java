package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.time.Instant;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 6: a label over a horizon h aggregates (T, T + h], and is never half. */
@SparkTest
class HorizonLabelTest {
  private final FeatureStory story;

  HorizonLabelTest(SparkSession session) {
    story = new FeatureStory(session);
    story
        .given(
            "asked",
            """
            k bigint | t timestamp
            1        | 2024-01-01T00:00:00Z
            1        | 2024-01-01T00:00:00Z
            1        | 2024-01-02T00:00:00Z
            2        | 2024-01-01T00:00:00Z
            null     | 2024-01-01T00:00:00Z
            1        | 2024-01-02T00:00:00.000001Z
            """)
        .given(
            "visits",
            """
            k bigint | at timestamp                | loaded timestamp     | n bigint
            1        | 2024-01-01T00:00:00Z        | 2024-01-01T00:00:00Z | 1
            1        | 2024-01-01T00:00:00.000001Z | 2024-01-01T00:00:00Z | 2
            1        | 2024-01-02T00:00:00Z        | 2024-01-02T00:00:00Z | 4
            1        | 2024-01-02T00:00:00.000001Z | 2024-01-02T00:00:00Z | 8
            1        | 2024-01-03T00:00:00Z        | 2024-01-03T00:00:00Z | 16
            1        | 2024-01-02T12:00:00Z        | 2024-01-03T00:00:00.000001Z | 32
            """)
        .define(
            """
            entities.customer { keys { k = bigint } }
            sources.asked.v1  { table = asked, event-time = t }
            sources.visits.v1 { table = visits, event-time = at, available-at = loaded }
            labels.visited.v1 { entity = customer, source = sources.visits.v1, aggregate = "sum(n)", horizon = 1d }
            labels.churned.v1 { entity = customer, source = sources.visits.v1, aggregate = "count(*) = 0", horizon = 1d }
            training-sets.visited.v1 { label = labels.visited.v1, spine { source = sources.asked.v1, entity = customer }, features = [] }
            training-sets.churned.v1 { label = labels.churned.v1, spine { source = sources.asked.v1, entity = customer }, features = [] }
            training-sets.own.v1 { label = labels.churned.v1, features = [] }
            """);
  }

  @Test
  void the_horizon_begins_after_t_and_ends_at_t_plus_h() {
    TextTable.assertRows(
        story.compile("visited.v1", Instant.parse("2024-01-03T00:00:00Z")).rows(),
        """
        k    | event_time           | visited
        1    | 2024-01-01T00:00:00Z | 6
        1    | 2024-01-01T00:00:00Z | 6
        1    | 2024-01-02T00:00:00Z | 24
        2    | 2024-01-01T00:00:00Z | null
        null | 2024-01-01T00:00:00Z | null
        """);
  }

  @Test
  void rows_whose_horizon_is_not_over_are_left_out_and_counted() {
    CompiledTrainingSet compiled =
        story.compile("visited.v1", Instant.parse("2024-01-03T00:00:00Z"));
    Row counts = compiled.counts().first();
    assertThat(counts.<Long>getAs(CompiledTrainingSet.SPINE_ROWS)).isEqualTo(5);
    assertThat(counts.<Long>getAs(CompiledTrainingSet.LEFT_OUT)).isEqualTo(1);
    assertThat(counts.<Long>getAs(CompiledTrainingSet.NULL_TIMES)).isZero();
  }

  @Test
  void without_as_of_the_data_tell_how_far_they_reach() {
    TextTable.assertRows(
        story.compile("visited.v1", null).rows(),
        """
        k    | event_time                  | visited
        1    | 2024-01-01T00:00:00Z        | 6
        1    | 2024-01-01T00:00:00Z        | 6
        1    | 2024-01-02T00:00:00Z        | 56
        1    | 2024-01-02T00:00:00.000001Z | 48
        2    | 2024-01-01T00:00:00Z        | null
        null | 2024-01-01T00:00:00Z        | null
        """);
  }

  @Test
  void an_aggregate_over_nothing_is_a_label_too() {
    TextTable.assertRows(
        story.compile("churned.v1", Instant.parse("2024-01-02T00:00:00Z")).rows(),
        """
        k    | event_time           | churned
        1    | 2024-01-01T00:00:00Z | false
        1    | 2024-01-01T00:00:00Z | false
        2    | 2024-01-01T00:00:00Z | true
        null | 2024-01-01T00:00:00Z | true
        """);
  }

  @Test
  void without_a_spine_the_label_source_gives_the_rows() {
    TextTable.assertRows(
        story.compile("own.v1", Instant.parse("2024-01-02T12:00:00Z")).rows(),
        """
        k | event_time                  | churned
        1 | 2024-01-01T00:00:00Z        | false
        1 | 2024-01-01T00:00:00.000001Z | false
        """);
  }
}
