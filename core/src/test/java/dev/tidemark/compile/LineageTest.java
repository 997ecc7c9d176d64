package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ColumnLineage;
import dev.tidemark.plan.ColumnRef;
import dev.tidemark.plan.Graph;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What columns are made of, through queries, views, labels and training sets. */
@SparkTest
class LineageTest {
  private static final String SOURCES =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.orders.v1 { table = lineage_orders, event-time = at }
      sources.people.v1 { table = lineage_people, event-time = born }
      """;

  private final FeatureStory story;

  LineageTest(SparkSession session) {
    this.story =
        new FeatureStory(session)
            .given(
                "lineage_orders",
                """
                customer_id bigint | at timestamp         | total double | items array<string> | note string
                1                  | 2024-01-01T00:00:00Z | 10           | null                | a
                """)
            .given(
                "lineage_people",
                """
                id bigint | born timestamp       | email string | city string
                1         | 2000-01-01T00:00:00Z | a@b          | Rome
                """);
  }

  private ColumnLineage lineage(String definitions) {
    story.define(SOURCES + definitions);
    return story.compiler(Graph.of(story.project().definitions())).lineage();
  }

  private static String values(ColumnLineage lineage, String resource, String column) {
    ColumnRef ref = new ColumnRef(resource, column);
    assertThat(lineage.columns()).containsKey(ref);
    return lineage.of(ref).values().stream()
        .map(each -> each.toString().replaceAll("^sources\\.(\\w+)\\.v1\\.", "$1."))
        .collect(Collectors.joining(" "));
  }

  /** Each query's column `x`, and what is in it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "SELECT total AS x, at FROM o | orders.total",
        "SELECT total + size(items) AS x, at FROM o | orders.items orders.total",
        "SELECT 1 AS x, at FROM o | ",
        "SELECT *, upper(note) AS x FROM o | orders.note",
        "SELECT p.email AS x, o.at FROM o JOIN p ON o.customer_id = p.id | people.email",
        "SELECT coalesce(a.note, b.email) AS x, a.at FROM o AS a LEFT JOIN p AS b ON a.customer_id = b.id | orders.note people.email",
        "SELECT concat(a.note, b.note) AS x, a.at FROM o a JOIN o b ON a.customer_id = b.customer_id AND a.total < b.total | orders.note",
        "SELECT sum(total) AS x, max(at) AS at FROM o GROUP BY customer_id | orders.total",
        "SELECT sum(total) FILTER (WHERE note = 'a') AS x, max(at) AS at FROM o | orders.note orders.total",
        "SELECT row_number() OVER (PARTITION BY customer_id ORDER BY at) AS x, at FROM o | orders.at orders.customer_id",
        "SELECT lag(total) OVER (PARTITION BY customer_id ORDER BY at) AS x, at FROM o | orders.at orders.customer_id orders.total",
        "WITH c AS (SELECT email AS e, id FROM p) SELECT c.e AS x, o.at FROM o JOIN c ON c.id = o.customer_id | people.email",
        "WITH c AS (SELECT email AS e FROM p), d AS (SELECT e AS f FROM c UNION ALL SELECT e FROM c) SELECT f AS x, now.at FROM d CROSS JOIN (SELECT max(at) AS at FROM o) AS now | people.email",
        "SELECT note AS x, at FROM o UNION ALL SELECT email, born FROM p | orders.note people.email",
        "SELECT note AS x, at FROM o EXCEPT SELECT city, born FROM p | orders.note people.city",
        "SELECT item AS x, at FROM o LATERAL VIEW explode(items) AS item | orders.items",
        "SELECT (SELECT max(email) FROM p WHERE p.id = o.customer_id) AS x, at FROM o | people.email",
        "SELECT CASE WHEN total > 1 THEN note END AS x, at FROM o | orders.note orders.total",
        "SELECT x, at FROM (SELECT note, email FROM o JOIN p ON o.customer_id = p.id) UNPIVOT (x FOR which IN (note, email)) CROSS JOIN (SELECT max(at) AS at FROM o) | orders.note people.email",
        "SELECT x, at FROM (SELECT note, total, at FROM o) PIVOT (max(total) FOR note IN ('a' AS x)) | orders.note orders.total"
      })
  void a_column_of_a_query_is_made_of(String sql, String expected) {
    ColumnLineage lineage =
        lineage(
            "transformations.t.v1 { inputs { o = sources.orders.v1, p = sources.people.v1 }, sql = \"\"\"%s\"\"\", event-time = at }"
                .formatted(sql));
    assertThat(values(lineage, "transformations.t.v1", "x"))
        .isEqualTo(expected == null ? "" : expected);
  }

  @Test
  void what_decides_about_rows_is_told_apart() {
    ColumnLineage lineage =
        lineage(
            """
            transformations.t.v1 {
              inputs { o = sources.orders.v1, p = sources.people.v1 }
              sql = "SELECT city, sum(total) AS spent, max(at) AS at FROM o JOIN p ON o.customer_id = p.id WHERE note <> 'x' GROUP BY city"
              event-time = at
            }
            """);
    ColumnRef spent = new ColumnRef("transformations.t.v1", "spent");
    assertThat(lineage.of(spent).values()).hasToString("[sources.orders.v1.total]");
    assertThat(lineage.of(spent).conditions())
        .hasToString(
            "[sources.orders.v1.customer_id, sources.orders.v1.note, sources.people.v1.city, sources.people.v1.id]");
  }

  @Test
  void a_column_is_followed_from_a_model_to_its_sources_and_back() {
    ColumnLineage lineage =
        lineage(
            """
            sources.joined.v1 { sql = "SELECT id AS customer_id, email, born AS t FROM lineage_people", event-time = t }
            transformations.t.v1 {
              inputs { o = sources.orders.v1 }
              sql = "SELECT customer_id, at, total * 2 AS doubled, note FROM o"
              event-time = at
            }
            transformations.u.v1 { inputs { t = transformations.t.v1 }, class = "%s", event-time = at }
            feature-views.spend.v1 {
              entity = customer
              source = transformations.u.v1
              where = "note = 'a'"
              features {
                spent { aggregate = "sum(DOUBLED)", windows = [1d, 7d] }
                last { value = "concat(note, '!')", where = "half > 1" }
                by_note { aggregate = "count(*)", by = note, windows = [1d] }
              }
              derived { share = "spent_1d / spent_7d" }
            }
            labels.fraud.v1 { entity = customer, source = sources.joined.v1, value = "email IS NULL", keep = [email] }
            training-sets.s.v1 {
              label = labels.fraud.v1
              features = [{ view = spend.v1, prefix = p }]
              derived { odd = "p_share * length(email)" }
            }
            models.m.v1 { training-set = training-sets.s.v1 }
            """
                .formatted(Halved.class.getName()));
    assertThat(values(lineage, "transformations.u.v1", "half"))
        .isEqualTo("transformations.t.v1.doubled");
    assertThat(values(lineage, "feature-views.spend.v1", "spent_7d"))
        .isEqualTo("transformations.u.v1.doubled");
    assertThat(values(lineage, "feature-views.spend.v1", "by_note_1d"))
        .isEqualTo("transformations.u.v1.note");
    assertThat(lineage.of(new ColumnRef("feature-views.spend.v1", "last")).conditions())
        .hasToString(
            "[transformations.u.v1.at, transformations.u.v1.customer_id, transformations.u.v1.half, transformations.u.v1.note]");
    assertThat(values(lineage, "sources.joined.v1", "email")).endsWith("lineage_people.email");
    assertThat(lineage.upstream(new ColumnRef("models.m.v1", "odd")))
        .contains(
            new ColumnRef("sources.orders.v1", "total"),
            new ColumnRef("sources.joined.v1", "email"),
            new ColumnRef("training-sets.s.v1", "p_share"))
        .doesNotContain(new ColumnRef("sources.orders.v1", "note"));
    assertThat(lineage.users(new ColumnRef("feature-views.spend.v1", "share")))
        .containsExactly(new ColumnRef("training-sets.s.v1", "p_share"));
    assertThat(values(lineage, "training-sets.s.v1", "event_time")).isEqualTo("joined.t");
  }

  /** Half of what was doubled. */
  public static final class Halved implements Transformation {
    @Override
    public Dataset<Row> apply(Map<String, Dataset<Row>> inputs) {
      Dataset<Row> rows = Objects.requireNonNull(inputs.get("t"));
      return rows.withColumn("half", functions.col("doubled").divide(functions.lit(2)));
    }
  }
}
