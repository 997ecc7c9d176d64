package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.pit.DataErrors;
import dev.tidemark.pit.ReferenceEngine;
import dev.tidemark.plan.Graph;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import java.util.List;
import java.util.TimeZone;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.api.ThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Local times to instants, on the days when New York changes its clocks. */
@SparkTest
class TimeZonesTest {
  private final SparkSession session;
  private final TimeZone before = TimeZone.getDefault();

  TimeZonesTest(SparkSession session) {
    this.session = session;
  }

  @AfterEach
  void restore() {
    TimeZone.setDefault(before);
  }

  private static final String DEFINITIONS =
      """
      entities.thing { keys { id = bigint } }
      sources.local.v1 { table = local_times, event-time = at, time-zone = "America/New_York" }
      labels.y.v1 { entity = thing, source = sources.local.v1, value = 1 }
      training-sets.local.v1 { label = labels.y.v1, features = [constant.v1] }
      sources.static.v1 { table = things, static = true }
      feature-views.constant.v1 { entity = thing, source = sources.static.v1, features { f { value = f } } }
      """;

  private static final String THINGS =
      """
      id bigint | f bigint
      0         | 0
      """;

  private FeatureStory story(String table) {
    return new FeatureStory(session)
        .given("things", THINGS)
        .given("local_times", table)
        .define(DEFINITIONS);
  }

  @Test
  void local_times_are_read_by_their_source_s_zone_in_every_zone_of_the_machine() {
    for (String zone : List.of("UTC", "Asia/Tokyo", "America/Los_Angeles")) {
      TimeZone.setDefault(TimeZone.getTimeZone(zone));
      story(
              """
              id bigint | at string
              1         | 2013-03-10 01:59:59
              2         | 2013-03-10 02:30:00
              3         | 2013-03-10T03:00:00
              4         | 2013-11-03 00:59:59.000001
              5         | 2013-11-03 01:30:00
              6         | 2013-11-03 02:00
              7         | 2013-11-03T01:30:00-0500
              8         | 2013-11-03T01:30:00+02:00
              9         | 2013-11-03T01:30:00Z
              10        | 2013-03-10
              """)
          .expect(
              "local.v1",
              """
              id | event_time                  | y | f
              1  | 2013-03-10T06:59:59Z        | 1 | null
              2  | 2013-03-10T07:30:00Z        | 1 | null
              3  | 2013-03-10T07:00:00Z        | 1 | null
              4  | 2013-11-03T04:59:59.000001Z | 1 | null
              5  | 2013-11-03T05:30:00Z        | 1 | null
              6  | 2013-11-03T07:00:00Z        | 1 | null
              7  | 2013-11-03T06:30:00Z        | 1 | null
              8  | 2013-11-02T23:30:00Z        | 1 | null
              9  | 2013-11-03T01:30:00Z        | 1 | null
              10 | 2013-03-10T05:00:00Z        | 1 | null
              """);
    }
  }

  @Test
  void zoneless_timestamps_and_dates_are_read_by_their_source_s_zone() {
    TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
    story(
            """
            id bigint | at timestamp_ntz
            1         | 2013-03-10 02:30:00
            2         | 2013-11-03 01:30:00
            """)
        .expect(
            "local.v1",
            """
            id | event_time           | y | f
            1  | 2013-03-10T07:30:00Z | 1 | null
            2  | 2013-11-03T05:30:00Z | 1 | null
            """);
    story(
            """
            id bigint | at date
            1         | 2013-03-10
            2         | 2013-03-11
            """)
        .expect(
            "local.v1",
            """
            id | event_time           | y | f
            1  | 2013-03-10T05:00:00Z | 1 | null
            2  | 2013-03-11T04:00:00Z | 1 | null
            """);
  }

  @Test
  void timestamps_are_instants_whatever_the_zone() {
    story(
            """
            id bigint | at timestamp
            1         | 2013-03-10T02:30:00Z
            """)
        .expect(
            "local.v1",
            """
            id | event_time           | y | f
            1  | 2013-03-10T02:30:00Z | 1 | null
            """);
  }

  @Test
  void what_is_no_time_fails_the_job_with_source_column_and_value() {
    for (String wrong :
        List.of("soon", "12:30:00", "12:30Z", "2013-02-30 10:00:00", "1362900000")) {
      FeatureStory story = story("id bigint | at string\n1 | " + wrong + "\n");
      assertThat(dataError(() -> story.build("local.v1").collectAsList()))
          .isEqualTo(
              "sources.local.v1: column `at` holds `%s`, which is no time; correct the data, or declare the column otherwise"
                  .formatted(wrong));
    }
  }

  @Test
  void text_without_offset_needs_a_zone() {
    FeatureStory story =
        story("id bigint | at string\n1 | 2013-03-10 01:00:00\n")
            .define(DEFINITIONS.replace(", time-zone = \"America/New_York\"", ""));
    assertThat(dataError(() -> story.build("local.v1").collectAsList()))
        .isEqualTo(
            "sources.local.v1: column `at` holds `2013-03-10 01:00:00`, a time without zone or offset; write it with one, or add time-zone = \"...\" to the source");
  }

  @Test
  void event_times_in_a_wrong_unit_are_warned_of() {
    story("id bigint | at timestamp\n1 | 1970-01-20T17:21:36Z\n");
    FeatureStory story = new FeatureStory(session).define(DEFINITIONS);
    assertThat(story.compile("local.v1", null).warnings())
        .singleElement()
        .satisfies(
            warning ->
                assertThat(warning.what())
                    .isEqualTo(
                        "event times of sources.local.v1 look like another unit: one is 1970-01-20T17:21:36Z"));
  }

  @Test
  void a_session_in_another_zone_is_refused() {
    FeatureStory story = story("id bigint | at timestamp\n1 | 2013-03-10T02:30:00Z\n");
    SparkSession other = session.newSession();
    other.conf().set("spark.sql.session.timeZone", "Asia/Tokyo");
    assertThatThrownBy(
            () ->
                new Compiler(
                    other,
                    story.folder(),
                    Graph.of(story.project().definitions()),
                    new ReferenceEngine()))
        .hasMessageContaining("UTC");
  }

  private static String dataError(ThrowingCallable job) {
    Throwable thrown = ThrowableAssert.catchThrowable(job);
    assertThat(thrown).isNotNull();
    return DataErrors.messageOf(thrown).orElseThrow(() -> new AssertionError(thrown));
  }
}
