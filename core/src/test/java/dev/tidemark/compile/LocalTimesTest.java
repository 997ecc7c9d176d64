package dev.tidemark.compile;

import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import java.util.TimeZone;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Local times are taken by the source's zone, with the rules of daylight saving, wherever the job runs. */
@SparkTest
class LocalTimesTest {
  private final TimeZone before = TimeZone.getDefault();
  private final FeatureStory story;

  LocalTimesTest(SparkSession session) {
    story = new FeatureStory(session);
  }

  @AfterEach
  void restore() {
    TimeZone.setDefault(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTC", "Asia/Tokyo", "America/Los_Angeles"})
  void new_york_changes_its_clocks_on_10_march_and_3_november_2013(String zone) {
    TimeZone.setDefault(TimeZone.getTimeZone(zone));
    story
        .given(
            "stops",
            """
            n int | at string           | day string
            1     | 2013-03-10 01:59:59 | 2013-03-10
            2     | 2013-03-10 02:30:00 | 2013-03-10
            3     | 2013-03-10 03:00:00 | 2013-03-11
            4     | 2013-11-03 00:59:59 | 2013-11-03
            5     | 2013-11-03 01:30:00 | 2013-11-03
            6     | 2013-11-03 02:00:00 | 2013-11-04
            7     | 2013-11-03T01:30:00-05:00 | 2013-11-04
            8     | 2013-11-03T06:30:00Z | 2013-11-04
            """)
        .define(
            """
            entities.stop { keys { n = int } }
            sources.text.v1  { table = stops, event-time = at, time-zone = "America/New_York" }
            sources.local.v1 { table = stops, event-time = "CAST(at AS TIMESTAMP_NTZ)", time-zone = "America/New_York" }
            sources.date.v1  { table = stops, event-time = "CAST(day AS DATE)", time-zone = "America/New_York" }
            training-sets.text.v1  { spine { source = sources.text.v1, entity = stop }, features = [] }
            training-sets.local.v1 { spine { source = sources.local.v1, entity = stop, where = "n < 7" }, features = [] }
            training-sets.date.v1  { spine { source = sources.date.v1, entity = stop }, features = [] }
            """);
    String text =
        """
        n | event_time
        1 | 2013-03-10T06:59:59Z
        2 | 2013-03-10T07:30:00Z
        3 | 2013-03-10T07:00:00Z
        4 | 2013-11-03T04:59:59Z
        5 | 2013-11-03T05:30:00Z
        6 | 2013-11-03T07:00:00Z
        """;
    story.expect(
        "text.v1", text + "7 | 2013-11-03T06:30:00Z\n8 | 2013-11-03T06:30:00Z\n");
    story.expect("local.v1", text);
    story.expect(
        "date.v1",
        """
        n | event_time
        1 | 2013-03-10T05:00:00Z
        2 | 2013-03-10T05:00:00Z
        3 | 2013-03-11T04:00:00Z
        4 | 2013-11-03T04:00:00Z
        5 | 2013-11-03T04:00:00Z
        6 | 2013-11-04T05:00:00Z
        7 | 2013-11-04T05:00:00Z
        8 | 2013-11-04T05:00:00Z
        """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTC", "Asia/Tokyo", "America/Los_Angeles"})
  void files_of_text_are_read_by_the_same_rules(String zone) {
    TimeZone.setDefault(TimeZone.getTimeZone(zone));
    story
        .file("stops.csv", "at,n\n2013-11-03 01:30:00,1\n2013-11-03T01:30:00-0500,2\n,3\n")
        .file(
            "stops.json",
            "{\"n\": 1, \"at\": \"2013-11-03 01:30:00\"}\n{\"n\": 2, \"at\": \"2013-11-03T06:30:00Z\", \"more\": {\"a\": 1}}\n")
        .define(
            """
            entities.stop { keys { n = int } }
            sources.csv.v1  { path = "stops.csv", format = csv, schema { n = int, at = timestamp }, event-time = at, time-zone = "America/New_York" }
            sources.json.v1 { path = "stops.json", format = json, schema { n = int, at = timestamp, more = "map<string,int>" }, event-time = at, time-zone = "America/New_York" }
            training-sets.csv.v1  { spine { source = sources.csv.v1, entity = stop, where = "at IS NOT NULL" }, features = [] }
            training-sets.json.v1 { spine { source = sources.json.v1, entity = stop, keep = [more] }, features = [] }
            """);
    story.expect(
        "csv.v1",
        """
        n | event_time
        1 | 2013-11-03T05:30:00Z
        2 | 2013-11-03T06:30:00Z
        """);
    story.expect(
        "json.v1",
        """
        n | event_time           | more
        1 | 2013-11-03T05:30:00Z | null
        2 | 2013-11-03T06:30:00Z | {a=1}
        """);
  }
}
