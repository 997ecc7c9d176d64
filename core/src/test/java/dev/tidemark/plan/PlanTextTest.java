package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans as people read them; every rule of time is in one of the golden texts. */
class PlanTextTest {
  @TempDir Path folder;

  private void planned(String golden, String asOf, String definitions) {
    Plan plan =
        Planner.build(
            PlanProject.shop(folder, definitions).graph(),
            PlanProject.environment(),
            List.of(),
            asOf.isEmpty() ? null : Instant.parse(asOf));
    Golden.check("plan/text/" + golden + ".txt", PlanText.of(plan));
  }

  @Test
  void a_label_whose_rows_are_the_spine() {
    planned(
        "label",
        "",
        """
        training-sets.fraud.v1 {
          label = labels.fraud.v1
          features = [
            spend.v1
            { feature = spend.v1.last_amount, lag = 1d, as = last_amount_yesterday }
            { feature = spend.v1.trend, lag = 7d, as = trend_last_week }
            { view = shop_facts.v1, keys { region = area, shop_id = shop }, prefix = shop }
          ]
          split { by = time, validation-from = "2024-05-01", test-from = "2024-06-01", embargo = 7d }
        }
        """);
  }

  @Test
  void a_spine_with_a_label_over_a_horizon() {
    planned(
        "spine",
        "2024-06-01T12:00:00Z",
        """
        transformations.carts.v1 {
          inputs { c = sources.checkouts.v1 }
          class = com.acme.Carts
          event-time = "to_timestamp(concat(day, ' ', time)) -- in two columns"
          time-zone = "America/New_York", row-key = [cart], deleted-when = "state = 'gone'"
        }
        training-sets.churn.v1 {
          spine {
            source = transformations.carts.v1, entities = [customer, shop]
            keys { customer_id = buyer }, where = "total > 0", keep = [total, state]
          }
          label = labels.churned.v1
          features = [spend.v1.spend_7d, shop_facts.v1]
          derived { against_usual = "total / (spend_7d / 7)" }
          split { by = entity, entity = shop, validation = 0.125, test = 0.1, seed = 7 }
        }
        """);
  }

  @Test
  void every_rule_of_a_view() {
    planned(
        "rules",
        "2024-06-01T12:00:00Z",
        """
        sources.web.v1 {
          sql = "SELECT * FROM web.orders", event-time = at, available-at = seen_at, delay = 90m
          time-zone = UTC, tie-break = [seen_at, id], row-key = [id], deleted-when = "op = 'D'"
        }
        sources.shop.v1 {
          path = "data/shop.csv", format = csv, schema { at = string }, event-time = at, time-zone = "Asia/Tokyo"
          tie-break = [seen_at, id], row-key = [id]
        }
        feature-views.orders.v1 {
          entity = customer, sources = [sources.web.v1, sources.shop.v1]
          where = "state = 'paid'", as-of = exclusive, ignore-nulls = true
          features {
            first { aggregate = "min(at)", windows = [unbounded] }
            kinds { aggregate = "sum(amount)", by = kind, windows = [7d, unbounded] }
            big { aggregate = "count(*)", where = "amount > 100", windows = [90m], when-empty = "-1" }
            last { value = amount, where = "amount < 1000" }
            coupon { value = coupon, ignore-nulls = false }
          }
        }
        training-sets.t.v1 {
          spine { source = sources.checkouts.v1, entity = customer }
          features = [orders.v1, { feature = orders.v1.big, lag = 1d, prefix = old }]
          split { by = random, test = 0.2 }
        }
        """);
  }

  @Test
  void a_view_and_its_ticks() {
    Graph graph =
        PlanProject.shop(
                folder,
                """
                feature-views.totals.v1 {
                  entity = customer, source = transformations.daily.v1, keys { customer_id = buyer_id }
                  features { total { aggregate = "sum(total)", windows = [30d] } }
                  materialize { every = 1d, start = "2024-01-01" }
                }
                feature-views.later.v1 {
                  entity = customer, source = sources.visits.v1
                  features { visits { aggregate = "count(*)", windows = [30d] } }
                  materialize { every = 1d, start = "2025-01-01" }
                }
                """)
            .graph();
    Interval january =
        new Interval(Instant.parse("2024-01-01T00:00:00Z"), Instant.parse("2024-02-01T00:00:00Z"));
    Plan plan = Planner.materialize(graph, PlanProject.environment(), List.of(), january);
    Golden.check("plan/text/materialize.txt", PlanText.of(plan));
  }

  @Test
  void features_of_an_offline_table() {
    planned(
        "materialized",
        "",
        """
        feature-views.daily.v1 {
          entity = customer, source = sources.visits.v1, ttl = 90d
          features {
            visits { aggregate = "count(*)", windows = [7d] }
            last_page { value = page }
          }
          materialize { every = 1d, start = "2024-01-01" }
          use-materialized = true
        }
        training-sets.fraud.v1 {
          label = labels.fraud.v1
          features = [
            daily.v1.visits
            { feature = daily.v1.last_page, lag = 1d, as = page_yesterday }
            { feature = daily.v1.last_page, use-materialized = false }
          ]
        }
        """);
  }

  @Test
  void what_is_read_by_estimate() {
    Graph graph =
        PlanProject.shop(
                folder,
                """
                feature-views.daily.v1 {
                  entity = customer, source = sources.visits.v1
                  features { visits { aggregate = "count(*)", windows = [7d] } }
                  materialize { every = 1d, start = "2024-01-01" }
                }
                """)
            .graph();
    Interval day =
        new Interval(Instant.parse("2024-01-09T00:00:00Z"), Instant.parse("2024-01-10T00:00:00Z"));
    Plan plan = Planner.materialize(graph, PlanProject.environment(), List.of("daily.v1"), day);
    ReadEstimate.Size one = new ReadEstimate.Size(1, 999, 12L);
    ReadEstimate.Size many = new ReadEstimate.Size(1_200, 999_950, null);
    ReadEstimate estimate =
        new ReadEstimate(
            List.of(
                new ReadEstimate.Of(source("visits"), one),
                new ReadEstimate.Of(source("logs"), many),
                new ReadEstimate.Of(source("remote"), null)),
            one.and(many));
    Golden.check(
        "plan/text/estimate.txt", PlanText.of(plan, Map.of(plan.tasks().get(0).id(), estimate)));
  }

  private static ResourceName source(String name) {
    return new ResourceName(Kind.SOURCE, name, "v1");
  }

  @Test
  void sizes_have_three_digits_or_four() {
    assertThat(
            List.of(0L, 999L, 1_000L, 12_345L, 999_949L, 999_950L, 1_500_000_000L, Long.MAX_VALUE))
        .extracting(EstimateWords::bytes)
        .containsExactly(
            "0 bytes", "999 bytes", "1.0 kB", "12.3 kB", "999.9 kB", "1.0 MB", "1.5 GB", "9.2 EB");
  }

  @Test
  void newest_values_and_keys_to_score() {
    Graph graph =
        PlanProject.shop(
                folder,
                """
                training-sets.fraud.v1 {
                  label = labels.fraud.v1
                  features = [ spend.v1.last_amount, { feature = spend.v1.last_amount, lag = 1d, prefix = old } ]
                  split { by = random, test = 0.2 }
                }
                """)
            .graph();
    Instant asOf = Instant.parse("2024-06-01T12:00:00Z");
    Environment environment = PlanProject.environment();
    KeysFile keys = KeysFile.of("s3://lake/today.parquet").orElseThrow();
    Golden.check(
        "plan/text/latest-and-scoring.txt",
        PlanText.of(
                Planner.latest(graph, environment, List.of("spend.v1"), asOf, History.NONE, false))
            + "\n"
            + PlanText.of(Planner.score(graph, environment, List.of("fraud.v1"), asOf, keys)));
  }

  @Test
  void the_page_about_time_shows_a_plan_as_it_is() throws IOException {
    Graph graph =
        PlanProject.shop(
                folder,
                """
                sources.bills.v1 {
                  table = raw.bills, event-time = paid_at, available-at = loaded_at, delay = 1h
                  time-zone = "America/New_York", tie-break = [loaded_at, payment_id], row-key = [payment_id]
                }
                feature-views.customer_spend.v1 {
                  entity = customer, source = sources.bills.v1, where = "status = 'OK'", ttl = 90d
                  features {
                    last_amount { value = amount }
                    spend { aggregate = "sum(amount)", windows = [1d, 7d] }
                  }
                }
                training-sets.t.v1 { label = labels.fraud.v1, features = [customer_spend.v1] }
                """)
            .graph();
    Plan plan = Planner.build(graph, PlanProject.environment(), List.of(), null);
    String text = PlanText.of(plan);
    String features = text.substring(text.indexOf("  features of"), text.indexOf("  reads"));
    assertThat(Files.readString(Path.of("..", "docs", "time.md"))).contains(features);
  }

  @Test
  void a_plan_without_tasks_says_why() {
    Plan plan =
        Planner.materialize(
            PlanProject.shop(folder, "").graph(),
            PlanProject.environment(),
            List.of(),
            new Interval(Instant.EPOCH, Instant.EPOCH.plusSeconds(1)));
    assertThat(PlanText.of(plan)).isEqualTo("no feature view has `materialize`\n");
  }

  @Test
  void the_outline_says_the_same_as_data() {
    Graph graph =
        PlanProject.shop(
                folder, "training-sets.t.v1 { label = labels.fraud.v1, features = [spend.v1] }")
            .graph();
    Plan plan = Planner.build(graph, PlanProject.environment(), List.of(), null);
    Outline outline = Outline.of(graph, plan.tasks().get(0));
    assertThat(outline.title()).isEqualTo("training-sets.t.v1");
    assertThat(outline.sections())
        .extracting(Outline.Section::heading)
        .containsExactly(
            "rows",
            "label",
            "features of feature-views.spend.v1 for customer_id",
            "reads",
            "writes");
    outline
        .sections()
        .forEach(
            section ->
                section.lines().forEach(line -> assertThat(PlanText.of(plan)).contains(line)));
  }
}
