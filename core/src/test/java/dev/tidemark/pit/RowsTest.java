package dev.tidemark.pit;

import dev.tidemark.testkit.SparkTest;
import java.time.Duration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 7 of the time contract: the spine's rows, each once. */
@SparkTest
class RowsTest {
  private static final Duration DAY = Duration.ofDays(1);
  private final SparkSession session;

  RowsTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void duplicates_of_the_spine_keep_their_number_and_many_events_add_none() {
    new PitStory(
            session,
            """
            k bigint | t timestamp | note string
            1 | 2024-03-02T00:00:00Z | a
            1 | 2024-03-02T00:00:00Z | a
            1 | 2024-03-02T00:00:00Z | b
            2 | 2024-03-02T00:00:00Z | a
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 1
            1 | 2024-03-01T00:00:00Z | 1
            1 | 2024-03-01T00:00:00.000001Z | 2
            1 | 2024-03-02T00:00:00Z | 2
            """)
        .latest("v", "v")
        .aggregate("n", "count(*)", DAY)
        .expect(
            """
            k | t | note | v | n
            1 | 2024-03-02T00:00:00Z | a | 2 | 2
            1 | 2024-03-02T00:00:00Z | a | 2 | 2
            1 | 2024-03-02T00:00:00Z | b | 2 | 2
            2 | 2024-03-02T00:00:00Z | a | null | 0
            """);
  }

  @Test
  void a_null_key_keeps_its_row_with_nothing_found() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            null | 2024-03-02T00:00:00Z
            null | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            null | 2024-03-01T00:00:00Z | 1
            0 | 2024-03-01T00:00:00Z | 2
            """)
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .aggregate("sum", "sum(v)")
        .expect(
            """
            k | t | v | n | sum
            null | 2024-03-02T00:00:00Z | null | 0 | null
            null | 2024-03-02T00:00:00Z | null | 0 | null
            """);
  }

  @Test
  void no_events_at_all_leave_every_row() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            """)
        .latest("v", "v")
        .aggregate("n", "count(*)", DAY)
        .expect(
            """
            k | t | v | n
            1 | 2024-03-02T00:00:00Z | null | 0
            """);
  }

  @Test
  void an_empty_spine_stays_empty() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 1
            """)
        .latest("v", "v")
        .aggregate("n", "count(*)", DAY)
        .expect(
            """
            k | t | v | n
            """);
  }
}
