package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands say and do where rows don't pass their gates. */
@SparkTest
class GatesCommandTest {
  private static final String FEATURES = "features = [customer_spend.v1]";

  private final SparkSession spark;

  @TempDir Path folder;

  GatesCommandTest(SparkSession spark) {
    this.spark = spark;
  }

  private Cli tidemark(Path project, String command) {
    return Cli.run(spark, project, command);
  }

  @ParameterizedTest
  @ValueSource(strings = {"iceberg", "delta"})
  void a_build_that_does_not_pass_ends_with_3_and_tells_all(String format) throws IOException {
    Path shop = Cli.shop(folder, format);
    tidemark(shop, "build fraud.v1 --head 0").exits(0);
    String before = tidemark(shop, "read fraud.v1 --format csv").exits(0).text();
    Cli.replace(
        shop,
        "definitions/shop.conf",
        FEATURES,
        FEATURES + "\n  gates { rows { min = 1000 }, basket { max = 1 }, spend_7d { min = 0 } }");

    assertThat(tidemark(shop, "plan fraud.v1").exits(0).text())
        .contains(
            "must pass before the commit",
            "rows.min: at least 1000 rows",
            "basket.max: no value above 1");
    assertThat(tidemark(shop, "show fraud.v1 --offline").exits(0).text())
        .contains("gates", "rows.min: at least 1000 rows");

    Cli build = tidemark(shop, "build fraud.v1 --head 0").exits(3);

    assertThat(build.err())
        .contains(
            "training-sets.fraud.v1 does not pass `rows.min`: asked was at least 1000 rows; found was 6 rows",
            "training-sets.fraud.v1 does not pass `basket.max`",
            "such as customer_id = ",
            "shop.conf:",
            "no table was changed",
            "_manifests/training-sets/fraud.v1/")
        .doesNotContain("spend_7d.min");
    JsonNode json = build.json();
    assertThat(json.path("status").asText()).isEqualTo("gate_failed");
    JsonNode checks = json.at("/tasks/0/checks");
    assertThat(checks.findValuesAsText("name"))
        .containsExactly(
            "no_null_time",
            "row_count",
            "inputs_unchanged",
            "gates.rows.min",
            "gates.basket.max",
            "gates.spend_7d.min");
    assertThat(checks.findValuesAsText("verdict"))
        .containsExactly("passed", "passed", "passed", "failed", "failed", "passed");
    assertThat(tidemark(shop, "read fraud.v1 --format csv").exits(0).text()).isEqualTo(before);
    assertThat(tidemark(shop, "show fraud.v1").exits(0).text())
        .contains("6 rows  refused by gates");
    assertThat(tidemark(shop, "audit").exits(0).text()).contains("failed");

    List<JsonNode> events = events(shop);
    JsonNode failed = events.get(events.size() - 1);
    assertThat(failed.path("eventType").asText()).isEqualTo("FAIL");
    JsonNode tests = failed.at("/run/facets/test/tests");
    assertThat(tests.findValuesAsText("status"))
        .containsExactly("pass", "pass", "pass", "fail", "fail", "pass");
    assertThat(tests.get(3).path("type").asText()).isEqualTo("min");
    assertThat(tests.get(3).path("expected").asText()).isEqualTo("at least 1000 rows");
    assertThat(tests.get(3).path("actual").asText()).isEqualTo("6 rows");
    JsonNode assertions = failed.findPath("dataQualityAssertions").path("assertions");
    assertThat(assertions.findValuesAsText("name"))
        .as("those of the spine")
        .containsExactly("no_null_time", "row_count", "gates.rows.min", "gates.basket.max");
    assertThat(assertions.get(3).path("column").asText()).isEqualTo("basket");
    assertThat(assertions.get(3).path("success").asBoolean()).isFalse();

    Cli.replace(shop, "definitions/shop.conf", "min = 1000", "min = 6");
    Cli.replace(
        shop, "definitions/shop.conf", "basket { max = 1 }", "basket { max = 1, severity = warn }");
    Cli mended = tidemark(shop, "build fraud.v1 --head 0").exits(0);
    assertThat(mended.err()).contains("does not pass `basket.max`", "severity is `warn`");
    assertThat(mended.json().at("/tasks/0/checks/3/verdict").asText()).isEqualTo("passed");
    JsonNode complete = events(shop).get(events(shop).size() - 1);
    assertThat(complete.path("eventType").asText()).isEqualTo("COMPLETE");
    assertThat(complete.at("/run/facets/test/tests/4/severity").asText()).isEqualTo("warn");
  }

  @Test
  void registered_definitions_may_change_their_gates() {
    Path shop = Cli.shop(folder, "iceberg");
    tidemark(shop, "apply").exits(0);
    Cli.replace(
        shop, "definitions/shop.conf", FEATURES, FEATURES + "\n  gates { rows { min = 1 } }");
    assertThat(tidemark(shop, "plan").exits(0).text()).contains("gates.rows.min");
    tidemark(shop, "apply").exits(0);
    tidemark(shop, "build fraud.v1 --head 0").exits(0);
  }

  @Test
  void validate_tells_of_names_and_types() {
    Path shop = Cli.shop(folder, "iceberg");
    Cli.replace(
        shop,
        "definitions/shop.conf",
        FEATURES,
        FEATURES + "\n  gates { spend_7 { min = 0 }, chargeback { min = 0 } }");
    assertThat(tidemark(shop, "validate").exits(2).err())
        .contains("no column `spend_7` in training-sets.fraud.v1", "nearest: spend_7d");
    Cli.replace(shop, "definitions/shop.conf", "spend_7 { min", "spend_7d { min");
    assertThat(tidemark(shop, "validate").exits(2).err()).contains("can't be asked of");
  }

  /** By time. */
  private static List<JsonNode> events(Path shop) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(shop.resolve(".tidemark"))) {
      files = all.filter(file -> file.toString().endsWith(".jsonl")).toList();
    }
    List<JsonNode> events = new ArrayList<>();
    for (Path file : files) {
      for (String line : Files.readAllLines(file)) {
        JsonNode event = Cli.parse(line);
        FacetSchemas.check(event);
        events.add(event);
      }
    }
    events.sort(java.util.Comparator.comparing(event -> event.path("eventTime").asText()));
    return events;
  }
}
