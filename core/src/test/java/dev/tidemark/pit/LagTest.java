package dev.tidemark.pit;

import dev.tidemark.testkit.SparkTest;
import java.time.Duration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 4 of the time contract: lag. */
@SparkTest
class LagTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MICRO = Duration.ofNanos(1000);
  private final SparkSession session;

  LagTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void a_lag_moves_what_is_visible_and_where_windows_and_ttl_end() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:59:59.999999Z
            1 | 2024-03-02T01:00:00Z
            1 | 2024-03-02T01:00:00.000001Z
            """,
            """
            k bigint | at timestamp | loaded timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 1
            1 | 2024-03-02T00:00:00Z | 2024-03-01T00:00:00Z | 2
            1 | 2024-02-29T23:59:59.999999Z | 2024-03-02T00:00:00.000001Z | 4
            """)
        .lag(HOUR)
        .availableAt("loaded")
        .latest("v", "v")
        .latest("fresh", "v", DAY)
        .aggregate("sum_1d", "sum(v)", DAY)
        .aggregate("sum", "sum(v)")
        .expect(
            """
            k | t | v | fresh | sum_1d | sum
            1 | 2024-03-02T00:59:59.999999Z | 1 | 1 | 1 | 1
            1 | 2024-03-02T01:00:00Z | 2 | 2 | 2 | 3
            1 | 2024-03-02T01:00:00.000001Z | 2 | 2 | 2 | 7
            """);
  }

  @Test
  void a_lag_of_one_microsecond_is_exclusive() {
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
        .lag(MICRO)
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-01T23:59:59.999999Z | null
            1 | 2024-03-02T00:00:00Z | null
            1 | 2024-03-02T00:00:00.000001Z | 5
            """);
  }

  @Test
  void lag_and_exclusive_add_up() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T01:00:00Z
            1 | 2024-03-02T01:00:00.000001Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-02T00:00:00Z | 5
            """)
        .lag(HOUR)
        .exclusive()
        .latest("v", "v")
        .expect(
            """
            k | t | v
            1 | 2024-03-02T01:00:00Z | null
            1 | 2024-03-02T01:00:00.000001Z | 5
            """);
  }
}
