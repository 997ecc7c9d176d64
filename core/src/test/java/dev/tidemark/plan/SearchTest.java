package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.About;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is found by which words, and in which order. */
class SearchTest {
  private static Card card(
      String id, String owner, String description, List<String> tags, String... columns) {
    int dot = id.indexOf('.');
    return new Card(
        id,
        id.substring(0, dot),
        id.substring(dot + 1),
        new About(owner, description, tags, Map.of()),
        List.of(columns));
  }

  private static final List<Card> CARDS =
      List.of(
          card("entities.customer", "risk", "A paying customer", List.of(), "customer_id"),
          card(
              "sources.payments.v1",
              "payments-team",
              "Payments of the shop",
              List.of("pii"),
              "buyer_id",
              "amount"),
          card("sources.visits.v1", "web", "Visits to pages", List.of(), "visitor_id"),
          card(
              "feature-views.customer_spend.v1",
              "risk-ds",
              "What a customer paid lately",
              List.of("fraud"),
              "spend_1d",
              "spend_7d",
              "last_amount"),
          card(
              "features.customer_spend.v1.spend_1d",
              "risk-ds",
              "What a customer paid lately",
              List.of("fraud")),
          card(
              "features.customer_spend.v1.spend_7d",
              "risk-ds",
              "What a customer paid lately",
              List.of("fraud")),
          card(
              "features.customer_spend.v1.last_amount",
              "risk-ds",
              "What a customer paid lately",
              List.of("fraud")),
          card(
              "features.customer_visits.v1.visits_7d",
              "web",
              "How often a customer came",
              List.of()),
          card("labels.chargeback.v1", "risk-ds", "Was the payment charged back?", List.of()),
          card(
              "training-sets.fraud.v1",
              "risk-ds",
              "Payments with what was known of the customer",
              List.of()));

  private static List<String> found(String query) {
    return new Search(CARDS).of(query, 20).stream().map(each -> each.card().id()).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spend last week | features.customer_spend.v1.spend_7d",
        "how much did customers spend per day | features.customer_spend.v1.spend_1d",
        "fraud.v1 | training-sets.fraud.v1",
        "training-sets.fraud.v1 | training-sets.fraud.v1",
        "customer_spend | feature-views.customer_spend.v1",
        "charg | labels.chargeback.v1",
        "chargbeack | labels.chargeback.v1",
        "pii | sources.payments.v1",
        "payments-team | sources.payments.v1",
        "buyer | sources.payments.v1",
        "visits in the last 7d | features.customer_visits.v1.visits_7d",
        "a paying one | entities.customer"
      })
  void the_best_comes_first(String query, String first) {
    assertThat(found(query)).first().isEqualTo(first);
  }

  @Test
  void what_has_all_words_comes_before_what_has_some() {
    assertThat(found("customer visits"))
        .startsWith("features.customer_visits.v1.visits_7d")
        .contains("sources.visits.v1", "entities.customer");
  }

  @Test
  void nothing_is_found_by_words_that_stand_nowhere() {
    assertThat(found("quux zzz")).isEmpty();
    assertThat(found("...")).isEmpty();
    assertThat(found("")).isEmpty();
  }

  @Test
  void the_order_is_the_same_whatever_the_order_of_what_is_searched() {
    List<Card> turned = new ArrayList<>(CARDS);
    Collections.reverse(turned);
    assertThat(new Search(turned).of("customer", 20).stream().map(each -> each.card().id()))
        .containsExactlyElementsOf(found("customer"));
  }
}
