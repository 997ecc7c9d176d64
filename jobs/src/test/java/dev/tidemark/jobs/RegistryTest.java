package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code apply}, and {@code plan} against the registry, on the project that {@code init} writes.
 */
@SparkTest
class RegistryTest {
  private final SparkSession spark;

  @TempDir Path folder;

  RegistryTest(SparkSession spark) {
    this.spark = spark;
  }

  private Cli tidemark(Path project, String command) {
    return Cli.run(spark, project, command);
  }

  private Path shop(String format) {
    return Cli.shop(folder, format);
  }

  @ParameterizedTest
  @ValueSource(strings = {"iceberg", "delta"})
  void definitions_are_registered_once(String format) {
    Path shop = shop(format);
    Cli plan = tidemark(shop, "plan").exits(0);
    Golden.check("registry-new.txt", plan.text());
    Cli first = tidemark(shop, "apply --by ada --json").exits(0);
    assertThat(first.json().at("/result/added"))
        .extracting(JsonNode::asText)
        .contains(
            "entities.customer",
            "features.customer_spend.v1.spend_7d",
            "feature-views.customer_spend.v1",
            "labels.chargeback.v1",
            "providers.lake",
            "sources.payments.v1",
            "training-sets.fraud.v1");
    assertThat(first.json().at("/result/snapshot").asText()).isNotEmpty();
    Cli again = tidemark(shop, "apply").exits(0);
    assertThat(again.text()).contains("nothing to apply");
    assertThat(again.json().path("status").asText()).isEqualTo("done");
    assertThat(tidemark(shop, "plan --json").exits(0).json().at("/result/same").asInt())
        .isEqualTo(first.json().at("/result/added").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"iceberg", "delta"})
  void a_changed_variant_is_refused_and_nothing_of_it_is_registered(String format) {
    Path shop = shop(format);
    tidemark(shop, "apply").exits(0);
    Cli.replace(shop, "definitions/shop.conf", "sum(amount)", "max( amount ) -- greatest");
    Cli.replace(shop, "definitions/shop.conf", "owner = you", "owner = me");
    Cli plan = tidemark(shop, "plan --json").exits(2);
    JsonNode changed = plan.json().at("/result/changed");
    JsonNode view =
        changed.findParents("id").stream()
            .filter(each -> each.path("id").asText().equals("feature-views.customer_spend.v1"))
            .findFirst()
            .orElseThrow();
    assertThat(view.at("/fields/0/path").asText()).isEqualTo("features.spend.aggregate");
    assertThat(view.path("fields")).hasSize(1);
    assertThat(view.path("free_variant").asText()).isEqualTo("v2");
    assertThat(view.path("touches").toString()).contains("training-sets.fraud.v1");
    Cli refused = tidemark(shop, "apply").exits(2);
    Golden.check("registry-refused.txt", refused.err());
    assertThat(refused.json().path("status").asText()).isEqualTo("refused");
    // Nor is what may change.
    assertThat(tidemark(shop, "plan --json").exits(2).json().at("/result/described")).isNotEmpty();
    Cli.replace(shop, "definitions/shop.conf", "max( amount ) -- greatest", "sum( amount )");
    Cli described = tidemark(shop, "apply").exits(0);
    Golden.check(
        "registry-described.txt",
        described.text().replaceAll("registered in \\S+", "registered in REGISTRY"));
  }

  @Test
  void layout_and_order_are_no_change() {
    Path shop = shop("iceberg");
    tidemark(shop, "apply").exits(0);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "spend { aggregate = \"sum(amount)\", windows = [1d, 7d] }",
        "spend { windows = [7d,\n 1d], aggregate = \"sum( amount )\" }");
    assertThat(tidemark(shop, "apply").exits(0).text()).contains("nothing to apply");
  }

  @Test
  void several_projects_share_a_registry_and_see_what_their_changes_touch() {
    Path shop = shop("iceberg");
    tidemark(shop, "apply").exits(0);
    // Another project of the same registry, that defines the sources alone.
    String sources =
        """
        entities.customer { keys { customer_id = bigint } }
        """;
    Cli.write(shop, "definitions/shop.conf", sources);
    Cli plan = tidemark(shop, "plan --json").exits(0);
    assertThat(plan.json().at("/result/absent").toString())
        .contains("feature-views.customer_spend.v1", "training-sets.fraud.v1");
    Cli.write(
        shop,
        "definitions/shop.conf",
        sources
            + """
            sources.disputes.v1 { table = a.b, event-time = t }
            """);
    Cli changed = tidemark(shop, "plan --json").exits(2);
    assertThat(changed.json().at("/result/changed/0/touches").toString())
        .contains("labels.chargeback.v1", "training-sets.fraud.v1");
  }

  @Test
  void what_is_not_in_the_project_any_more_stays_registered() {
    Path shop = shop("iceberg");
    tidemark(shop, "apply").exits(0);
    Cli.replace(shop, "definitions/shop.conf", "training-sets.fraud.v1", "training-sets.fraud.v2");
    Cli plan = tidemark(shop, "plan").exits(0);
    assertThat(plan.text()).contains("not here   training-sets.fraud.v1");
    tidemark(shop, "apply").exits(0);
    Cli.replace(shop, "definitions/shop.conf", "training-sets.fraud.v2", "training-sets.fraud.v1");
    Cli back = tidemark(shop, "plan --json").exits(0);
    assertThat(back.json().at("/result/added")).isEmpty();
    assertThat(back.json().at("/result/absent/0").asText()).isEqualTo("training-sets.fraud.v2");
  }
}
