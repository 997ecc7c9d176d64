package dev.tidemark.pit;

import dev.tidemark.testkit.SparkTest;
import java.time.Duration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 8 of the time contract: keys. */
@SparkTest
class KeysTest {
  private static final Duration DAY = Duration.ofDays(1);
  private final SparkSession session;

  KeysTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void composite_keys_are_compared_column_by_column_and_a_null_in_one_finds_nothing() {
    new PitStory(
            session,
            """
            a string | b string | t timestamp
            x | yz | 2024-03-02T00:00:00Z
            xy | z | 2024-03-02T00:00:00Z
            x | null | 2024-03-02T00:00:00Z
            null | z | 2024-03-02T00:00:00Z
            xy | Z | 2024-03-02T00:00:00Z
            """,
            """
            a string | b string | at timestamp | v bigint
            x | yz | 2024-03-01T00:00:00Z | 1
            xy | z | 2024-03-01T00:00:00Z | 2
            x | null | 2024-03-01T00:00:00Z | 3
            null | z | 2024-03-01T00:00:00Z | 4
            """)
        .keys("a", "b")
        .latest("v", "v")
        .aggregate("n", "count(*)", DAY)
        .expect(
            """
            a | b | t | v | n
            x | yz | 2024-03-02T00:00:00Z | 1 | 0
            xy | z | 2024-03-02T00:00:00Z | 2 | 0
            x | null | 2024-03-02T00:00:00Z | null | 0
            null | z | 2024-03-02T00:00:00Z | null | 0
            xy | Z | 2024-03-02T00:00:00Z | null | 0
            """);
  }

  @Test
  void equality_is_sparks_zeros_of_both_signs_are_equal_and_so_is_what_is_no_number() {
    new PitStory(
            session,
            """
            k double | t timestamp
            0 | 2024-03-02T00:00:00Z
            NaN | 2024-03-02T00:00:00Z
            """,
            """
            k double | at timestamp | v bigint
            -0.0 | 2024-03-01T00:00:00Z | 1
            0.0 | 2024-03-01T00:00:00Z | 2
            NaN | 2024-03-01T00:00:00Z | 4
            """)
        .aggregate("sum", "sum(v)")
        .expect(
            """
            k | t | sum
            0 | 2024-03-02T00:00:00Z | 3
            NaN | 2024-03-02T00:00:00Z | 4
            """);
  }

  @Test
  void texts_are_equal_only_byte_by_byte() {
    new PitStory(
            session,
            """
            k string | t timestamp
            '' | 2024-03-02T00:00:00Z
            1 | 2024-03-02T00:00:00Z
            01 | 2024-03-02T00:00:00Z
            """,
            """
            k string | at timestamp | v bigint
            1 | 2024-03-01T00:00:00Z | 1
            '' | 2024-03-01T00:00:00Z | 2
            """)
        .latest("v", "v")
        .expect(
            """
            k | t | v
            '' | 2024-03-02T00:00:00Z | 2
            1 | 2024-03-02T00:00:00Z | 1
            01 | 2024-03-02T00:00:00Z | null
            """);
  }

  @Test
  void times_days_and_exact_decimals_are_keys_too() {
    new PitStory(
            session,
            """
            d date | m decimal(10,2) | t timestamp
            2024-03-01 | 1.50 | 2024-03-02T00:00:00Z
            2024-03-01 | 1.51 | 2024-03-02T00:00:00Z
            """,
            """
            d date | m decimal(10,2) | at timestamp | v bigint
            2024-03-01 | 1.50 | 2024-03-01T00:00:00Z | 1
            """)
        .keys("d", "m")
        .latest("v", "v")
        .expect(
            """
            d | m | t | v
            2024-03-01 | 1.50 | 2024-03-02T00:00:00Z | 1
            2024-03-01 | 1.51 | 2024-03-02T00:00:00Z | null
            """);
  }
}
