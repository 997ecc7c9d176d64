package dev.tidemark.pit;

import dev.tidemark.testkit.SparkTest;
import java.time.Duration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 2 of the time contract: the latest value. */
@SparkTest
class LatestValueTest {
  private static final Duration DAY = Duration.ofDays(1);
  private final SparkSession session;

  LatestValueTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void the_greatest_event_time_wins_whatever_the_order_of_arrival() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | v bigint
            1 | 2024-03-01T00:00:00.000001Z | 2024-03-01T00:00:00Z | 7
            1 | 2024-03-01T00:00:00Z | 2024-03-02T00:00:00Z | 9
            """)
        .availableAt("loaded")
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | 7
            """);
  }

  @Test
  void a_value_exactly_ttl_old_is_expired() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-01T23:59:59.999999Z
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00.000001Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 5
            """)
        .latest("v", "v", DAY)
        .latest("ever", "v")
        .expect(
            """
            k | t | v | ever
            1 | 2024-03-01T23:59:59.999999Z | 5 | 5
            1 | 2024-03-02T00:00:00Z | null | 5
            1 | 2024-03-02T00:00:00.000001Z | null | 5
            """);
  }

  @Test
  void an_expired_value_does_not_uncover_an_older_one() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 5
            1 | 2024-02-29T23:59:59.999999Z | 6
            """)
        .latest("v", "v", DAY)
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | null
            """);
  }

  @Test
  void tie_breaks_decide_in_their_order_nulls_lowest() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            3 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | a bigint | b string | v bigint
            1 | 2024-03-01T00:00:00Z | 1 | z | 9
            1 | 2024-03-01T00:00:00Z | 2 | a | 5
            1 | 2024-03-01T00:00:00Z | 2 | null | 8
            2 | 2024-03-01T00:00:00Z | null | z | 9
            2 | 2024-03-01T00:00:00Z | -1 | null | 5
            3 | 2024-03-01T00:00:00Z | null | null | 5
            3 | 2024-03-01T00:00:00Z | null | null | 6
            """)
        .tieBreak("a", "b")
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | 5
            2 | 2024-03-02T00:00:00Z | 5
            3 | 2024-03-02T00:00:00Z | 6
            """);
  }

  @Test
  void at_last_the_values_decide_and_all_come_from_one_event() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | a bigint | b bigint
            1 | 2024-03-01T00:00:00Z | 1 | 9
            1 | 2024-03-01T00:00:00Z | 2 | 3
            1 | 2024-03-01T00:00:00Z | null | 10
            2 | 2024-03-01T00:00:00Z | null | 1
            2 | 2024-03-01T00:00:00Z | null | 2
            """)
        .latest("b", "b")
        .latest("a", "a")
        .expect(
            """
            k | t | b | a
            1 | 2024-03-02T00:00:00Z | 3 | 2
            2 | 2024-03-02T00:00:00Z | 2 | null
            """);
  }

  @Test
  void numbers_that_are_none_are_greatest() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v double
            1 | 2024-03-01T00:00:00Z | 1e300
            1 | 2024-03-01T00:00:00Z | NaN
            1 | 2024-03-01T00:00:00Z | null
            """)
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | NaN
            """);
  }

  @Test
  void maps_tie_break_too_a_missing_one_lowest() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v map<string,int>
            1 | 2024-03-01T00:00:00Z | null
            1 | 2024-03-01T00:00:00Z | {"a":1}
            """)
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | {a=1}
            """);
  }

  @Test
  void a_null_of_the_latest_event_is_the_answer_unless_nulls_are_ignored() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 5
            1 | 2024-03-01T00:00:00.000001Z | null
            2 | 2024-03-01T00:00:00Z | null
            """)
        .latest("v", "v")
        .latestNotNull("known", "v")
        .expect(
            """
            k | t | v | known
            1 | 2024-03-02T00:00:00Z | null | 5
            2 | 2024-03-02T00:00:00Z | null | null
            """);
  }

  @Test
  void conditions_pass_events_over_the_views_and_the_features() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint | s string
            1 | 2024-03-01T00:00:00Z | 5 | a
            1 | 2024-03-01T00:00:00.000001Z | 6 | b
            1 | 2024-03-01T23:59:59.999999Z | 7 | c
            1 | 2024-03-02T00:00:00Z | 8 | null
            """)
        .where("s <> 'c'")
        .latest("v", "v")
        .output(new Output.Latest("of_a", "v", "s = 'a'", null, false))
        .expect(
            """
            k | t | v | of_a
            1 | 2024-03-02T00:00:00Z | 6 | 5
            """);
  }

  @Test
  void a_value_is_any_expression_of_one_row() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint | s string
            1 | 2024-03-01T00:00:00Z | 5 | a
            """)
        .latest("text", "concat(s, v)")
        .latest("pair", "array(v, v + 1)")
        .latest("is", "v > 4")
        .expect(
            """
            k | t | text | pair | is
            1 | 2024-03-02T00:00:00Z | a5 | [5, 6] | true
            """);
  }
}
