package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Rules on training sets: entities, roles, names of columns, labels and splits. */
class TrainingSetResolverTest {
  @TempDir Path folder;
  private String rule = "";

  @BeforeEach
  void name(TestInfo test) {
    rule = test.getTestMethod().orElseThrow().getName();
  }

  private void refused(String definitions) {
    PlanProject.shop(folder, definitions).refused(rule);
  }

  private ResolvedTrainingSet accepted(String definitions) {
    Graph graph = PlanProject.shop(folder, definitions).graph();
    return graph.trainingSets().values().iterator().next();
  }

  @Test
  void columns_are_keys_time_kept_label_features_derived_and_split_in_this_order() {
    ResolvedTrainingSet set =
        accepted(
            """
            training-sets.t.v1 {
              spine {
                source = sources.checkouts.v1, entities = [shop, customer]
                keys { customer_id = buyer }, keep = [order_id, amount]
              }
              label = labels.churned.v1
              features = [
                shop_facts.v1
                spend.v1.spend
                { feature = spend.v1.last_amount, lag = 1d, as = last_amount_yesterday }
                spend.v1.trend
                { view = spend.v1, keys { customer_id = referred_by }, prefix = friend }
              ]
              derived { usual = "amount / spend_7d" }
              split { by = random, validation = 0.1, test = 0.1 }
            }
            """);
    assertThat(set.columns())
        .containsExactly(
            "region",
            "shop_id",
            "customer_id",
            "event_time",
            "order_id",
            "amount",
            "churned",
            "opened",
            "spend_1d",
            "spend_7d",
            "last_amount_yesterday",
            "trend",
            "friend_last_amount",
            "friend_spend_1d",
            "friend_spend_7d",
            "friend_trend",
            "usual",
            "split");
    assertThat(set.keys())
        .extracting(key -> key.key().name() + " = " + key.column())
        .containsExactly("region = region", "shop_id = shop_id", "customer_id = buyer");
    assertThat(set.selections().get(4).spineColumns())
        .containsExactly(new ResolvedSelection.SpineColumn("referred_by", true));
  }

  @Test
  void the_rows_of_a_label_are_the_spine_unless_there_is_another() {
    ResolvedTrainingSet set =
        accepted("training-sets.t.v1 { label = labels.fraud.v1, features = [spend.v1] }");
    assertThat(set.spine()).isSameAs(set.labelSource());
    assertThat(set.entities()).extracting(entity -> entity.name()).containsExactly("customer");
  }

  @Test
  void entities_share_a_key_of_the_same_name() {
    ResolvedTrainingSet set =
        accepted(
            """
            training-sets.t.v1 {
              spine { source = sources.checkouts.v1, entities = [customer, card] }
              features = [spend.v1]
            }
            """);
    assertThat(set.columns()).startsWith("customer_id", "card_no", "event_time");
  }

  @Test
  void a_shared_key_has_one_type() {
    refused(
        """
        entities.account { keys { customer_id = string } }
        training-sets.t.v1 {
          spine { source = sources.checkouts.v1, entities = [customer, account] }
          features = [spend.v1]
        }
        """);
  }

  @Test
  void an_entity_is_named_once() {
    refused(
        """
        training-sets.t.v1 {
          spine { source = sources.checkouts.v1, entities = [customer, customer] }
          features = [spend.v1]
        }
        """);
  }

  @Test
  void a_view_is_of_an_entity_of_the_rows_or_has_a_role() {
    refused("training-sets.t.v1 { label = labels.fraud.v1, features = [spend.v1, shop_facts.v1] }");
  }

  @Test
  void a_role_maps_every_key_of_the_entity() {
    refused(
        """
        training-sets.t.v1 {
          label = labels.fraud.v1
          features = [
            { view = shop_facts.v1, keys { shop_id = shop } }
            { view = shop_facts.v1, keys { shop_id = shop, regoin = area }, prefix = b }
          ]
        }
        """);
  }

  @Test
  void an_unknown_feature_is_told_with_the_nearest_columns() {
    refused(
        "training-sets.t.v1 { label = labels.fraud.v1, features = [spend.v1.spend_8d, spend.v1.trned] }");
  }

  @Test
  void as_names_a_single_column() {
    refused(
        """
        training-sets.t.v1 {
          label = labels.fraud.v1
          features = [{ feature = spend.v1.spend, as = money }, { view = spend.v1, as = money }]
        }
        """);
  }

  @Test
  void a_view_of_a_static_source_has_no_lag() {
    refused(
        """
        training-sets.t.v1 {
          spine { source = sources.checkouts.v1, entity = shop }
          features = [{ view = shop_facts.v1, lag = 1d }]
        }
        """);
  }

  @Test
  void equal_names_are_told_with_both_places() {
    refused(
        """
        feature-views.other.v1 {
          entity = customer, source = sources.visits.v1
          features { Last_Amount { value = x }, split { value = x }, churned { value = x } }
        }
        training-sets.t.v1 {
          spine {
            source = sources.checkouts.v1, entity = customer
            keep = [amount, customer_id, event_time, amount]
          }
          label = labels.churned.v1
          features = [
            spend.v1
            { feature = spend.v1.last_amount, lag = 1d }
            other.v1
            { feature = spend.v1.trend, as = amount }
          ]
          derived { trend = "1", split = "2" }
        }
        """);
  }

  @Test
  void the_name_of_the_splits_column_is_kept_free() {
    refused(
        """
        training-sets.t.v1 {
          label = labels.fraud.v1
          features = [{ feature = spend.v1.trend, as = split }]
        }
        """);
  }

  @Test
  void a_label_read_at_a_spines_rows_needs_a_horizon() {
    refused(
        """
        training-sets.t.v1 {
          spine { source = sources.checkouts.v1, entity = customer }
          label = labels.fraud.v1, features = [spend.v1]
        }
        """);
  }

  @Test
  void a_label_is_of_entities_of_the_spine() {
    refused(
        """
        training-sets.t.v1 {
          spine { source = sources.checkouts.v1, entity = shop }
          label = labels.churned.v1, features = [shop_facts.v1]
        }
        """);
  }

  @Test
  void a_spine_has_rows_with_a_time() {
    refused(
        """
        training-sets.t.v1 {
          spine { source = sources.shops.v1, entity = shop }, features = [shop_facts.v1]
        }
        """);
  }

  @Test
  void a_split_by_entity_names_one_of_several() {
    refused(
        """
        training-sets.t.v1 {
          spine { source = sources.checkouts.v1, entities = [shop, customer] }
          features = [spend.v1], split { by = entity, test = 0.1 }
        }
        training-sets.u.v1 {
          spine { source = sources.checkouts.v1, entities = [shop, customer] }
          features = [spend.v1], split { by = entity, entity = custmer, test = 0.1 }
        }
        """);
  }

  @Test
  void a_split_by_time_has_a_boundary_and_test_comes_last() {
    refused(
        """
        training-sets.t.v1 {
          label = labels.fraud.v1, features = [spend.v1], split { by = time, embargo = 1d }
        }
        training-sets.u.v1 {
          label = labels.fraud.v1, features = [spend.v1]
          split { by = time, validation-from = "2024-06-01", test-from = "2024-05-01" }
        }
        training-sets.v.v1 {
          label = labels.fraud.v1, features = [spend.v1]
          split { by = random, validation = 0.7, test = 0.4 }
        }
        """);
  }

  @Test
  void an_embargo_leaves_something_of_validation() {
    refused(
        """
        training-sets.t.v1 {
          label = labels.fraud.v1, features = [spend.v1]
          split { by = time, validation-from = "2024-05-01", test-from = "2024-05-31", embargo = 30d }
        }
        """);
  }

  @Test
  void an_offline_table_is_used_only_of_a_view_that_has_one() {
    refused(
        """
        feature-views.never.v1 {
          entity = customer, source = sources.visits.v1, use-materialized = true
          features { visits { aggregate = "count(*)", windows = [7d] } }
        }
        training-sets.t.v1 {
          label = labels.fraud.v1, features = [ { view = spend.v1, use-materialized = true } ]
        }
        """);
  }
}
