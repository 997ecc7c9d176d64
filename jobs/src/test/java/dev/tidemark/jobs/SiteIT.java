package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A site that {@code docs} wrote, every page of it, in a real browser. */
@SparkTest
class SiteIT {
  private final SparkSession spark;

  @TempDir Path folder;

  SiteIT(SparkSession spark) {
    this.spark = spark;
  }

  @Test
  void every_page_opens_from_disk_without_a_complaint() {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "  description = \"What a customer paid lately\"",
        "  materialize { every = 1d, start = \"2024-03-01\" }\n  description = \"<img src=x onerror=alert(1)> What a customer paid lately\"");
    Cli.run(spark, shop, "apply --by ada").exits(0);
    Cli.run(spark, shop, "build fraud.v1").exits(0);
    Cli.run(spark, shop, "materialize customer_spend.v1 --start 2024-03-02 --end 2024-03-08")
        .exits(0);
    Cli.run(spark, shop, "deprecate sources.payments.v1 --reason <b>old</b>").exits(0);
    Cli.replace(shop, "definitions/shop.conf", "training-sets.fraud.v1", "training-sets.fraud.v2");
    Path site = folder.resolve("site");
    Cli.run(spark, shop, "docs --out " + site).exits(0);
    Subprocess visit =
        Subprocess.run(
            Subprocess.root().resolve("site"),
            Map.of(),
            List.of("node", "test/visit.mjs", site.toString()));
    assertThat(visit.exits(0).out()).matches("visited [4-9][0-9] pages\n");
  }
}
