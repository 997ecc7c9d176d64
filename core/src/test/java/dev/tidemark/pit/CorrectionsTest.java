package dev.tidemark.pit;

import dev.tidemark.testkit.SparkTest;
import java.time.Duration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 10 of the time contract: corrections by row-key. */
@SparkTest
class CorrectionsTest {
  private static final Duration DAY = Duration.ofDays(1);
  private final SparkSession session;

  CorrectionsTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void a_row_key_counts_once_by_what_was_known_at_t() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-01T23:59:59.999999Z
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00.000001Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | id bigint | v bigint
            1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 7 | 5
            1 | 2024-03-01T00:00:00Z | 2024-03-02T00:00:00Z | 7 | 6
            1 | 2024-03-01T00:00:00Z | 2024-03-02T00:00:00.000001Z | 7 | 8
            1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 8 | 100
            """)
        .availableAt("loaded")
        .rowKey("id")
        .latest("v", "v")
        .aggregate("sum", "sum(v)")
        .aggregate("n", "count(*)")
        .aggregate("max", "max(v)")
        .expect(
            """
            k | t | v | sum | n | max
            1 | 2024-03-01T23:59:59.999999Z | 100 | 105 | 2 | 100
            1 | 2024-03-02T00:00:00Z | 100 | 106 | 2 | 100
            1 | 2024-03-02T00:00:00.000001Z | 100 | 108 | 2 | 100
            """);
  }

  @Test
  void a_correction_may_move_an_event_out_of_the_window_or_into_it() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-01T23:59:59.999999Z
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00.000001Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | id bigint | v bigint
            1 | 2024-03-01T23:59:59.999999Z | 2024-03-01T00:00:00Z | 7 | 5
            1 | 2023-01-01T00:00:00Z | 2024-03-02T00:00:00Z | 7 | 6
            1 | 2023-01-01T00:00:00Z | 2024-03-01T00:00:00Z | 8 | 10
            1 | 2024-03-01T23:59:59.999999Z | 2024-03-02T00:00:00Z | 8 | 20
            """)
        .availableAt("loaded")
        .rowKey("id")
        .latest("v", "v")
        .aggregate("sum_1d", "sum(v)", DAY)
        .expect(
            """
            k | t | v | sum_1d
            1 | 2024-03-01T23:59:59.999999Z | 5 | 5
            1 | 2024-03-02T00:00:00Z | 20 | 20
            1 | 2024-03-02T00:00:00.000001Z | 20 | 20
            """);
  }

  @Test
  void a_correction_to_a_later_event_time_waits_for_it_too() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-01T23:59:59.999999Z
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00.000001Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | id bigint | v bigint
            1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 7 | 5
            1 | 2024-03-02T00:00:00Z | 2024-03-01T00:00:00.000001Z | 7 | 6
            """)
        .availableAt("loaded")
        .rowKey("id")
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | n
            1 | 2024-03-01T23:59:59.999999Z | 5 | 1
            1 | 2024-03-02T00:00:00Z | 6 | 1
            1 | 2024-03-02T00:00:00.000001Z | 6 | 1
            """);
  }

  @Test
  void the_greatest_available_time_wins_over_a_greater_tie_break_and_event_time() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            3 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | id bigint | n bigint | v bigint
            1 | 2024-03-01T00:00:00.000001Z | 2024-03-01T00:00:00Z | 7 | 9 | 5
            1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00.000001Z | 7 | 1 | 6
            2 | 2024-03-01T00:00:00.000001Z | 2024-03-01T23:59:59.999999Z | 7 | 1 | 5
            2 | 2024-03-01T00:00:00Z | 2024-03-01T23:59:59.999999Z | 7 | 2 | 6
            3 | 2024-03-01T00:00:00.000001Z | 2024-03-01T23:59:59.999999Z | 7 | 1 | 5
            3 | 2024-03-01T00:00:00Z | 2024-03-01T23:59:59.999999Z | 7 | 1 | 6
            """)
        .availableAt("loaded")
        .rowKey("id")
        .tieBreak("n")
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | n
            1 | 2024-03-02T00:00:00Z | 6 | 1
            2 | 2024-03-02T00:00:00Z | 6 | 1
            3 | 2024-03-02T00:00:00Z | 5 | 1
            """);
  }

  @Test
  void without_available_time_the_event_time_decides() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | id bigint | v bigint
            1 | 2024-03-01T00:00:00Z | 7 | 9
            1 | 2024-03-01T00:00:00.000001Z | 7 | 6
            1 | 2024-03-02T00:00:00.000001Z | 7 | 1
            """)
        .rowKey("id")
        .aggregate("sum", "sum(v)")
        .expect(
            """
            k | t | sum
            1 | 2024-03-02T00:00:00Z | 6
            """);
  }

  @Test
  void a_deleted_winner_leaves_nothing_of_its_row_key() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-01T23:59:59.999999Z
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00.000001Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | id bigint | op string | v bigint
            1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 7 | U | 5
            1 | 2024-03-01T00:00:00Z | 2024-03-02T00:00:00Z | 7 | D | 5
            1 | 2024-02-29T23:59:59.999999Z | 2024-03-01T00:00:00Z | 8 | U | 3
            1 | 2024-03-01T00:00:00Z | 2024-03-02T00:00:00.000001Z | 7 | U | 6
            """)
        .availableAt("loaded")
        .deletedWhen("op = 'D'")
        .rowKey("id")
        .latest("v", "v")
        .aggregate("sum", "sum(v)")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | sum | n
            1 | 2024-03-01T23:59:59.999999Z | 5 | 8 | 2
            1 | 2024-03-02T00:00:00Z | null | 3 | 1
            1 | 2024-03-02T00:00:00.000001Z | 6 | 9 | 2
            """);
  }

  @Test
  void conditions_are_asked_of_what_corrections_left() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | id bigint | s string | v bigint
            1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 7 | ok | 5
            1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00.000001Z | 7 | void | 5
            """)
        .availableAt("loaded")
        .rowKey("id")
        .where("s = 'ok'")
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | n
            1 | 2024-03-02T00:00:00Z | null | 0
            """);
  }

  @Test
  void a_null_in_a_row_key_equals_nothing() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | id bigint | part string | v bigint
            1 | 2024-03-01T00:00:00Z | 7 | null | 1
            1 | 2024-03-01T00:00:00.000001Z | 7 | null | 2
            1 | 2024-03-01T00:00:00Z | null | p | 4
            1 | 2024-03-01T00:00:00.000001Z | null | p | 8
            1 | 2024-03-01T00:00:00Z | 7 | p | 16
            1 | 2024-03-01T00:00:00.000001Z | 7 | p | 32
            """)
        .rowKey("id", "part")
        .aggregate("sum", "sum(v)")
        .expect(
            """
            k | t | sum
            1 | 2024-03-02T00:00:00Z | 47
            """);
  }

  @Test
  void corrections_stay_within_an_entitys_key() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | id bigint | v bigint
            1 | 2024-03-01T00:00:00Z | 7 | 5
            2 | 2024-03-01T00:00:00.000001Z | 7 | 6
            """)
        .rowKey("id")
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | 5
            2 | 2024-03-02T00:00:00Z | 6
            """);
  }

  @Test
  void rows_equal_in_all_that_orders_them_count_once_the_greatest_by_column_names() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | id bigint | v bigint | w bigint
            1 | 2024-03-01T00:00:00Z | 7 | 5 | 1
            1 | 2024-03-01T00:00:00Z | 7 | 4 | 9
            2 | 2024-03-01T00:00:00Z | 7 | 5 | 1
            2 | 2024-03-01T00:00:00Z | 7 | 5 | 1
            """)
        .rowKey("id")
        .aggregate("sum", "sum(w)")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | sum | n
            1 | 2024-03-02T00:00:00Z | 1 | 1
            2 | 2024-03-02T00:00:00Z | 1 | 1
            """);
  }
}
