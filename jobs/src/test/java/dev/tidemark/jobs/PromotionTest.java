package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one environment has written is taken into another, as long as it is the same. */
@SparkTest
class PromotionTest {
  private final SparkSession spark;

  @TempDir Path folder;

  PromotionTest(SparkSession spark) {
    this.spark = spark;
  }

  private Cli tidemark(Path project, String command) {
    return Cli.run(spark, project, command);
  }

  private Path shop(String format) {
    Path shop = Cli.shop(folder);
    String lake =
        format.equals("delta")
            ? "format = delta, warehouse = \".tidemark/delta\""
            : "format = iceberg, catalog = promoted, warehouse = \".tidemark/warehouse\"";
    // A warehouse of its own in the one, and a database in the other.
    String dev =
        lake.replace("catalog = promoted", "catalog = promoted_dev")
            .replace("/warehouse\"", "/dev\"");
    Cli.write(shop, "env/dev.conf", "providers { lake { %s, database = dev } }".formatted(dev));
    Cli.write(shop, "env/prod.conf", "providers { lake { %s, database = prod } }".formatted(lake));
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "  description = \"What a customer paid lately\"",
        "  materialize { every = 1d, start = \"2024-03-01\" }\n  description = \"What a customer paid lately\"");
    return shop;
  }

  @ParameterizedTest
  @ValueSource(strings = {"iceberg", "delta"})
  void a_training_set_is_taken_if_definition_and_inputs_are_the_same(String format) {
    Path shop = shop(format);
    Cli dev = tidemark(shop, "build fraud.v1 --env dev").exits(0);
    Cli prod = tidemark(shop, "build fraud.v1 --env prod --from dev").exits(0);
    JsonNode task = prod.json().at("/tasks/0");
    assertThat(task.path("promoted").asLong()).isEqualTo(6);
    assertThat(prod.text()).contains("6 of them as they are in the other environment");
    assertThat(rows(shop, "fraud.v1", "prod")).isEqualTo(rows(shop, "fraud.v1", "dev"));
    // The proof that it is what would have been computed.
    tidemark(shop, "rebuild " + prod.json().path("manifest").asText() + " --env prod").exits(0);
    assertThat(dev.json().path("manifest").asText())
        .isNotEqualTo(prod.json().path("manifest").asText());
    // Other inputs, and then another definition: it is computed.
    Cli.replace(
        shop,
        "data/payments.csv",
        "\n1,1,",
        "\n99,1,2024-03-09T10:00:00Z,2024-03-09T10:05:00Z,7.00,OK\n1,1,");
    assertThat(computed(tidemark(shop, "build fraud.v1 --env prod --from dev"))).isTrue();
    tidemark(shop, "build fraud.v1 --env dev").exits(0);
    assertThat(computed(tidemark(shop, "build fraud.v1 --env prod --from dev"))).isFalse();
    Cli.replace(shop, "definitions/shop.conf", "sum(amount)", "max(amount)");
    assertThat(computed(tidemark(shop, "build fraud.v1 --env prod --from dev"))).isTrue();
  }

  /** All rows, in an order of their own. */
  private List<String> rows(Path shop, String name, String environment) {
    return tidemark(shop, "read %s --format csv --limit 0 --env %s".formatted(name, environment))
        .exits(0)
        .text()
        .lines()
        .sorted()
        .toList();
  }

  private static boolean computed(Cli build) {
    return build.exits(0).json().at("/tasks/0/promoted").isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"iceberg", "delta"})
  void intervals_are_taken_one_by_one(String format) {
    Path shop = shop(format);
    tidemark(shop, "materialize customer_spend.v1 --start 2024-03-03 --end 2024-03-06 --env dev")
        .exits(0);
    Cli prod =
        tidemark(
                shop,
                "materialize customer_spend.v1 --start 2024-03-02 --end 2024-03-08 --env prod --from dev")
            .exits(0);
    JsonNode tasks = prod.json().path("tasks");
    long promoted = 0;
    long rows = 0;
    for (JsonNode task : tasks) {
      promoted += task.path("promoted").asLong();
      rows += task.path("rows").asLong();
    }
    assertThat(promoted).isPositive().isLessThan(rows);
    tidemark(shop, "materialize customer_spend.v1 --start 2024-03-02 --end 2024-03-08 --env dev")
        .exits(0);
    assertThat(rows(shop, "customer_spend.v1", "prod"))
        .isEqualTo(rows(shop, "customer_spend.v1", "dev"));
    // What is taken is done: nothing is left to do.
    assertThat(
            tidemark(
                    shop,
                    "materialize customer_spend.v1 --start 2024-03-02 --end 2024-03-08 --env prod")
                .exits(0)
                .json()
                .path("tasks"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"iceberg"})
  void environments_must_not_mean_different_things_by_one_name(String format) {
    Path shop = shop(format);
    Cli.write(
        shop,
        "env/dev.conf",
        "providers { lake { format = iceberg, catalog = promoted, warehouse = \"elsewhere\" } }");
    assertThat(tidemark(shop, "build fraud.v1 --env prod --from dev").exits(2).err())
        .contains("env/prod.conf and env/dev.conf differ in catalog.promoted.warehouse");
    assertThat(tidemark(shop, "build fraud.v1 --env prod --from prod").exits(2).err())
        .contains("--from is another environment");
  }
}
