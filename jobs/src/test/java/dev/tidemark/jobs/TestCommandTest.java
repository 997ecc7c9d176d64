package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

/** {@code test}: what people and CI servers are told of tests of definitions. */
@SparkTest
class TestCommandTest {
  private static final String GIVEN =
      """
      given = [{ buyer_id = 1, paid_at = "2024-03-01T00:00:00Z", loaded_at = "2024-03-01T01:00:00Z", payment_id = 1, amount = 5.00, status = OK }]
      """;

  private final SparkSession spark;

  @TempDir Path folder;

  TestCommandTest(SparkSession spark) {
    this.spark = spark;
  }

  private Path shop(String tests) {
    Path shop = Cli.shop(folder);
    Cli.write(shop, "definitions/tests.conf", tests);
    return shop;
  }

  private static String test(String name, String expected) {
    return """
        tests."%s" {
          of = feature-views.customer_spend.v1
          %s
          expect = [{ customer_id = 1, as-of = "2024-03-02T00:00:00Z", %s }]
        }
        """
        .formatted(name, GIVEN.strip(), expected);
  }

  private Cli tidemark(Path shop, String command) {
    return Cli.run(spark, shop, command);
  }

  @Test
  void what_differs_is_shown_as_a_table() throws Exception {
    Path shop =
        shop(
            test("right", "spend_7d = 5")
                + test("wrong", "spend_1d = null, spend_7d = 6.5")
                + test("wrong <&> \\\" too", "spend_7d = null"));
    Path junit = folder.resolve("out/junit.xml");
    Cli failed = tidemark(shop, "test --junit " + junit).exits(3);
    Golden.check(
        "test-failures.txt",
        failed.out().lines().filter(l -> !l.startsWith("{")).reduce("", (a, b) -> a + b + "\n"));
    assertThat(failed.err())
        .contains("the test `wrong` failed: 1 row differs")
        .contains("definitions/tests.conf:6:7");
    JsonNode json = failed.json();
    assertThat(json.path("status").asText()).isEqualTo("gate_failed");

    Element suites =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(junit.toFile())
            .getDocumentElement();
    assertThat(suites.getAttribute("tests")).isEqualTo("3");
    assertThat(suites.getAttribute("failures")).isEqualTo("2");
    assertThat(suites.getAttribute("errors")).isEqualTo("0");
    Element third = (Element) suites.getElementsByTagName("testcase").item(2);
    assertThat(third.getAttribute("name")).isEqualTo("wrong <&> \" too");
    assertThat(third.getElementsByTagName("failure").item(0).getTextContent()).contains("expected");
  }

  @Test
  void tests_are_chosen_by_what_they_are_of_and_by_a_part_of_their_name() {
    Path shop = shop(test("right", "spend_7d = 5") + test("wrong", "spend_7d = 6"));
    JsonNode only = tidemark(shop, "test --only righ --json").exits(0).json().path("result");
    assertThat(only.path("passed").asInt()).isEqualTo(1);
    assertThat(only.path("tests").path(0).path("name").asText()).isEqualTo("right");
    JsonNode both = tidemark(shop, "test customer_spend.v1 --json").exits(3).json().path("result");
    assertThat(both.path("failed").asInt()).isEqualTo(1);
    JsonNode difference = both.path("tests").path(1).path("differences").path(0);
    assertThat(difference.path("kind").asText()).isEqualTo("different");
    assertThat(difference.path("columns").path(0).asText()).isEqualTo("spend_7d");
    assertThat(difference.path("expected").path("spend_7d").asDouble()).isEqualTo(6.0);
    assertThat(difference.path("actual").path("spend_7d").asDouble()).isEqualTo(5.0);
    JsonNode other = tidemark(shop, "test fraud.v1 --json").exits(0).json().path("result");
    assertThat(other.path("tests")).isEmpty();
    Cli unknown = tidemark(shop, "test spent.v1").exits(2);
    assertThat(unknown.err()).contains("no resource `spent.v1`");
  }

  @Test
  void what_cannot_be_run_is_an_error_and_the_others_run() {
    Path shop = shop(test("right", "spend_7d = 5") + test("wrong", "spend_8d = 6"));
    Cli failed = tidemark(shop, "test").exits(2);
    assertThat(failed.out()).contains("ok    right").contains("ERROR wrong");
    assertThat(failed.out()).contains("1 of 2 tests passed, 1 could not be run");
    assertThat(failed.err())
        .contains("no column `spend_8d` in feature-views.customer_spend.v1")
        .contains("definitions/tests.conf:9:");
  }

  @Test
  void nothing_is_written() throws Exception {
    Path shop = shop(test("right", "spend_7d = 5"));
    tidemark(shop, "test").exits(0);
    assertThat(Files.exists(shop.resolve(".tidemark/warehouse"))).isFalse();
    assertThat(Files.exists(shop.resolve(".tidemark/delta"))).isFalse();
  }
}
