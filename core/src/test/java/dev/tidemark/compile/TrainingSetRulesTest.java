package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

/** The rules of training sets: rows, keys, labels, roles, derived columns and splits. */
@SparkTest
class TrainingSetRulesTest {
  private static final String BASE =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.events.v1 { table = rule_events, event-time = at }
      sources.rows.v1 { table = rule_rows, event-time = t }
      feature-views.seen.v1 {
        entity = customer
        source = sources.events.v1
        features {
          last { value = v }
          n { aggregate = "count(*)", windows = [1d, unbounded] }
        }
        derived { share = "try_divide(n_1d, n_unbounded)", doubled = "2 * share" }
      }
      """;

  private static final String EVENTS =
      """
      customer_id bigint | at timestamp         | v double
      1                  | 2024-01-01T00:00:00Z | 10
      1                  | 2024-01-03T00:00:00Z | 20
      """;

  private final SparkSession session;
  private final FeatureStory story;

  TrainingSetRulesTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session).given("rule_events", EVENTS);
  }

  @Test
  void a_split_by_time_cuts_exactly_at_its_boundaries_and_embargoes_before_them() {
    story
        .given(
            "rule_rows",
            """
            customer_id bigint | t timestamp
            1                  | 2024-05-30T23:59:59.999999Z
            2                  | 2024-05-31T00:00:00Z
            3                  | 2024-05-31T23:59:59.999999Z
            4                  | 2024-06-01T00:00:00Z
            5                  | 2024-06-29T23:59:59.999999Z
            6                  | 2024-06-30T00:00:00Z
            7                  | 2024-07-01T00:00:00Z
            """)
        .define(
            BASE
                + """
                training-sets.s.v1 {
                  spine { source = sources.rows.v1, entity = customer }
                  features = [seen.v1.last]
                  split { by = time, validation-from = "2024-06-01", test-from = "2024-07-01", embargo = 1d }
                }
                """);
    TextTable.assertRows(
        story.build("s.v1").select("customer_id", "split"),
        """
        customer_id | split
        1           | train
        2           | embargo
        3           | embargo
        4           | validation
        5           | validation
        6           | embargo
        7           | test
        """);
  }

  @Test
  void splits_by_entity_and_random_have_their_shares_and_do_not_depend_on_other_rows() {
    Dataset<Row> rows =
        session
            .range(3_000)
            .selectExpr("id div 3 AS customer_id", "timestamp_seconds(1700000000 + id) AS t");
    String set =
        """
        training-sets.NAME.v1 {
          spine { source = sources.rows.v1, entity = customer }
          features = [seen.v1.last]
          split { by = HOW, validation = 0.1, test = 0.2, seed = 7 }
        }
        """;
    story.define(
        BASE
            + set.replace("NAME", "whole").replace("HOW", "entity")
            + set.replace("NAME", "single").replace("HOW", "random"));
    rows.createOrReplaceTempView("rule_rows");
    Dataset<Row> whole = story.build("whole.v1").select("customer_id", "event_time", "split");
    Dataset<Row> single = story.build("single.v1").select("customer_id", "event_time", "split");
    for (Dataset<Row> all : List.of(whole, single)) {
      Row shares =
          all.agg(
                  functions.expr("count_if(split = 'test') / count(*)"),
                  functions.expr("count_if(split = 'validation') / count(*)"))
              .first();
      assertThat(shares.getDouble(0)).isBetween(0.16, 0.24);
      assertThat(shares.getDouble(1)).isBetween(0.07, 0.13);
    }
    assertThat(
            whole
                .groupBy("customer_id")
                .agg(functions.expr("count(DISTINCT split) AS n"))
                .where("n > 1")
                .count())
        .isZero();
    assertThat(
            single
                .groupBy("customer_id")
                .agg(functions.expr("count(DISTINCT split) AS n"))
                .where("n > 1")
                .count())
        .isPositive();

    rows.where("customer_id % 100 = 5").createOrReplaceTempView("rule_rows");
    TextTable.assertSame(
        story.build("whole.v1").select("customer_id", "event_time", "split"),
        whole.where("customer_id % 100 = 5"));
  }

  @Test
  void a_label_over_a_horizon_counts_events_after_t_up_to_its_end() {
    story
        .given(
            "rule_events",
            """
            customer_id bigint | at timestamp                | v double
            1                  | 2024-01-01T00:00:00Z        | 1
            1                  | 2024-01-01T00:00:00.000001Z | 2
            1                  | 2024-01-01T01:00:00Z        | 4
            1                  | 2024-01-01T01:00:00.000001Z | 8
            """)
        .given(
            "rule_rows",
            """
            customer_id bigint | t timestamp
            1                  | 2024-01-01T00:00:00Z
            2                  | 2024-01-01T00:00:00Z
            null               | 2024-01-01T00:00:00Z
            1                  | 2024-01-01T00:00:00.000001Z
            1                  | 2024-01-01T00:00:00.000002Z
            """)
        .define(
            BASE
                + """
                labels.spend.v1 { entity = customer, source = sources.events.v1, aggregate = "coalesce(sum(v), 0)", horizon = 1h }
                labels.gone.v1 { entity = customer, source = sources.events.v1, aggregate = "count(*) = 0", horizon = 1h }
                training-sets.spend.v1 { spine { source = sources.rows.v1, entity = customer }, label = labels.spend.v1, features = [seen.v1.last] }
                training-sets.gone.v1 { spine { source = sources.rows.v1, entity = customer }, label = labels.gone.v1, features = [seen.v1.last] }
                """);
    story.expect(
        "spend.v1",
        """
        customer_id | event_time                  | spend | last
        1           | 2024-01-01T00:00:00Z        | 6     | 1
        2           | 2024-01-01T00:00:00Z        | 0     | null
        null        | 2024-01-01T00:00:00Z        | 0     | null
        1           | 2024-01-01T00:00:00.000001Z | 12    | 2
        """);
    TextTable.assertRows(
        story.compile("spend.v1", null).counts().select("spine_rows", "null_times", "left_out"),
        """
        spine_rows | null_times | left_out
        4          | 0          | 1
        """);
    TextTable.assertRows(
        story.build("gone.v1").where("customer_id = 2").select("gone"),
        """
        gone
        true
        """);
    TextTable.assertRows(
        story
            .compile("spend.v1", Instant.parse("2024-01-01T00:59:59.999999Z"))
            .counts()
            .select("spine_rows", "null_times", "left_out"),
        """
        spine_rows | null_times | left_out
        0          | 0          | 5
        """);
  }

  @Test
  void the_spine_is_its_source_as_known_at_the_as_of_time() {
    story
        .given(
            "rule_labels",
            """
            id bigint | customer_id bigint | t timestamp          | loaded timestamp     | y string | op string
            1         | 1                  | 2024-01-02T00:00:00Z | 2024-01-02T00:00:00Z | first    | I
            1         | 1                  | 2024-01-02T00:00:00Z | 2024-01-05T00:00:00Z | second   | U
            2         | 1                  | 2024-01-02T12:00:00Z | 2024-01-02T12:00:00Z | gone     | I
            2         | 1                  | 2024-01-02T12:00:00Z | 2024-01-06T00:00:00Z | gone     | D
            3         | null               | 2024-01-03T00:00:00Z | 2024-01-03T00:00:00Z | kept     | I
            4         | 1                  | null                 | 2024-01-03T00:00:00Z | no time  | I
            5         | 1                  | 2024-01-09T00:00:00Z | 2024-01-04T00:00:00Z | planned  | I
            """)
        .define(
            BASE
                + """
                sources.labels.v1 { table = rule_labels, event-time = t, available-at = loaded, row-key = [id], deleted-when = "op = 'D'" }
                labels.y.v1 { entity = customer, source = sources.labels.v1, value = y }
                training-sets.s.v1 { label = labels.y.v1, features = [seen.v1] }
                """);
    CompiledTrainingSet early = story.compile("s.v1", Instant.parse("2024-01-04T00:00:00Z"));
    TextTable.assertRows(
        early.joined().within(null).select("customer_id", "y"),
        """
        customer_id | y
        1           | first
        1           | gone
        null        | kept
        """);
    TextTable.assertRows(
        early.counts().select("spine_rows", "null_times", "left_out"),
        """
        spine_rows | null_times | left_out
        3          | 1          | 2
        """);
    story.expect(
        "s.v1",
        """
        customer_id | event_time           | y       | last | n_1d | n_unbounded | share | doubled
        1           | 2024-01-02T00:00:00Z | second  | 10   | 0    | 1           | 0     | 0
        null        | 2024-01-03T00:00:00Z | kept    | null | 0    | 0           | null  | null
        1           | 2024-01-09T00:00:00Z | planned | 20   | 0    | 2           | 0     | 0
        """);
  }

  @Test
  void a_derived_column_finds_what_it_is_made_of_though_nobody_selected_it() {
    story
        .given(
            "rule_rows",
            "customer_id bigint | t timestamp | floor double\n1 | 2024-01-03T00:00:00Z | 15\n")
        .define(
            BASE.replace(
                    "doubled = \"2 * share\"",
                    "doubled = \"2 * share\", list = \"array(last, last + n_1d)\"")
                + """
                training-sets.s.v1 {
                  spine { source = sources.rows.v1, entity = customer, keep = [floor] }
                  features = [
                    { feature = seen.v1.doubled, as = twice }
                    { feature = seen.v1.doubled, lag = 1d, as = twice_yesterday }
                    { feature = seen.v1.list }
                  ]
                  derived { above = "size(filter(list, x -> x > floor + twice))", more = "above + 1" }
                }
                """);
    story.expect(
        "s.v1",
        """
        customer_id | event_time           | floor | twice | twice_yesterday | list     | above | more
        1           | 2024-01-03T00:00:00Z | 15    | 1     | 0               | [20, 21] | 2     | 3
        """);
  }

  @Test
  void entities_roles_composite_keys_and_static_sources_meet_in_one_set() {
    story
        .given(
            "rule_rows",
            """
            customer_id bigint | t timestamp          | home string | home_zone int | away string | away_zone int
            1                  | 2024-01-03T00:00:00Z | a           | 1             | b           | 2
            1                  | 2024-01-03T00:00:00Z | b           | 1             | null        | 2
            """)
        .given(
            "rule_places",
            """
            name string | zone int | size bigint
            a           | 1        | 100
            b           | 2        | 200
            null        | 2        | 300
            """)
        .define(
            BASE
                + """
                entities.place { keys { name = string, zone = bigint } }
                sources.places.v1 { table = rule_places, static = true }
                feature-views.place.v1 { entity = place, source = sources.places.v1, features { size { value = size } } }
                training-sets.s.v1 {
                  spine { source = sources.rows.v1, entities = [customer, place], keys { name = home, zone = home_zone } }
                  features = [
                    seen.v1.last
                    place.v1
                    { view = place.v1, keys { name = away, zone = away_zone }, prefix = away }
                  ]
                }
                """);
    story.expect(
        "s.v1",
        """
        customer_id | name | zone | event_time           | last | size | away_size
        1           | a    | 1    | 2024-01-03T00:00:00Z | 20   | 100  | 200
        1           | b    | 1    | 2024-01-03T00:00:00Z | 20   | null | null
        """);
  }

  @Test
  void a_union_of_sources_and_transformations_in_sql_and_java_are_sources() {
    story
        .given("rule_rows", "customer_id bigint | t timestamp\n1 | 2024-01-04T00:00:00Z\n")
        .given(
            "rule_more",
            "v double | AT timestamp | customer_id bigint\n40 | 2024-01-03T12:00:00Z | 1\n")
        .define(
            BASE.replace(
                    "source = sources.events.v1",
                    "sources = [transformations.halved.v1, sources.more.v1]")
                + """
                sources.more.v1 { table = rule_more, event-time = at }
                transformations.days.v1 { inputs { e = sources.events.v1 }, sql = "SELECT * FROM e WHERE v > 0", event-time = at }
                transformations.halved.v1 { inputs { days = transformations.days.v1 }, class = "dev.tidemark.compile.TrainingSetRulesTest$Halved", event-time = at }
                training-sets.s.v1 { spine { source = sources.rows.v1, entity = customer }, features = [seen.v1.last, seen.v1.n_unbounded, { feature = seen.v1.last, lag = 1d, as = before }] }
                """);
    story.expect(
        "s.v1",
        """
        customer_id | event_time           | last | n_unbounded | before
        1           | 2024-01-04T00:00:00Z | 40   | 3           | 10
        """);
  }

  /** A transformation in Java. */
  public static final class Halved implements Transformation {
    @Override
    public Dataset<Row> apply(Map<String, Dataset<Row>> inputs) {
      return Objects.requireNonNull(inputs.get("days"))
          .withColumn("v", functions.col("v").divide(2));
    }
  }

  @Test
  void a_view_materializes_the_keys_that_have_been_seen_at_each_tick() {
    story.define(
        BASE.replace(
                "entity = customer\n",
                "entity = customer, ttl = 1d, materialize { every = 1d, start = \"2024-01-01\" }\n")
            .replace("[1d, unbounded]", "[1d, 2d]")
            .replace("n_unbounded", "n_2d"));
    TextTable.assertRows(
        story.materialize("seen.v1", "2024-01-01T00:00:00Z", "2024-01-06T00:00:00Z"),
        """
        customer_id | event_time           | available_time       | last | n_1d | n_2d | share | doubled
        1           | 2024-01-01T00:00:00Z | 2024-01-01T00:00:00Z | 10   | 1    | 1    | 1     | 2
        1           | 2024-01-02T00:00:00Z | 2024-01-02T00:00:00Z | null | 0    | 1    | 0     | 0
        1           | 2024-01-03T00:00:00Z | 2024-01-03T00:00:00Z | 20   | 1    | 1    | 1     | 2
        1           | 2024-01-04T00:00:00Z | 2024-01-04T00:00:00Z | null | 0    | 1    | 0     | 0
        """);
  }
}
