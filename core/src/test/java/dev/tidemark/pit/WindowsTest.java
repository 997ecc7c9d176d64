package dev.tidemark.pit;

import dev.tidemark.testkit.SparkTest;
import java.time.Duration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 3 of the time contract: windows. */
@SparkTest
class WindowsTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private final SparkSession session;

  WindowsTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void a_window_is_open_at_its_start_and_closed_at_t() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-02-29T23:59:59.999999Z | 1
            1 | 2024-03-01T00:00:00Z | 2
            1 | 2024-03-01T00:00:00.000001Z | 4
            1 | 2024-03-01T23:59:59.999999Z | 8
            1 | 2024-03-02T00:00:00Z | 16
            1 | 2024-03-02T00:00:00.000001Z | 32
            """)
        .aggregate("sum_1d", "sum(v)", DAY)
        .aggregate("sum_ever", "sum(v)")
        .expect(
            """
            k | t | sum_1d | sum_ever
            1 | 2024-03-02T00:00:00Z | 28 | 31
            """);
  }

  @Test
  void exclusive_a_window_is_closed_at_its_start_and_open_at_t() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-02-29T23:59:59.999999Z | 1
            1 | 2024-03-01T00:00:00Z | 2
            1 | 2024-03-01T00:00:00.000001Z | 4
            1 | 2024-03-01T23:59:59.999999Z | 8
            1 | 2024-03-02T00:00:00Z | 16
            1 | 2024-03-02T00:00:00.000001Z | 32
            """)
        .exclusive()
        .aggregate("sum_1d", "sum(v)", DAY)
        .aggregate("sum_ever", "sum(v)")
        .expect(
            """
            k | t | sum_1d | sum_ever
            1 | 2024-03-02T00:00:00Z | 14 | 15
            """);
  }

  @Test
  void a_day_is_24_hours_when_clocks_change_too() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-10T12:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-09T12:00:00Z | 1
            1 | 2024-03-09T12:00:00.000001Z | 2
            """)
        .aggregate("sum_1d", "sum(v)", DAY)
        .expect(
            """
            k | t | sum_1d
            1 | 2024-03-10T12:00:00Z | 2
            """);
  }

  @Test
  void times_before_1970_fall_into_their_windows_too() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 1969-12-31T23:59:59.999999Z
            1 | 1970-01-01T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 1969-12-31T00:00:00Z | 1
            1 | 1969-12-30T23:59:59.999999Z | 2
            1 | 1969-12-31T23:59:59.999999Z | 4
            """)
        .aggregate("sum_1d", "sum(v)", DAY)
        .expect(
            """
            k | t | sum_1d
            1 | 1969-12-31T23:59:59.999999Z | 5
            1 | 1970-01-01T00:00:00Z | 4
            """);
  }

  @Test
  void over_no_rows_an_aggregate_gives_what_spark_gives_or_what_when_empty_says() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-01T00:00:00.000001Z | null
            """)
        .aggregate("n", "count(*)", DAY)
        .aggregate("sum", "sum(v)", DAY)
        .aggregate("none", "count(*) = 0", DAY)
        .output(new Output.Windowed("or_zero", "sum(v)", null, null, null, "0"))
        .output(new Output.Windowed("or_text", "max(v)", null, null, null, "-1"))
        .expect(
            """
            k | t | n | sum | none | or_zero | or_text
            1 | 2024-03-02T00:00:00Z | 1 | null | false | null | null
            2 | 2024-03-02T00:00:00Z | 0 | null | true | 0 | -1
            """);
  }

  @Test
  void any_aggregate_of_spark_may_be_asked_for() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint | s string
            1 | 2024-03-01T00:00:00.000001Z | 1 | a
            1 | 2024-03-01T23:59:59.999999Z | 3 | b
            1 | 2024-03-02T00:00:00Z | 3 | b
            1 | 2024-03-01T00:00:00Z | 100 | z
            """)
        .aggregate("mean", "sum(v) / count(*)", DAY)
        .aggregate("kinds", "count(DISTINCT s)", DAY)
        .aggregate("about", "approx_count_distinct(s)", DAY)
        .aggregate("middle", "percentile_approx(v, 0.5)", DAY)
        .aggregate("newest", "max_by(s, at)", DAY)
        .aggregate("all", "array_join(sort_array(collect_list(s)), '')", DAY)
        .aggregate("own", "count(*) FILTER (WHERE v > 1)", DAY)
        .aggregate("deviation", "stddev_pop(v - 2)", HOUR)
        .aggregate("ordered", "listagg(s) WITHIN GROUP (ORDER BY s DESC)", DAY)
        .expect(
            """
            k | t | mean | kinds | about | middle | newest | all | own | deviation | ordered
            1 | 2024-03-02T00:00:00Z | 2.3333333333333335 | 2 | 2 | 3 | b | abb | 2 | 0 | bba
            2 | 2024-03-02T00:00:00Z | null | 0 | 0 | null | null | '' | 0 | null | null
            """);
  }

  @Test
  void aggregates_that_spark_writes_as_others_may_be_asked_for_too() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint
            1 | 2024-03-01T06:00:00Z | 1
            1 | 2024-03-01T12:00:00Z | 4
            1 | 2024-03-01T00:00:00Z | 100
            """)
        .aggregate("any_great", "bool_or(v > 3)", DAY)
        .aggregate("all_great", "every(v > 3)", DAY)
        .aggregate("great", "count_if(v > 3)", DAY)
        .aggregate("middle", "median(v)", DAY)
        .expect(
            """
            k | t | any_great | all_great | great | middle
            1 | 2024-03-02T00:00:00Z | true | false | 1 | 2.5
            2 | 2024-03-02T00:00:00Z | null | null | 0 | null
            """);
  }

  @Test
  void conditions_hold_events_back_the_views_and_the_features() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint | s string
            1 | 2024-03-01T00:00:00.000001Z | 1 | a
            1 | 2024-03-01T23:59:59.999999Z | 2 | b
            1 | 2024-03-02T00:00:00Z | 4 | null
            1 | 2024-03-02T00:00:00Z | 8 | c
            """)
        .where("s <> 'c'")
        .aggregate("sum", "sum(v)", DAY)
        .output(new Output.Windowed("of_b", "sum(v)", "s = 'b'", null, null, null))
        .expect(
            """
            k | t | sum | of_b
            1 | 2024-03-02T00:00:00Z | 3 | 2
            """);
  }

  @Test
  void by_makes_a_map_with_an_entry_for_what_is_in_the_window() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            null | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | at timestamp | v bigint | s string
            1 | 2024-03-01T00:00:00Z | 1 | old
            1 | 2024-03-01T00:00:00.000001Z | 2 | b
            1 | 2024-03-02T00:00:00Z | 4 | b
            1 | 2024-03-02T00:00:00Z | null | a
            1 | 2024-03-02T00:00:00Z | 8 | null
            """)
        .output(new Output.Windowed("day", "sum(v)", null, "s", 86_400_000_000L, "0"))
        .output(new Output.Windowed("ever", "count(*)", null, "s", null, null))
        .expect(
            """
            k | t | day | ever
            1 | 2024-03-02T00:00:00Z | {a=null, b=6} | {a=1, b=2, old=1}
            2 | 2024-03-02T00:00:00Z | {} | {}
            null | 2024-03-02T00:00:00Z | {} | {}
            """);
  }
}
