package dev.tidemark.pit;

import dev.tidemark.testkit.SparkTest;
import java.time.Duration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 1 of the time contract: which events are visible. */
@SparkTest
class VisibleEventsTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private final SparkSession session;

  VisibleEventsTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void an_event_is_visible_from_its_event_time_on() {
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
            1 | 2024-03-02T00:00:00Z | 5
            """)
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | n
            1 | 2024-03-01T23:59:59.999999Z | null | 0
            1 | 2024-03-02T00:00:00Z | 5 | 1
            1 | 2024-03-02T00:00:00.000001Z | 5 | 1
            """);
  }

  @Test
  void exclusive_it_is_visible_after_its_event_time() {
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
            1 | 2024-03-02T00:00:00Z | 5
            """)
        .exclusive()
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | n
            1 | 2024-03-01T23:59:59.999999Z | null | 0
            1 | 2024-03-02T00:00:00Z | null | 0
            1 | 2024-03-02T00:00:00.000001Z | 5 | 1
            """);
  }

  @Test
  void an_event_is_visible_from_its_available_time_on() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-01T23:59:59.999999Z
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00.000001Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 2024-03-02T00:00:00Z | 5
            1 | 2024-03-01T00:00:00Z | null | 6
            """)
        .availableAt("loaded")
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | n
            1 | 2024-03-01T23:59:59.999999Z | null | 0
            1 | 2024-03-02T00:00:00Z | 5 | 1
            1 | 2024-03-02T00:00:00.000001Z | 5 | 1
            """);
  }

  @Test
  void exclusive_bounds_the_event_time_and_not_the_available_time() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-01T23:59:59.999999Z
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00.000001Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 2024-03-02T00:00:00Z | 5
            """)
        .exclusive()
        .availableAt("loaded")
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-01T23:59:59.999999Z | null
            1 | 2024-03-02T00:00:00Z | 5
            1 | 2024-03-02T00:00:00.000001Z | 5
            """);
  }

  @Test
  void an_event_available_before_it_happened_waits_for_its_event_time() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-01T23:59:59.999999Z
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00.000001Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | v bigint
            1 | 2024-03-02T00:00:00Z | 2024-03-01T00:00:00Z | 5
            """)
        .availableAt("loaded")
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-01T23:59:59.999999Z | null
            1 | 2024-03-02T00:00:00Z | 5
            1 | 2024-03-02T00:00:00.000001Z | 5
            """);
  }

  @Test
  void a_delay_is_waited_for_in_full() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:59:59.999999Z
            1 | 2024-03-02T01:00:00Z
            1 | 2024-03-02T01:00:00.000001Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-02T00:00:00Z | 5
            """)
        .delay(HOUR)
        .latest("v", "v")
        .aggregate("n", "count(*)", DAY)
        .expect(
            """
            k | t | v | n
            1 | 2024-03-02T00:59:59.999999Z | null | 0
            1 | 2024-03-02T01:00:00Z | 5 | 1
            1 | 2024-03-02T01:00:00.000001Z | 5 | 1
            """);
  }

  @Test
  void delay_and_available_time_are_both_waited_for() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:59:59.999999Z
            1 | 2024-03-02T01:00:00Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | v bigint
            1 | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 5
            1 | 2024-03-01T00:00:00Z | 2024-03-02T01:00:00Z | 6
            """)
        .delay(HOUR)
        .availableAt("loaded")
        .aggregate("vs", "sort_array(collect_list(v))")
        .expect(
            """
            k | t | vs
            1 | 2024-03-02T00:00:00Z | []
            1 | 2024-03-02T00:59:59.999999Z | []
            1 | 2024-03-02T01:00:00Z | [5, 6]
            """);
  }

  @Test
  void an_event_without_event_time_is_never_visible() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | v bigint
            1 | null | 2024-03-01T00:00:00Z | 5
            """)
        .availableAt("loaded")
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | n
            1 | 2024-03-02T00:00:00Z | null | 0
            """);
  }

  @Test
  void only_events_of_the_key_are_visible() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            3 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 5
            2 | 2024-03-01T00:00:00Z | 6
            """)
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | 5
            2 | 2024-03-02T00:00:00Z | 6
            3 | 2024-03-02T00:00:00Z | null
            """);
  }

  @Test
  void an_expression_is_not_evaluated_on_events_that_are_not_visible() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-02T00:00:00Z | 5
            1 | 2024-03-02T00:00:00.000001Z | 0
            2 | 2024-03-01T00:00:00Z | 0
            """)
        .where("10 / v > 1")
        .rowKey("v")
        .latest("v", "10 / v")
        .aggregate("sum", "sum(10 / v)")
        .aggregate("sum_1d", "sum(10 / v)", DAY)
        .expect(
            """
            k | t | v | sum | sum_1d
            1 | 2024-03-02T00:00:00Z | 2 | 2 | 2
            """);
  }
}
