package dev.tidemark.pit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testkit.SparkTest;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Rule 9 of the time contract: static sources. */
@SparkTest
class StaticSourcesTest {
  private final SparkSession session;

  StaticSourcesTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void a_static_row_is_seen_at_any_time() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 1700-01-01T00:00:00Z
            1 | 9999-12-31T23:59:59.999999Z
            2 | 2024-03-02T00:00:00Z
            null | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | v bigint
            1 | 5
            null | 6
            """)
        .isStatic()
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | n
            1 | 1700-01-01T00:00:00Z | 5 | 1
            1 | 9999-12-31T23:59:59.999999Z | 5 | 1
            2 | 2024-03-02T00:00:00Z | null | 0
            null | 2024-03-02T00:00:00Z | null | 0
            """);
  }

  @Test
  void several_rows_of_a_key_may_be_aggregated() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | v bigint | s string
            1 | 5 | a
            1 | 6 | b
            1 | 6 | null
            """)
        .isStatic()
        .where("v > 5")
        .aggregate("n", "count(*)")
        .output(new Output.Windowed("by", "sum(v)", null, "s", null, null))
        .expect(
            """
            k | t | n | by
            1 | 2024-03-02T00:00:00Z | 2 | {b=6}
            """);
  }

  @Test
  void corrections_and_deletes_hold_for_static_rows_too() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1 | 2024-03-02T00:00:00Z
            2 | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | id bigint | n bigint | op string | v bigint
            1 | 7 | 1 | U | 5
            1 | 7 | 2 | U | 6
            2 | 8 | 1 | U | 5
            2 | 8 | 2 | D | 6
            """)
        .isStatic()
        .deletedWhen("op = 'D'")
        .rowKey("id")
        .tieBreak("n")
        .latest("v", "v")
        .aggregate("n", "count(*)")
        .expect(
            """
            k | t | v | n
            1 | 2024-03-02T00:00:00Z | 6 | 1
            2 | 2024-03-02T00:00:00Z | null | 0
            """);
  }

  @Test
  void two_rows_of_a_key_under_a_value_are_an_error_that_names_the_key() {
    PitStory story =
        new PitStory(
                session,
                """
                k bigint | t timestamp
                1        | 2024-03-02T00:00:00Z
                """,
                """
                k bigint | v bigint
                1        | 5
                1        | 5
                """)
            .isStatic()
            .latest("v", "v");
    assertThatThrownBy(() -> story.joined().collectAsList())
        .satisfies(
            failure ->
                assertThat(DataErrors.messageOf(failure))
                    .hasValue(
                        "story: the static source has 2 rows for k = 1; a key of a dimension table"
                            + " has one row: aggregate them, or give the source an event-time"));
  }

  @Test
  void two_rows_of_a_key_that_no_row_asks_for_are_no_error() {
    new PitStory(
            session,
            """
            k bigint | t timestamp
            1        | 2024-03-02T00:00:00Z
            """,
            """
            k bigint | v bigint
            1        | 5
            2        | 5
            2        | 6
            """)
        .isStatic()
        .latest("v", "v")
        .expect(
            """
            k | t                    | v
            1 | 2024-03-02T00:00:00Z | 5
            """);
  }
}
