package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Rules on references, sources, transformations, views and labels. */
class ResolverTest {
  @TempDir Path folder;
  private String rule = "";

  @BeforeEach
  void name(TestInfo test) {
    rule = test.getTestMethod().orElseThrow().getName();
  }

  private void refused(String definitions) {
    PlanProject.shop(folder, definitions).refused(rule);
  }

  private Graph accepted(String definitions) {
    return PlanProject.shop(folder, definitions).graph();
  }

  @Test
  void the_shop_is_right() {
    Graph graph = accepted("models.m.v1 { training-set = training-sets.t.v1 }\n" + SET);
    assertThat(graph.rows()).hasSize(6);
    assertThat(graph.views()).hasSize(2);
    assertThat(graph.trainingSets()).hasSize(1);
    assertThat(graph.fingerprints()).hasSize(6 + 2 + 2 + 1);
  }

  private static final String SET =
      "training-sets.t.v1 { label = labels.fraud.v1, features = [spend.v1] }\n";

  @Test
  void unknown_references_are_told_with_the_nearest_names_all_at_once() {
    refused(
        """
        transformations.weekly.v1 {
          inputs { a = sources.paymnts.v1, b = transformations.dayly.v1 }
          sql = "SELECT 1", event-time = day
        }
        feature-views.visits.v1 {
          entity = custmer, source = sources.vists.v1
          features { visits { aggregate = "count(*)", windows = [1d] } }
        }
        labels.late.v1 { entity = shpo, source = transformations.daly.v1, value = late }
        training-sets.t.v1 { label = labels.fruad.v1, features = [spnd.v1, spend.v1.last_amuont] }
        training-sets.u.v1 {
          spine { source = sources.chekouts.v1, entity = custmer }
          features = [spend.v1]
        }
        models.m.v1 { training-set = training-sets.tt.v1 }
        tests."a test" { of = feature-views.spnd.v1, given = [], expect = [] }
        """);
  }

  @Test
  void a_name_of_another_kind_is_told() {
    refused(
        """
        feature-views.totals.v1 {
          entity = customer, source = sources.daily.v1
          features { total { value = total } }
        }
        """);
  }

  @Test
  void a_missing_variant_is_told_with_the_variants_there_are() {
    refused(
        """
        sources.payments.second { table = raw.payments2, event-time = paid_at }
        feature-views.totals.v1 {
          entity = customer, source = sources.payments.production
          features { total { value = total } }
        }
        """);
  }

  @Test
  void a_feature_is_never_of_another_kind_than_a_view() {
    refused("training-sets.t.v1 { label = labels.fraud.v1, features = [sources.payments.v1] }");
  }

  @Test
  void what_uses_a_broken_view_is_not_blamed_for_it() {
    refused(
        """
        feature-views.broken.v1 {
          entity = customer, source = sources.nowhere.v1
          features { x { value = x } }
        }
        training-sets.t.v1 { label = labels.fraud.v1, features = [broken.v1] }
        """);
  }

  @Test
  void transformations_may_not_read_each_other_in_a_circle() {
    refused(
        """
        transformations.a.v1 { inputs { x = transformations.b.v1 }, sql = "SELECT 1", event-time = t }
        transformations.b.v1 { inputs { x = transformations.c.v1 }, sql = "SELECT 1", event-time = t }
        transformations.c.v1 {
          inputs { x = transformations.a.v1, y = sources.visits.v1 }, sql = "SELECT 1", event-time = t
        }
        transformations.self.v1 { inputs { x = transformations.self.v1 }, sql = "SELECT 1", event-time = t }
        transformations.outside.v1 { inputs { x = transformations.a.v1 }, sql = "SELECT 1", event-time = t }
        feature-views.v.v1 {
          entity = customer, source = transformations.outside.v1, features { x { value = x } }
        }
        """);
  }

  @Test
  void a_long_chain_of_transformations_is_no_circle() {
    StringBuilder chain = new StringBuilder();
    for (int i = 1; i <= 500; i++) {
      chain.append(
          "transformations.t%d.v1 { inputs { x = transformations.t%d.v1 }, sql = \"SELECT * FROM x\", event-time = t }\n"
              .formatted(i, i - 1));
    }
    chain.append(
        "transformations.t0.v1 { inputs { x = sources.visits.v1 }, sql = a, event-time = t }\n");
    Graph graph = accepted(chain.toString());
    assertThat(graph.upstream(graph.rows().values())).hasSize(5 + 1 + 501);
  }

  @Test
  void transformations_that_share_inputs_are_resolved_once() {
    StringBuilder diamonds = new StringBuilder();
    for (int i = 1; i <= 60; i++) {
      diamonds.append(
          "transformations.t%d.v1 { inputs { x = transformations.t%d.v1, y = transformations.t%d.v1 }, sql = a, event-time = t }\n"
              .formatted(i, i - 1, Math.max(0, i - 2)));
    }
    diamonds.append(
        "transformations.t0.v1 { inputs { x = sources.nowhere.v1 }, sql = a, event-time = t }\n");
    refused(diamonds.toString());
  }

  @Test
  void key_mappings_are_of_keys_the_entity_has() {
    refused(
        """
        feature-views.v.v1 {
          entity = shop, source = sources.visits.v1, keys { shopid = shop, region = area }
          features { x { value = x } }
        }
        labels.l.v1 { entity = customer, source = sources.visits.v1, keys { custmer_id = c }, value = x }
        """);
  }

  @Test
  void a_key_without_mapping_is_in_the_column_of_its_name() {
    ResolvedView view =
        accepted(
                """
                feature-views.v.v1 {
                  entity = shop, source = sources.visits.v1, keys { shop_id = shop }
                  features { x { value = x } }
                }
                """)
            .views()
            .values()
            .stream()
            .filter(found -> found.view().ref().name().equals("v"))
            .findFirst()
            .orElseThrow();
    assertThat(view.keys())
        .extracting(key -> key.key().name() + " " + key.key().type() + " " + key.column())
        .containsExactly("region string region", "shop_id int shop");
  }

  @Test
  void columns_of_a_view_have_different_names() {
    refused(
        """
        feature-views.v.v1 {
          entity = customer, source = sources.visits.v1
          features {
            n { aggregate = "count(*)", windows = [1d, 7d] }
            n_7d { value = x }
            twice { value = x }
            many { aggregate = "count(*)", windows = [1d] }
          }
          derived { TWICE = "n_1d", many = "n_1d" }
        }
        """);
  }

  @Test
  void keys_and_event_time_are_no_names_of_features() {
    refused(
        """
        feature-views.v.v1 {
          entity = customer, source = sources.visits.v1
          features { event_time { value = visited_at }, Customer_Id { value = x } }
          derived { EVENT_TIME = "1", available_time = "2" }
        }
        """);
  }

  @Test
  void united_sources_agree_on_static_tie_break_and_row_key() {
    refused(
        """
        sources.other.v1 { table = raw.other, event-time = t, tie-break = [payment_id, loaded_at] }
        sources.keyed.v1 { table = raw.keyed, event-time = t, tie-break = [loaded_at, payment_id], row-key = [id] }
        feature-views.v.v1 {
          entity = customer
          sources = [sources.payments.v1, sources.other.v1, sources.keyed.v1, sources.shops.v1]
          features { x { value = x } }
        }
        """);
  }

  @Test
  void a_source_is_united_with_itself_by_mistake_only() {
    refused(
        """
        feature-views.v.v1 {
          entity = customer, sources = [sources.visits.v1, sources.visits.v1]
          features { x { value = x } }
        }
        """);
  }

  @Test
  void a_view_of_a_static_source_has_nothing_that_needs_time() {
    refused(
        """
        feature-views.v.v1 {
          entity = shop, source = sources.shops.v1, ttl = 1d, as-of = exclusive
          features { n { aggregate = "count(*)", windows = [7d, unbounded] } }
          materialize { every = 1d, start = "2024-01-01" }
        }
        """);
  }

  @Test
  void a_view_of_a_static_source_may_aggregate_all_of_it() {
    assertThatCode(
            () ->
                accepted(
                    """
                    feature-views.v.v1 {
                      entity = shop, source = sources.shops.v1
                      features { n { aggregate = "count(*)", windows = [unbounded] }, x { value = x } }
                    }
                    """))
        .doesNotThrowAnyException();
  }

  @Test
  void a_label_needs_rows_with_a_time() {
    refused(
        """
        labels.a.v1 { entity = shop, source = sources.shops.v1, value = x }
        labels.b.v1 { entity = shop, source = sources.shops.v1, aggregate = "count(*)", horizon = 1d }
        """);
  }

  @Test
  void no_two_resources_write_one_table() {
    refused(
        """
        training-sets.a_b.v1 { label = labels.fraud.v1, features = [spend.v1] }
        training-sets.a.b_v1 { label = labels.fraud.v1, features = [spend.v1] }
        feature-views.A_B.v1 {
          entity = customer, source = sources.visits.v1, features { x { value = x } }
          materialize { every = 1d, start = "2024-01-01" }
        }
        """);
  }

  @Test
  void tables_of_newest_values_and_of_scoring_have_names_of_their_own() {
    refused("training-sets.spend.v1__latest { label = labels.fraud.v1, features = [spend.v1] }");
  }

  @Test
  void beside_the_table_of_a_view_there_is_that_of_its_state() {
    refused(
        """
        feature-views.totals.v1 {
          entity = customer, source = sources.visits.v1, features { x { value = x } }
          materialize { every = 1d, start = "2024-01-01" }
        }
        training-sets.totals.v1__state { label = labels.fraud.v1, features = [spend.v1] }
        """);
  }

  @Test
  void a_view_that_is_not_materialized_takes_no_table_name() {
    assertThatCode(
            () ->
                accepted(
                    "training-sets.spend.v1 { label = labels.fraud.v1, features = [spend.v1] }"))
        .doesNotThrowAnyException();
  }
}
