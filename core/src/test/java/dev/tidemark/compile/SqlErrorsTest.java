package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Problem;
import dev.tidemark.plan.Graph;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** What is wrong with the SQL of definitions is told before anything runs, at its place, in its author's terms. */
@SparkTest
class SqlErrorsTest {
  private final FeatureStory story;

  SqlErrorsTest(SparkSession session) {
    story = new FeatureStory(session);
    story
        .given(
            "payments",
            """
            buyer_id int | paid_at timestamp    | day date   | amount double | millis bigint | kinds map<string,int> | text string
            1            | 2024-03-01T00:00:00Z | 2024-03-01 | 5             | 1709251200000 | {"a":1}               | x
            """)
        .given(
            "refunds",
            """
            buyer_id int | paid_at timestamp    | amount decimal(12,2)
            1            | 2024-03-01T00:00:00Z | 5
            """);
  }

  private List<Problem> check() {
    return story.compiler(Graph.of(story.project().definitions())).check();
  }

  private void refuses(String golden, String hocon) {
    story.define(hocon);
    Throwable thrown = catchThrowable(this::check);
    assertThat(thrown).isInstanceOf(DefinitionException.class);
    Golden.check("sql-errors/" + golden + ".txt", String.valueOf(thrown.getMessage()));
  }

  @Test
  void expressions_of_features() {
    refuses(
        "features",
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { table = payments, event-time = paid_at }
        feature-views.spend.v1 {
          entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }
          features {
            unknown      { aggregate = "avg(amuont)", windows = [1h] }
            unknown_2    { value = "amount + Paid" }
            no_aggregate { aggregate = amount, windows = [1d] }
            constant     { aggregate = "1 + 1", windows = [1d] }
            aggregate    { value = "sum(amount)" }
            type         { aggregate = "sum(paid_at)", windows = [1d] }
            type_2       { value = "amount + kinds" }
            random       { value = "amount * rand()" }
            clock        { value = "datediff(current_date(), paid_at)" }
            clock_2      { aggregate = "count_if(paid_at > now())", windows = [1d] }
            order        { aggregate = "first(amount)", windows = [1d] }
            order_2      { aggregate = "collect_list(amount)", windows = [1d] }
            syntax       { value = "amount +" }
            syntax_2     { aggregate = "sum(amount", windows = [1d] }
            function     { value = "summ(amount)" }
            subquery     { value = "(SELECT max(amount) FROM payments)" }
            window       { value = "lag(amount) OVER (ORDER BY paid_at)" }
            generator    { value = "explode(kinds)" }
            star         { value = "*" }
            where        { aggregate = "count(*)", where = "amount + 1", windows = [1d] }
            where_2      { aggregate = "count(*)", where = "amuont > 1", windows = [1d] }
            by           { aggregate = "count(*)", by = "colour", windows = [1d] }
            empty        { aggregate = "sum(amount)", when-empty = "'none'", windows = [1d] }
          }
        }
        """);
  }

  @Test
  void a_view_and_what_is_derived_from_it() {
    refuses(
        "views",
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { table = payments, event-time = paid_at }
        sources.refunds.v1 { table = refunds, event-time = paid_at }
        feature-views.no_column.v1 { entity = customer, source = sources.payments.v1, features { a { value = amount } } }
        feature-views.bad_key.v1 { entity = customer, source = sources.payments.v1, keys { customer_id = text }, features { a { value = amount } } }
        feature-views.bad_where.v1 { entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }, where = "statu = 'OK'", features { a { value = amount } } }
        feature-views.bad_derived.v1 {
          entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }
          features { spend { aggregate = "sum(amount)", windows = [7d] } }
          derived { trend = "spend_7d / spend_30d" }
        }
        feature-views.bad_union.v1 { entity = customer, sources = [sources.payments.v1, sources.refunds.v1], keys { customer_id = buyer_id }, features { a { value = amount } } }
        """);
  }

  @Test
  void times_and_other_rules_of_sources() {
    refuses(
        "sources",
        """
        entities.customer { keys { customer_id = bigint } }
        sources.number.v1  { table = payments, event-time = millis }
        sources.day.v1     { table = payments, event-time = day }
        sources.unknown.v1 { table = payments, event-time = payd_at }
        sources.rules.v1   { table = payments, event-time = paid_at, tie-break = [kinds], row-key = [payment_id], deleted-when = "amount" }
        """);
  }

  @Test
  void transformations() {
    refuses(
        "transformations",
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { table = payments, event-time = paid_at }
        transformations.column.v1 { inputs { p = sources.payments.v1 }, sql = "SELECT buyer, paid_at FROM p", event-time = paid_at }
        transformations.table.v1 { inputs { p = sources.payments.v1 }, sql = "SELECT * FROM p JOIN refunds USING (buyer_id)", event-time = paid_at }
        transformations.command.v1 { inputs { p = sources.payments.v1 }, sql = "DROP TABLE payments", event-time = paid_at }
        transformations.clock.v1 { inputs { p = sources.payments.v1 }, sql = "SELECT *, now() AS seen_at FROM p", event-time = paid_at }
        transformations.twice.v1 { inputs { p = sources.payments.v1 }, sql = "SELECT paid_at, amount, amount * 2 AS amount FROM p", event-time = paid_at }
        transformations.class.v1 { inputs { p = sources.payments.v1 }, class = com.acme.NoSuchClass, event-time = paid_at }
        transformations.other.v1 { inputs { p = sources.payments.v1 }, class = java.lang.String, event-time = paid_at }
        transformations.lines.v1 {
          inputs { p = sources.payments.v1 }
          sql = \"""
            SELECT buyer_id, paid_at,
                   amuont
            FROM p
          \"""
          event-time = paid_at
        }
        """);
  }

  @Test
  void labels_spines_and_what_a_training_set_derives() {
    refuses(
        "training-sets",
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { table = payments, event-time = paid_at }
        feature-views.spend.v1 { entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }, features { spend { aggregate = "sum(amount)", windows = [7d] } } }
        labels.value.v1 { entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }, value = "amount > limit" }
        labels.good.v1 { entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }, value = "amount > 5" }
        labels.horizon.v1 { entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }, aggregate = "amount", horizon = 1d }
        training-sets.value.v1 { label = labels.value.v1, features = [] }
        training-sets.horizon.v1 { label = labels.horizon.v1, features = [] }
        training-sets.keep.v1 { spine { source = sources.payments.v1, entity = customer, keys { customer_id = buyer_id }, keep = [ammount] }, features = [] }
        training-sets.leak.v1 { label = labels.good.v1, features = [ spend.v1 ], derived { leak = "if(good, 1, 0)" } }
        training-sets.role.v1 { label = labels.good.v1, features = [ { view = spend.v1, keys { customer_id = seller_id }, prefix = seller } ] }
        """);
  }

  @Test
  void event_times_in_a_wrong_unit_are_warned_of_with_an_example() {
    story.define(
        """
        entities.customer { keys { customer_id = bigint } }
        sources.seconds.v1 { table = payments, event-time = "timestamp_seconds(millis)" }
        sources.millis.v1 { table = payments, event-time = "timestamp_millis(millis DIV 1000)" }
        sources.right.v1 { table = payments, event-time = "timestamp_millis(millis)" }
        """);
    Golden.check(
        "sql-errors/units.txt",
        String.join("\n", check().stream().map(Problem::render).toList()));
  }
}
