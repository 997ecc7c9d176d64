package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs} writes: the data that {@code site/README.md} fixes. */
@SparkTest
class SiteTest {
  private final SparkSession spark;

  @TempDir Path folder;

  SiteTest(SparkSession spark) {
    this.spark = spark;
  }

  private static JsonNode index(Path site) throws IOException {
    String script = Files.readString(site.resolve("data/index.js"));
    assertThat(script).startsWith("tidemark.index(").endsWith(")\n");
    return Cli.parse(script.substring("tidemark.index(".length(), script.length() - 2));
  }

  private static JsonNode detail(Path site, String id) throws IOException {
    for (JsonNode resource : index(site).path("resources")) {
      if (resource.path("id").asText().equals(id)) {
        String script = Files.readString(site.resolve(resource.path("detail").asText()));
        String call = "tidemark.detail(\"%s\", ".formatted(id);
        assertThat(script).startsWith(call).endsWith(")\n");
        return Cli.parse(script.substring(call.length(), script.length() - 2));
      }
    }
    throw new AssertionError("no " + id);
  }

  @Test
  void a_site_of_the_definitions_alone_needs_no_spark() throws IOException {
    Path shop = Cli.shop(folder);
    Path site = folder.resolve("site");
    Cli.run("docs", "--offline", "--project", shop.toString(), "--out", site.toString()).exits(0);
    assertThat(site.resolve("index.html")).exists();
    assertThat(index(site).path("resources")).hasSize(6);
    assertThat(index(site).path("uses")).hasSize(6);
    JsonNode view = detail(site, "feature-views.customer_spend.v1");
    assertThat(view.path("definition").asText()).contains("# spend_1d and spend_7d");
    assertThat(view.path("time_rules").toString())
        .contains("a row is visible if its event time <= T and its available time <= T");
    assertThat(view.at("/status/state").asText()).isEqualTo("defined");
    assertThat(view.path("used_by").toString()).isEqualTo("[\"training-sets.fraud.v1\"]");
    assertThat(
            Cli.run("docs", "--offline", "--project", shop.toString(), "--out", shop.toString())
                .exits(2)
                .err())
        .contains("is not empty, and no site");
  }

  @Test
  void a_site_has_what_the_tables_the_registry_and_the_history_tell() throws IOException {
    Path shop = Cli.shop(folder);
    Path site = folder.resolve("site");
    Cli.run(spark, shop, "apply --by ada").exits(0);
    Cli.run(spark, shop, "build fraud.v1").exits(0);
    Cli.run(spark, shop, "docs --out " + site).exits(0);
    JsonNode set = detail(site, "training-sets.fraud.v1");
    assertThat(set.at("/status/state").asText()).isEqualTo("materialized");
    assertThat(set.at("/status/registered_by").asText()).isEqualTo("ada");
    assertThat(set.at("/runs/0/manifest").asText()).startsWith("file:");
    assertThat(set.at("/tables/0/snapshot").asText()).isNotEmpty();
    assertThat(set.path("samples").path("rows")).hasSize(5);
    JsonNode spend = set.path("columns").get(6);
    assertThat(spend.path("name").asText()).isEqualTo("spend_7d");
    assertThat(spend.path("type").asText()).isEqualTo("decimal(22,2)");
    assertThat(spend.path("from").toString())
        .isEqualTo("[\"feature-views.customer_spend.v1.spend_7d\"]");
    assertThat(spend.at("/statistics/histogram/counts")).hasSize(20);
    assertThat(index(site).path("as_of").asText())
        .isEqualTo(set.at("/runs/0/committed_at").asText());
    // The same again, without what only tables tell; what is gone from the project is registered.
    Cli.replace(shop, "definitions/shop.conf", "training-sets.fraud.v1", "training-sets.fraud.v2");
    Cli.run(spark, shop, "docs --no-values --out " + site).exits(0);
    assertThat(index(site).path("resources")).hasSize(7);
    assertThat(detail(site, "training-sets.fraud.v1").path("samples").isNull()).isTrue();
    assertThat(detail(site, "training-sets.fraud.v1").path("definition").asText())
        .contains("\"label\"");
    assertThat(detail(site, "training-sets.fraud.v2").at("/status/state").asText())
        .isEqualTo("defined");
  }
}
