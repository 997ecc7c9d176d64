package dev.tidemark.pit;

import dev.tidemark.testkit.SparkTest;
import java.time.Duration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 5 of the time contract: deletes. */
@SparkTest
class DeletesTest {
  private static final Duration DAY = Duration.ofDays(1);
  private final SparkSession session;

  DeletesTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void a_deleted_event_ends_the_value_and_adds_to_no_aggregate() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-01T23:59:59.999999Z
            1 | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00.000001Z
            """,
            """
            k bigint | at timestamp | op string | v bigint
            1 | 2024-03-01T00:00:00Z | U | 5
            1 | 2024-03-02T00:00:00Z | D | 6
            1 | 2024-03-02T00:00:00.000001Z | null | 7
            """)
        .deletedWhen("op = 'D'")
        .latest("v", "v")
        .latestNotNull("known", "v")
        .aggregate("sum", "sum(v)")
        .aggregate("n", "count(*)")
        .output(new Output.Windowed("ops", "count(*)", null, "op", null, null))
        .expect(
            """
            k | t | v | known | sum | n | ops
            1 | 2024-03-01T23:59:59.999999Z | 5 | 5 | 5 | 1 | {U=1}
            1 | 2024-03-02T00:00:00Z | null | null | 5 | 1 | {U=1}
            1 | 2024-03-02T00:00:00.000001Z | 7 | 7 | 12 | 2 | {U=1}
            """);
  }

  @Test
  void at_one_instant_the_tie_break_decides_then_any_value_wins_over_the_deleted() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | op string | n bigint | v bigint
            1 | 2024-03-01T00:00:00Z | U | 1 | 5
            1 | 2024-03-01T00:00:00Z | D | 2 | 6
            2 | 2024-03-01T00:00:00Z | U | 1 | 5
            2 | 2024-03-01T00:00:00Z | D | 1 | 6
            """)
        .deletedWhen("op = 'D'")
        .tieBreak("n")
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | null
            2 | 2024-03-02T00:00:00Z | 5
            """);
  }

  @Test
  void a_delete_that_is_not_visible_ends_nothing() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | op string | v bigint
            1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | U | 5
            1 | 2024-03-01T00:00:00.000001Z | 2024-03-02T00:00:00.000001Z | D | 6
            """)
        .availableAt("loaded")
        .deletedWhen("op = 'D'")
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | 5
            """);
  }

  @Test
  void a_delete_older_than_the_ttl_and_one_that_a_condition_holds_back_are_not_seen() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | op string | v bigint
            1 | 2024-03-01T00:00:00.000001Z | U | 5
            1 | 2024-03-02T00:00:00Z | D | 6
            """)
        .deletedWhen("op = 'D'")
        .where("v < 6")
        .latest("v", "v", DAY)
        .expect(
            """
            k | t | v
            1 | 2024-03-02T00:00:00Z | 5
            """);
  }
}
