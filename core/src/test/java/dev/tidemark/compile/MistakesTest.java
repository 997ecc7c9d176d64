package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.plan.Graph;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** What is said of a project with one mistake, for many mistakes. */
@SparkTest
class MistakesTest {
  private static final String PROJECT =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 {
        table = mistakes_payments
        event-time = paid_at
        available-at = loaded_at
        tie-break = [payment_id]
      }
      sources.refunds.v1 { table = mistakes_refunds, event-time = paid_at, tie-break = [payment_id] }
      sources.disputes.v1 { table = mistakes_disputes, event-time = at }
      transformations.daily.v1 {
        inputs { p = sources.payments.v1 }
        sql = "SELECT customer_id, paid_at AS day, amount AS total FROM p"
        event-time = day
      }
      feature-views.spend.v1 {
        entity = customer
        source = sources.payments.v1
        where = "status = 'OK'"
        features {
          last { value = "amount" }
          spend { aggregate = "sum(amount)", windows = [1d] }
        }
        derived { twice = "2 * spend_1d" }
      }
      feature-views.days.v1 {
        entity = customer
        source = transformations.daily.v1
        features { total { aggregate = "sum(total)", windows = [7d] } }
      }
      labels.fraud.v1 { entity = customer, source = sources.disputes.v1, value = is_fraud, keep = [amount] }
      training-sets.fraud.v1 {
        label = labels.fraud.v1
        features = [spend.v1, days.v1]
        derived { versus = "amount / spend_1d" }
      }
      """;

  private static final String VALUE = "value = \"amount\"";
  private static final String AGGREGATE = "aggregate = \"sum(amount)\", windows = [1d]";
  private static final String QUERY = "SELECT customer_id, paid_at AS day, amount AS total FROM p";

  private final FeatureStory story;
  private final Map<String, String> told = new LinkedHashMap<>();

  MistakesTest(SparkSession session) {
    story =
        new FeatureStory(session)
            .given(
                "mistakes_payments",
                """
                payment_id bigint | customer_id bigint | paid_at timestamp    | loaded_at timestamp  | amount double | status string | tags array<double>
                1                 | 1                  | 2024-03-01T00:00:00Z | 2024-03-01T01:00:00Z | 5             | OK            | [1,2]
                """)
            .given(
                "mistakes_refunds",
                """
                payment_id bigint | customer_id bigint | paid_at timestamp    | loaded_at timestamp  | amount int | state string
                1                 | 1                  | 2024-03-01T00:00:00Z | 2024-03-01T01:00:00Z | 5          | OK
                """)
            .given(
                "mistakes_disputes",
                """
                customer_id bigint | at timestamp         | is_fraud boolean | amount double
                1                  | 2024-03-03T00:00:00Z | true             | 3
                """);
  }

  private void mistake(String title, String right, String wrong) {
    told.put(title, told(replaced(PROJECT, right, wrong)));
  }

  private void value(String title, String sql) {
    mistake(title, VALUE, "value = \"" + sql + "\"");
  }

  private void aggregate(String title, String sql) {
    mistake(title, "sum(amount)", sql);
  }

  private void query(String title, String sql) {
    mistake(title, QUERY, sql);
  }

  private static String replaced(String text, String right, String wrong) {
    assertThat(text).contains(right);
    return text.replace(right, wrong);
  }

  private String told(String project) {
    story.define(project);
    Throwable thrown =
        catchThrowable(() -> story.compiler(Graph.of(story.project().definitions())).check());
    if (thrown == null) {
      return "nothing";
    }
    assertThat(thrown).isInstanceOfAny(DefinitionException.class, InputNotReadyException.class);
    return (thrown instanceof InputNotReadyException ? "[input not ready] " : "")
        + thrown.getMessage();
  }

  @Test
  void every_mistake_is_told_at_its_place_in_its_authors_terms() {
    told.put("no mistake", told(PROJECT));
    value("an unknown column", "amuont");
    value("an aggregate as a value", "max(amount)");
    value("a column and an aggregate as a value", "amount - max(amount)");
    value("a window function as a value", "rank() OVER (ORDER BY amount)");
    value("a generator as a value", "explode(tags)");
    value("a subquery as a value", "(SELECT 1)");
    value("a syntax error", "amount + * 2");
    value("an unknown function", "dubble(amount)");
    value("a type that does not fit", "array_max(amount)");
    value("rand", "amount + rand()");
    value("the present time", "datediff(now(), paid_at)");
    value("the present day as text", "cast('today' AS date)");
    value("the present day as a literal", "date 'today'");
    aggregate("an unknown column in an aggregate", "sum(amuont)");
    aggregate("a column as an aggregate", "amount");
    aggregate("a constant as an aggregate", "1");
    aggregate("rand in an aggregate", "sum(rand())");
    aggregate("an aggregate by the order of rows", "first(amount)");
    aggregate("any value", "any_value(amount)");
    aggregate("a list in the order of rows", "collect_list(amount)");
    aggregate("a type that can't be summed", "sum(tags)");
    mistake("a value that is no condition", "status = 'OK'", "amount");
    mistake("numbers as event times", "event-time = paid_at\n", "event-time = payment_id\n");
    mistake("dates without a zone", "event-time = paid_at\n", "event-time = \"date(paid_at)\"\n");
    mistake("an unknown available-at", "= loaded_at", "= laoded_at");
    mistake("an unknown tie-break", "[payment_id]", "[paymentid]");
    mistake("an unknown row-key", "tie-break = [payment_id]", "row-key = [id]");
    mistake("a wrong deleted-when", "tie-break", "deleted-when = amount, tie-break");
    mistake("a key stored as a number", "customer_id = bigint", "customer_id = string");
    mistake("a key that a cast would round", "customer_id = bigint", "customer_id = double");
    mistake("a key of no type", "customer_id = bigint", "customer_id = bigit");
    mistake(
        "a key that is not in the source",
        "entity = customer\n",
        "entity = customer, keys { customer_id = buyer }\n");
    mistake("an unknown kept column", "keep = [amount]", "keep = [amuont]");
    mistake("an unknown column in a view's derived", "2 * spend_1d", "2 * spend_7d");
    mistake("a label in a derived column", "amount / spend_1d", "amount / fraud");
    mistake(
        "sources that do not fit each other",
        "source = sources.payments.v1\n  where",
        "sources = [sources.payments.v1, sources.refunds.v1]\n  where");
    mistake("a when-empty of another type", AGGREGATE, AGGREGATE + ", when-empty = \"'none'\"");
    query("an unknown column in a query", QUERY.replace("amount", "amuont"));
    query("a syntax error in a query", "SELECT * FORM p");
    query("a relation that is no input", QUERY + " JOIN mistakes_disputes USING (customer_id)");
    query("a command", "DROP VIEW mistakes_payments");
    query("a command behind a query", "WITH q AS (SELECT 1) INSERT INTO p SELECT * FROM q");
    query("rand in a query", QUERY.replace("amount AS", "rand() AS"));
    query("the present time in a subquery", QUERY + " WHERE paid_at < (SELECT now())");
    query(
        "a list in the order of rows in a query",
        "SELECT customer_id, max(paid_at) AS day, collect_list(amount) AS total FROM p GROUP BY 1");
    query("no time in the output", "SELECT customer_id, amount AS total FROM p");
    mistake("no such class", "sql = \"" + QUERY + "\"", "class = com.example.Missing");
    mistake(
        "a class that is no transformation", "sql = \"" + QUERY + "\"", "class = java.lang.String");
    mistake("a missing table", "table = mistakes_refunds", "table = mistakes_nowhere");
    mistake(
        "a missing file", "table = mistakes_refunds", "path = \"data/nowhere\", format = parquet");
    told.put(
        "several mistakes",
        told(
            replaced(
                replaced(
                    replaced(PROJECT, "table = mistakes_refunds", "table = mistakes_nowhere"),
                    "sum(total)",
                    "sum(totl)"),
                "value = is_fraud",
                "value = is_frod")));
    StringBuilder all = new StringBuilder();
    told.forEach(
        (title, text) -> all.append("## ").append(title).append('\n').append(text).append("\n\n"));
    Golden.check(
        "compile/mistakes.txt", all.toString().replace(story.folder().toString(), "PROJECT"));
  }

  @Test
  void what_sorts_or_orders_by_itself_is_deterministic() {
    for (String aggregate :
        new String[] {"sort_array(collect_list(amount))[0]", "max_by(amount, paid_at)"}) {
      assertThat(told(replaced(PROJECT, "sum(amount)", aggregate))).isEqualTo("nothing");
    }
    for (String column :
        new String[] {
          "last(amount, true) OVER (PARTITION BY customer_id ORDER BY paid_at)",
          "row_number() OVER (PARTITION BY customer_id ORDER BY paid_at)"
        }) {
      assertThat(told(replaced(PROJECT, QUERY, QUERY.replace("amount AS", column + " AS"))))
          .isEqualTo("nothing");
    }
  }
}
