package dev.tidemark.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DesignExampleTest {
  private final Definitions read =
      ProjectReader.readDefinitions(Path.of("src/test/resources/design"));

  @Test
  void an_entity_has_typed_keys() {
    Entity customer = read.entities().get(0);
    assertThat(customer.id()).isEqualTo("entities.customer");
    assertThat(customer.keys()).extracting(Column::name).containsExactly("customer_id");
    assertThat(customer.keys()).extracting(Column::type).containsExactly("bigint");
    assertThat(customer.about().owner()).isEqualTo("risk");
    assertThat(customer.about().description()).isEqualTo("A paying customer");
  }

  @Test
  void a_source_has_a_location_and_time_rules() {
    Source payments = read.sources().get(0);
    assertThat(payments.id()).isEqualTo("sources.payments.v1");
    assertThat(payments.location()).isInstanceOf(Location.Table.class);
    TimeRules time = payments.time();
    assertThat(time.isStatic()).isFalse();
    assertThat(time.eventTime()).hasToString("paid_at");
    assertThat(time.availableAt()).hasToString("loaded_at");
    assertThat(Objects.requireNonNull(time.delay()).duration()).isEqualTo(Duration.ofHours(1));
    assertThat(time.timeZone()).hasToString("America/New_York");
    assertThat(time.tieBreak()).hasToString("[loaded_at, payment_id]");
    assertThat(time.deletedWhen()).hasToString("op = 'D'");
    assertThat(time.rowKey()).hasToString("[payment_id]");
    assertThat(payments.about().tags()).containsExactly("pii");
  }

  @Test
  void a_transformation_names_its_inputs() {
    Transformation daily = read.transformations().get(0);
    assertThat(daily.inputs()).extracting(Transformation.Input::alias).containsExactly("orders");
    assertThat(daily.inputs().get(0).rows()).hasToString("sources.orders.v1");
    assertThat(daily.body()).isInstanceOf(Body.Query.class);
    assertThat(daily.time().eventTime()).hasToString("day");
  }

  @Test
  void a_feature_view_has_its_features_in_the_order_written() {
    FeatureView view = read.featureViews().get(0);
    assertThat(view.entity()).hasToString("customer");
    assertThat(view.sources()).hasToString("[sources.payments.v1]");
    assertThat(view.keys()).hasSize(1);
    assertThat(view.keys().get(0).key()).isEqualTo("customer_id");
    assertThat(view.keys().get(0).column()).hasToString("buyer_id");
    assertThat(view.where()).hasToString("status = 'OK'");
    assertThat(view.ttl()).hasToString("90d");
    assertThat(view.exclusive()).isFalse();
    assertThat(view.columns())
        .containsExactly(
            "last_amount",
            "spend_1d",
            "spend_7d",
            "spend_30d",
            "merchants_30d",
            "big_orders_7d",
            "by_type_7d",
            "first_seen_unbounded",
            "spend_trend");
    Feature.Windowed big = windowed(view, 3);
    assertThat(big.where()).hasToString("amount > 100");
    assertThat(windowed(view, 4).by()).hasToString("type");
    assertThat(windowed(view, 5).windows().get(0).length()).isNull();
    Materialize materialize = Objects.requireNonNull(view.materialize());
    assertThat(materialize.every()).hasToString("1d");
    assertThat(materialize.start()).isEqualTo(Instant.parse("2024-01-01T00:00:00Z"));
  }

  private static Feature.Windowed windowed(FeatureView view, int index) {
    return (Feature.Windowed) view.features().get(index);
  }

  @Test
  void labels_are_of_a_row_or_over_a_horizon() {
    assertThat(read.labels())
        .extracting(Label::id)
        .containsExactly("labels.chargeback.v1", "labels.churned.v1");
    assertThat(((Label.OfRow) read.labels().get(0).target()).value()).hasToString("is_fraud");
    Label.OverHorizon churned = (Label.OverHorizon) read.labels().get(1).target();
    assertThat(churned.aggregate()).hasToString("count(*) = 0");
    assertThat(churned.horizon().micros()).isEqualTo(30L * 86_400 * 1_000_000);
  }

  @Test
  void a_training_set_selects_views_and_features() {
    TrainingSet fraud = read.trainingSets().get(0);
    assertThat(fraud.label()).hasToString("labels.chargeback.v1");
    assertThat(fraud.spine()).isNull();
    List<Selection> features = fraud.features();
    assertThat(features).hasSize(4);
    assertThat(features.get(0).view()).hasToString("feature-views.customer_spend.v1");
    assertThat(features.get(0).feature()).isNull();
    assertThat(features.get(1).feature()).hasToString("spend_7d");
    assertThat(features.get(2).lag()).hasToString("1d");
    assertThat(features.get(2).as()).hasToString("last_amount_yesterday");
    assertThat(features.get(3).prefix()).hasToString("shop");
    assertThat(features.get(3).keys().get(0).column()).hasToString("shop_place_id");
    assertThat(fraud.derived()).extracting(Derived::name).containsExactly("amount_vs_usual");
    Split.ByTime split = (Split.ByTime) Objects.requireNonNull(fraud.split());
    assertThat(split.validationFrom()).isEqualTo(Instant.parse("2024-05-01T00:00:00Z"));
    assertThat(split.testFrom()).isEqualTo(Instant.parse("2024-06-01T00:00:00Z"));
    assertThat(split.embargo()).hasToString("30d");
    Gate rows = fraud.gates().get(0);
    assertThat(rows.column()).isNull();
    assertThat(rows.kind()).isEqualTo(Gate.Kind.ROWS);
    assertThat(rows.min()).isEqualTo("1000");
    Gate nulls = fraud.gates().get(1);
    assertThat(nulls.column()).isEqualTo("spend_7d");
    assertThat(nulls.kind()).isEqualTo(Gate.Kind.NULLS);
    assertThat(nulls.max()).isEqualTo("0.2");
    Gate least = fraud.gates().get(2);
    assertThat(least.column()).isEqualTo("spend_7d");
    assertThat(least.kind()).isEqualTo(Gate.Kind.RANGE);
    assertThat(least.min()).isEqualTo("0");
  }

  @Test
  void a_model_and_a_test_refer_to_what_they_are_of() {
    assertThat(read.models().get(0).trainingSet()).hasToString("training-sets.fraud.v1");
    DefinitionTest test = read.tests().get(0);
    assertThat(test.name()).isEqualTo("spend counts only the window");
    assertThat(test.of()).hasToString("feature-views.customer_spend.v1");
    DefinitionTest.Given given = test.given().get(0);
    assertThat(given.of()).isNull();
    assertThat(given.rows().get(0).cells())
        .extracting(DefinitionTest.Cell::column)
        .containsExactly("buyer_id", "paid_at", "loaded_at", "payment_id", "amount", "status");
    assertThat(test.expect().get(0).cells())
        .extracting(DefinitionTest.Cell::value)
        .containsExactly("1", "2024-03-02T00:00:00Z", null, "5.0");
    assertThat(textAt(test.expect().get(0).cells().get(3).origin())).isEqualTo("5.0");
  }

  @Test
  void every_part_knows_its_place() {
    TrainingSet fraud = read.trainingSets().get(0);
    assertThat(fraud.origin().line()).isEqualTo(44);
    assertThat(textAt(fraud.origin())).isEqualTo("v1");
    assertThat(textAt(fraud.features().get(1).view().origin()))
        .isEqualTo("customer_spend.v1.spend_7d");
    FeatureView view = read.featureViews().get(0);
    assertThat(textAt(Objects.requireNonNull(view.where()).origin())).isEqualTo("status = 'OK'");
    Feature.Windowed spend = windowed(view, 1);
    assertThat(textAt(spend.origin())).isEqualTo("spend");
    assertThat(textAt(spend.aggregate().at(4, 6))).isEqualTo("amount");
    assertThat(textAt(spend.windows().get(2).origin())).isEqualTo("30d");
  }

  @Test
  void the_lines_of_a_definition_can_be_had() {
    Excerpt view = Excerpt.of(read.featureViews().get(0));
    assertThat(view.text()).startsWith("feature-views.customer_spend.v1 {\n").endsWith("\n}\n");
    assertThat(view.toLine() - view.fromLine()).isEqualTo(17);
    Excerpt entity = Excerpt.of(read.entities().get(0));
    assertThat(entity.toLine()).isEqualTo(entity.fromLine());
  }

  private static String textAt(Origin origin) {
    String line = origin.file().line(origin.line());
    return line.substring(origin.column() - 1, origin.column() - 1 + origin.length());
  }
}
