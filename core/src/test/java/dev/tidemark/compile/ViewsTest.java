package dev.tidemark.compile;

import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

/** Features from HOCON to rows: unions, chains of transformations, Java, composite keys, roles, lag, corrections. */
@SparkTest
class ViewsTest {
  private final FeatureStory story;

  ViewsTest(SparkSession session) {
    story = new FeatureStory(session);
  }

  @Test
  void a_union_of_sources_is_by_name_and_each_keeps_its_own_times() {
    story
        .given(
            "web",
            """
            k bigint | at timestamp         | v bigint
            1        | 2024-01-01T00:00:00Z | 1
            """)
        .given(
            "shop",
            """
            v bigint | k bigint | at timestamp
            10       | 1        | 2024-01-01T00:00:00Z
            100      | 1        | 2024-01-01T12:00:00Z
            """)
        .given(
            "asked",
            """
            k bigint | t timestamp
            1        | 2024-01-01T06:00:00Z
            1        | 2024-01-02T00:00:00Z
            """)
        .define(
            """
            entities.e { keys { k = bigint } }
            sources.web.v1   { table = web, event-time = at }
            sources.shop.v1  { table = shop, event-time = at, delay = 12h }
            sources.asked.v1 { table = asked, event-time = t }
            feature-views.all.v1 {
              entity = e, sources = [sources.web.v1, sources.shop.v1]
              features { total { aggregate = "sum(v)", windows = [2d] }, last { value = v } }
            }
            training-sets.s.v1 { spine { source = sources.asked.v1, entity = e }, features = [ all.v1 ] }
            """);
    story.expect(
        "s.v1",
        """
        k | event_time           | total_2d | last
        1 | 2024-01-01T06:00:00Z | 1        | 1
        1 | 2024-01-02T00:00:00Z | 111      | 100
        """);
  }

  /** Doubles a column; named by the definition below. */
  public static final class Doubled implements Transformation {
    @Override
    public Dataset<Row> apply(Map<String, Dataset<Row>> inputs) {
      Dataset<Row> events = inputs.get("events");
      if (events == null) {
        throw new IllegalArgumentException("no input `events`");
      }
      return events.withColumn("v", functions.col("v").multiply(2));
    }
  }

  @Test
  void transformations_in_sql_and_java_build_on_each_other() {
    story
        .given(
            "events",
            """
            k bigint | at timestamp         | v bigint
            1        | 2024-01-01T00:00:00Z | 1
            1        | 2024-01-01T01:00:00Z | 2
            """)
        .given(
            "asked",
            """
            k bigint | t timestamp
            1        | 2024-01-01T00:30:00Z
            1        | 2024-01-02T00:00:00Z
            """)
        .define(
            """
            entities.e { keys { k = bigint } }
            sources.events.v1 { table = events, event-time = at }
            sources.asked.v1 { table = asked, event-time = t }
            transformations.doubled.v1 {
              inputs { events = sources.events.v1 }
              class = "dev.tidemark.compile.ViewsTest$Doubled"
              event-time = at
            }
            transformations.days.v1 {
              inputs { d = transformations.doubled.v1 }
              sql = "SELECT k, date_trunc('DAY', at) AS day, sum(v) AS v, max(at) AS known_at FROM d GROUP BY 1, 2"
              event-time = day
              available-at = known_at
            }
            feature-views.days.v1 { entity = e, source = transformations.days.v1, features { v { value = v } } }
            training-sets.s.v1 { spine { source = sources.asked.v1, entity = e }, features = [ days.v1 ] }
            """);
    story.expect(
        "s.v1",
        """
        k | event_time           | v
        1 | 2024-01-01T00:30:00Z | null
        1 | 2024-01-02T00:00:00Z | 6
        """);
  }

  @Test
  void composite_keys_and_two_roles_of_one_entity_in_one_training_set() {
    story
        .given(
            "fares",
            """
            a string | b string | at timestamp         | fare double
            x        | yz       | 2024-01-01T00:00:00Z | 1
            xy       | z        | 2024-01-01T00:00:00Z | 2
            """)
        .given(
            "asked",
            """
            origin string | dest string | back_from string | back_to string | t timestamp
            x             | yz          | xy               | z              | 2024-01-02T00:00:00Z
            xy            | z           | null             | z              | 2024-01-02T00:00:00Z
            """)
        .define(
            """
            entities.route { keys { origin = string, dest = string } }
            sources.fares.v1 { table = fares, event-time = at }
            sources.asked.v1 { table = asked, event-time = t }
            feature-views.fares.v1 {
              entity = route, source = sources.fares.v1, keys { origin = a, dest = b }
              features { fare { value = fare } }
            }
            training-sets.s.v1 {
              spine { source = sources.asked.v1, entity = route }
              features = [
                fares.v1
                { view = fares.v1, keys { origin = back_from, dest = back_to }, prefix = back }
                { feature = fares.v1.fare, lag = 1d, as = fare_yesterday }
                { feature = fares.v1.fare, lag = 25h, as = fare_before }
              ]
              derived { both = "fare + back_fare", twice = "both * 2" }
            }
            """);
    story.expect(
        "s.v1",
        """
        origin | dest | event_time           | fare | back_fare | fare_yesterday | fare_before | both | twice
        x      | yz   | 2024-01-02T00:00:00Z | 1    | 2         | 1              | null        | 3    | 6
        xy     | z    | 2024-01-02T00:00:00Z | 2    | null      | 2              | null        | null | null
        """);
  }

  @Test
  void a_static_source_joins_as_it_is() {
    story
        .given(
            "people",
            """
            id bigint | name string
            1         | ann
            """)
        .given(
            "asked",
            """
            k bigint | t timestamp
            1        | 1980-01-01T00:00:00Z
            2        | 1980-01-01T00:00:00Z
            null     | 1980-01-01T00:00:00Z
            """)
        .define(
            """
            entities.e { keys { k = bigint } }
            sources.people.v1 { table = people, static = true }
            sources.asked.v1 { table = asked, event-time = t }
            feature-views.people.v1 {
              entity = e, source = sources.people.v1, keys { k = id }
              features { name { value = name }, n { aggregate = "count(*)", windows = [unbounded] } }
            }
            training-sets.s.v1 { spine { source = sources.asked.v1, entity = e }, features = [ people.v1 ] }
            """);
    story.expect(
        "s.v1",
        """
        k    | event_time           | name | n_unbounded
        1    | 1980-01-01T00:00:00Z | ann  | 1
        2    | 1980-01-01T00:00:00Z | null | 0
        null | 1980-01-01T00:00:00Z | null | 0
        """);
  }

  @Test
  void a_corrected_or_deleted_row_of_the_spine_counts_as_last_known() {
    story
        .given(
            "orders",
            """
            k bigint | at timestamp         | loaded timestamp     | id int | op string
            1        | 2024-01-01T00:00:00Z | 2024-01-01T00:00:00Z | 1      | I
            1        | 2024-01-01T01:00:00Z | 2024-01-02T00:00:00Z | 1      | U
            1        | 2024-01-01T00:00:00Z | 2024-01-01T00:00:00Z | 2      | I
            1        | 2024-01-01T00:00:00Z | 2024-01-03T00:00:00Z | 2      | D
            """)
        .define(
            """
            entities.e { keys { k = bigint } }
            sources.orders.v1 { table = orders, event-time = at, available-at = loaded, row-key = [id], deleted-when = "op = 'D'" }
            labels.l.v1 { entity = e, source = sources.orders.v1, value = op, keep = [id] }
            training-sets.s.v1 { label = labels.l.v1, features = [] }
            """);
    story.expect(
        "s.v1",
        """
        k | event_time           | id | l
        1 | 2024-01-01T01:00:00Z | 1  | U
        """);
    dev.tidemark.testkit.TextTable.assertRows(
        story.compile("s.v1", java.time.Instant.parse("2024-01-01T12:00:00Z")).rows(),
        """
        k | event_time           | id | l
        1 | 2024-01-01T00:00:00Z | 1  | I
        1 | 2024-01-01T00:00:00Z | 2  | I
        """);
  }

  @Test
  void materialized_ticks_have_a_row_for_every_key_that_has_been_seen() {
    story
        .given(
            "events",
            """
            k bigint | at timestamp         | v bigint
            1        | 2024-01-01T00:00:00Z | 1
            2        | 2024-01-02T06:00:00Z | 2
            null     | 2024-01-01T00:00:00Z | 4
            """)
        .define(
            """
            entities.e { keys { k = bigint } }
            sources.events.v1 { table = events, event-time = at }
            feature-views.sums.v1 {
              entity = e, source = sources.events.v1
              features { v { aggregate = "sum(v)", windows = [1d, 2d] } }
              derived { half = "v_2d / 2" }
              materialize { every = 12h, start = "2024-01-01" }
            }
            """);
    dev.tidemark.testkit.TextTable.assertRows(
        story.materialize("sums.v1", "2024-01-01T06:00:00Z", "2024-01-03T00:00:00Z"),
        """
        k | event_time           | available_time       | v_1d | v_2d | half
        1 | 2024-01-01T12:00:00Z | 2024-01-01T12:00:00Z | 1    | 1    | 0.5
        1 | 2024-01-02T00:00:00Z | 2024-01-02T00:00:00Z | null | 1    | 0.5
        1 | 2024-01-02T12:00:00Z | 2024-01-02T12:00:00Z | null | 1    | 0.5
        2 | 2024-01-02T12:00:00Z | 2024-01-02T12:00:00Z | 2    | 2    | 1
        """);
  }
}
