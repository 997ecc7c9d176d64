package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code search}, {@code list}, {@code show} and {@code lineage}, on the project of {@code init}.
 */
@SparkTest
class DiscoveryTest {
  private final SparkSession spark;

  @TempDir Path folder;

  DiscoveryTest(SparkSession spark) {
    this.spark = spark;
  }

  private Cli tidemark(Path project, String command) {
    return Cli.run(spark, project, command);
  }

  @Test
  void features_are_found_by_words() {
    Path shop = Cli.shop(folder);
    JsonNode found = tidemark(shop, "search spend last week --json").exits(0).json().path("result");
    assertThat(found.findValuesAsText("id"))
        .contains("features.customer_spend.v1.spend_7d", "feature-views.customer_spend.v1");
    assertThat(tidemark(shop, "search quux").exits(0).text()).contains("nothing found");
    assertThat(tidemark(shop, "search spend --limit 0").exits(2).err()).contains("1 or more");
  }

  @Test
  void what_others_registered_is_listed_and_found_with_how_it_stands() {
    Path shop = Cli.shop(folder);
    tidemark(shop, "apply").exits(0);
    tidemark(shop, "build fraud.v1").exits(0);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "feature-views.customer_spend.v1 {",
        "feature-views.daily.v1 = ${feature-views.customer_spend.v1} { materialize { every = 1d, start = \"2024-03-01\" } }\nfeature-views.customer_spend.v1 {");
    tidemark(shop, "materialize daily.v1 --start 2024-03-02 --end 2024-03-04").exits(0);
    tidemark(shop, "deprecate sources.payments.v1 --reason old").exits(0);
    Cli.replace(shop, "definitions/shop.conf", "training-sets.fraud.v1", "training-sets.mine.v1");
    JsonNode all = tidemark(shop, "list --registered --json").exits(0).json().path("result");
    assertThat(all)
        .anySatisfy(each -> standing(each, "training-sets.fraud.v1", "materialized"))
        .anySatisfy(each -> standing(each, "training-sets.mine.v1", "defined"))
        .anySatisfy(each -> standing(each, "sources.payments.v1", "deprecated"))
        .anySatisfy(each -> standing(each, "feature-views.daily.v1", "materialized"))
        .anySatisfy(each -> standing(each, "entities.customer", "registered"));
    assertThat(tidemark(shop, "list feature-views --registered").exits(0).text())
        .contains("materialized, up to 2024-03-04T00:00:00Z");
    assertThat(
            tidemark(shop, "list --status deprecated --json")
                .exits(0)
                .json()
                .path("result")
                .findValuesAsText("id"))
        .containsExactly("sources.payments.v1");
    assertThat(tidemark(shop, "list --status sleeping").exits(2).err())
        .contains("`sleeping` is none of defined, registered");
    assertThat(tidemark(shop, "search fraud --registered").exits(0).text()).contains("fraud.v1");
    assertThat(tidemark(shop, "search fraud").exits(0).text()).doesNotContain("fraud.v1");
  }

  private static void standing(JsonNode each, String id, String status) {
    assertThat(each.path("id").asText()).isEqualTo(id);
    assertThat(each.path("status").asText()).isEqualTo(status);
  }

  @Test
  void a_list_is_filtered() {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "last_amount { value = amount }",
        "last_amount { value = amount, tags = [money], description = \"The last payment\" }");
    assertThat(tidemark(shop, "list features --tag money").exits(0).text())
        .contains("customer_spend.v1.last_amount")
        .contains("The last payment")
        .doesNotContain("spend_7d");
    assertThat(tidemark(shop, "list features --owner nobody").exits(0).text()).startsWith("none");
    assertThat(tidemark(shop, "list feature").exits(2).err()).contains("nearest: features");
  }

  @Test
  void one_resource_is_shown_with_its_values_once_there_are_some() {
    Path shop = Cli.shop(folder);
    assertThat(tidemark(shop, "show fraud.v1").exits(0).text()).contains("status       defined");
    tidemark(shop, "apply --by ada").exits(0);
    tidemark(shop, "build fraud.v1").exits(0);
    Cli shown = tidemark(shop, "show fraud.v1 --json").exits(0);
    JsonNode result = shown.json().path("result");
    assertThat(result.at("/status/state").asText()).isEqualTo("materialized");
    assertThat(result.at("/status/registered_by").asText()).isEqualTo("ada");
    assertThat(result.path("runs")).hasSize(1);
    assertThat(result.at("/runs/0/inputs/0/state").asText()).startsWith("files ");
    assertThat(result.at("/statistics/spend_1d/nulls").asLong()).isEqualTo(3);
    assertThat(result.at("/statistics/spend_7d/histogram/counts")).hasSize(20);
    assertThat(sum(result.at("/statistics/spend_7d/histogram/counts"))).isEqualTo(5);
    assertThat(result.at("/statistics/chargeback/histogram/kind").asText()).isEqualTo("category");
    assertThat(result.path("samples")).hasSize(5);
    assertThat(result.path("how_to_use").asText()).contains("tidemark read fraud.v1");
    assertThat(tidemark(shop, "show fraud.v1 --offline").exits(0).text())
        .doesNotContain("statistics");
  }

  @Test
  void a_feature_is_shown_by_the_name_that_search_tells() {
    Path shop = Cli.shop(folder);
    JsonNode result =
        tidemark(shop, "show features.customer_spend.v1.spend_7d --offline --json")
            .exits(0)
            .json()
            .path("result");
    assertThat(result.path("id").asText()).isEqualTo("features.customer_spend.v1.spend_7d");
    assertThat(result.path("columns").toString()).isEqualTo("[\"spend_7d\"]");
    assertThat(result.path("how_to_use").asText())
        .isEqualTo("features = [customer_spend.v1.spend_7d]");
    assertThat(result.path("time_rules").toString())
        .contains("spend_1d, spend_7d = sum(amount)", "a row is visible if")
        .doesNotContain("last_amount =", "payments_7d =");
    assertThat(tidemark(shop, "show customer_spend.v1.spend_9d --offline").exits(2).err())
        .contains("no feature `spend_9d` in feature-views.customer_spend.v1")
        .contains("nearest: spend_1d, spend_7d");
    assertThat(
            tidemark(shop, "lineage features.customer_spend.v1.last_amount --up").exits(0).text())
        .contains("sources.payments.v1.amount");
  }

  private static long sum(JsonNode counts) {
    long sum = 0;
    for (JsonNode count : counts) {
      sum += count.asLong();
    }
    return sum;
  }

  @Test
  void lineage_leads_from_a_model_to_the_files_it_was_trained_on() {
    Path shop = Cli.shop(folder);
    String manifest =
        tidemark(shop, "build fraud.v1 --json").exits(0).json().path("manifest").asText();
    Cli.write(
        shop,
        "definitions/models.conf",
        "models.scorer.v1 { training-set = training-sets.fraud.v1, manifest = \"%s\" }"
            .formatted(manifest));
    tidemark(shop, "apply").exits(0);
    Cli shown = tidemark(shop, "lineage models.scorer.v1").exits(0);
    assertThat(shown.text())
        .contains("models.scorer.v1\n  └─ training-sets.fraud.v1")
        .contains("was trained on " + manifest)
        .contains("sources.payments.v1: ")
        .contains("payments.csv, ");
    assertThat(
            tidemark(shop, "lineage scorer.v1 --up --json")
                .exits(0)
                .json()
                .at("/result/trained_on/0/inputs"))
        .hasSize(2);
    // What a model says of itself is checked before it is registered.
    Cli.write(
        shop,
        "definitions/models.conf",
        """
        models.scorer.v1 { training-set = training-sets.fraud.v1, manifest = "%s" }
        models.scorer.v2 { training-set = training-sets.fraud.v1, manifest = "nowhere.json" }
        """
            .formatted(manifest));
    assertThat(tidemark(shop, "apply").exits(2).err())
        .contains("models.conf:2")
        .contains("the manifest that models.scorer.v2 names is not there");
  }

  @Test
  void lineage_is_told_by_resources_and_by_columns() {
    Path shop = Cli.shop(folder);
    assertThat(tidemark(shop, "lineage sources.payments.v1 --down").exits(0).text())
        .contains(
            "used by\n  sources.payments.v1\n  └─ feature-views.customer_spend.v1\n     └─ training-sets.fraud.v1")
        .doesNotContain("made of");
    assertThat(tidemark(shop, "lineage customer_spend.v1.spend_7d").exits(0).text())
        .contains("└─ sources.payments.v1.amount")
        .contains("└─ training-sets.fraud.v1.basket_vs_usual");
    JsonNode links =
        tidemark(shop, "lineage fraud.v1 --columns --up --json").exits(0).json().at("/result/up");
    assertThat(links.toString())
        .contains(
            "{\"from\":\"sources.disputes.v1.basket\",\"to\":\"training-sets.fraud.v1.basket\"}");
    assertThat(tidemark(shop, "lineage fraud.v1 --mermaid").exits(0).text())
        .startsWith("flowchart LR")
        .contains(" --> ");
    assertThat(tidemark(shop, "lineage fraud.v9").exits(2).err()).contains("nearest: fraud.v1");
  }
}
