package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that run Spark, on the project that {@code init} writes. */
@SparkTest
class EndToEndTest {
  private final SparkSession spark;

  @TempDir Path folder;

  EndToEndTest(SparkSession spark) {
    this.spark = spark;
  }

  private Cli tidemark(Path project, String command) {
    return Cli.run(spark, project, command);
  }

  @Test
  void a_training_set_is_built_written_and_read_back() {
    Path shop = Cli.shop(folder);
    Cli build = tidemark(shop, "build fraud.v1").exits(0);
    Golden.check("build.txt", anonymous(build.text()));
    JsonNode json = build.json();
    assertThat(json.path("status").asText()).isEqualTo("done");
    assertThat(json.path("rows").asLong()).isEqualTo(6);
    assertThat(json.path("tables")).hasSize(1);
    JsonNode table = json.path("tables").path(0);
    assertThat(table.path("name").asText()).isEqualTo("tidemark.features.fraud_v1");
    assertThat(table.path("format").asText()).isEqualTo("iceberg");
    assertThat(table.path("snapshot").asText()).matches("\\d+");
    assertThat(json.path("tasks").path(0).path("id").asText()).isEqualTo("build/fraud.v1");

    Cli read = tidemark(shop, "read fraud.v1 --limit 3 --format csv").exits(0);
    Golden.check("read.csv", read.text());
    assertThat(read.json().path("rows").asLong()).isEqualTo(3);
  }

  @Test
  void event_times_in_a_wrong_unit_are_warned_of_though_another_source_cannot_be_read() {
    Path shop = Cli.shop(folder);
    Cli.write(
        shop,
        "definitions/units.conf",
        """
        sources.broken.v1 { path = "data/broken.csv", format = csv, schema { t = bigint }, event-time = "timestamp_seconds(t)" }
        sources.millis.v1 { path = "data/millis.csv", format = csv, schema { t = bigint }, event-time = "timestamp_seconds(t)" }
        sources.right.v1 { path = "data/right.csv", format = csv, schema { t = bigint }, event-time = "timestamp_seconds(t)" }
        """);
    Cli.write(shop, "data/broken.csv", "t\nyesterday\n");
    Cli.write(shop, "data/millis.csv", "t\n1709251200\n1709251200000\n");
    Cli.write(shop, "data/right.csv", "t\n1709251200\n");
    JsonNode warnings = tidemark(shop, "validate").exits(0).json().path("warnings");
    assertThat(warnings).hasSize(1);
    assertThat(warnings.path(0).asText())
        .contains("event times of sources.millis.v1 look like another unit")
        .contains("milliseconds read as seconds? use timestamp_millis(...)");
  }

  @Test
  void both_formats_are_written_where_the_environment_says_so() {
    Path shop = Cli.shop(folder);
    Cli.write(
        shop,
        "env/local.conf",
        """
        providers {
          lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = features }
          delta { format = delta, warehouse = ".tidemark/delta", database = features }
        }
        """);
    Cli build = tidemark(shop, "build --all --head 0").exits(0);
    assertThat(build.json().path("tables").findValuesAsText("format"))
        .containsExactly("iceberg", "delta");
    assertThat(shop.resolve(".tidemark/delta/features/fraud_v1/_delta_log")).isDirectory();
    assertThat(build.text()).doesNotContain("customer_id  ");
  }

  @Test
  void with_json_the_first_rows_are_in_the_result() {
    Path shop = Cli.shop(folder);
    Cli build = tidemark(shop, "build fraud.v1 --head 2 --json").exits(0);
    assertThat(build.out().lines()).hasSize(1);
    JsonNode rows = build.json().path("result").path(0).path("first_rows");
    assertThat(rows).hasSize(2);
    assertThat(rows.path(0).path("event_time").asText()).isEqualTo("2024-03-03T08:00:00Z");
  }

  @Test
  void all_rows_go_to_a_file_in_each_format() throws IOException {
    Path shop = Cli.shop(folder);
    tidemark(shop, "build fraud.v1 --head 0").exits(0);
    for (String format : new String[] {"csv", "json", "table"}) {
      Path file = folder.resolve("out/fraud." + format);
      Cli read =
          tidemark(shop, "read fraud.v1 --limit 0 --format " + format + " --out " + file).exits(0);
      assertThat(read.json().path("rows").asLong()).isEqualTo(6);
      assertThat(Files.readAllLines(file)).hasSizeGreaterThanOrEqualTo(6);
      assertThat(read.text()).isEqualTo("6 rows to " + file);
    }
    Cli json = tidemark(shop, "read fraud.v1 --json --limit 2").exits(0);
    assertThat(json.json().path("result")).hasSize(2);
  }

  @Test
  void a_view_is_materialized_at_its_ticks() {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-03-01\" }");
    Cli done =
        tidemark(shop, "materialize customer_spend.v1 --start 2024-03-03 --end 2024-03-06")
            .exits(0);
    assertThat(done.json().path("tasks").path(0).path("id").asText())
        .isEqualTo("materialize/customer_spend.v1/2024-03-03T00:00:00Z/2024-03-06T00:00:00Z");
    Cli read = tidemark(shop, "read customer_spend.v1 --format csv").exits(0);
    Golden.check("read-view.csv", read.text());
    Cli again =
        tidemark(shop, "materialize customer_spend.v1 --start 2024-03-03 --end 2024-03-06")
            .exits(0);
    assertThat(again.text()).contains("all 3 in").contains("nothing to do");
    Cli more =
        tidemark(
                shop,
                "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-08 --parallel 2 --json")
            .exits(0);
    assertThat(more.json().path("tasks").findValuesAsText("committed")).containsExactly("2", "2");
    Cli forced =
        tidemark(shop, "plan customer_spend.v1 --start 2024-03-01 --end 2024-03-09 --json")
            .exits(0);
    assertThat(forced.json().at("/result/tasks/0/intervals"))
        .extracting(interval -> interval.path("start").asText() + interval.path("reason").asText())
        .containsExactly("2024-03-08T00:00:00Zmissing");
    assertThat(forced.json().at("/result/tasks/0/reads/0/source").asText())
        .isEqualTo("sources.payments.v1");
    assertThat(forced.json().at("/result/tasks/0/reads_total/files").asLong()).isEqualTo(1);
    assertThat(forced.json().at("/result/tasks/0/reads_total/bytes").asLong())
        .isEqualTo(shop.resolve("data/payments.csv").toFile().length());
    assertThat(forced.json().at("/result/tasks/0/reads_total/rows").isNull()).isTrue();
    assertThat(forced.json().at("/result/text").asText()).contains("reads at most, by estimate");
    tidemark(
            shop,
            "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-08 --force --stale")
        .exits(2);
    Cli nothing =
        tidemark(shop, "materialize --all --start 2024-03-03T01:00:00Z --end 2024-03-03T02:00:00Z")
            .exits(0);
    assertThat(nothing.text()).contains("no tick");
    assertThat(nothing.json().path("rows").isNull()).isTrue();
  }

  @Test
  void keys_are_scored_with_the_features_of_the_training_set() {
    Path shop = Cli.shop(folder);
    tidemark(shop, "build fraud.v1 --scoring").exits(2);
    assertThat(tidemark(shop, "build fraud.v1 --scoring --keys keys.csv").exits(2).err())
        .contains("--scoring needs --as-of");
    assertThat(tidemark(shop, "build fraud.v1 --keys keys.csv").exits(2).err())
        .contains("--keys is for --scoring");
    assertThat(
            tidemark(shop, "build fraud.v1 --scoring --as-of 2024-03-10 --keys keys.txt")
                .exits(2)
                .err())
        .contains("end in .csv");
    Cli.write(folder, "keys.csv", "customer_id,basket\n1,30\n1,30\n99,2.50\n,1\n");
    String scoring = " fraud.v1 --scoring --as-of 2024-03-10 --keys " + folder.resolve("keys.csv");
    Cli plan = tidemark(shop, "plan" + scoring + " --json").exits(0);
    assertThat(plan.json().at("/result/tasks/0/as_of").asText()).isEqualTo("2024-03-10T00:00:00Z");
    Cli first = tidemark(shop, "build" + scoring).exits(0);
    Golden.check("scoring.txt", anonymous(first.text()).replaceAll("file:\\S+keys", "FOLDER/keys"));
    assertThat(first.json().path("rows").asLong()).isEqualTo(4);
    assertThat(first.json().at("/tables/0/name").asText())
        .isEqualTo("tidemark.features.fraud_v1__scoring");
    Cli again = tidemark(shop, "build" + scoring + " --head 0").exits(0);
    assertThat(again.text()).contains("nothing to do");
    assertThat(again.json().at("/tasks/0/whole/up_to_date").asBoolean()).isTrue();
    assertThat(again.json().path("tables")).isEmpty();
    assertThat(
            tidemark(shop, "read fraud.v1 --scoring --json").exits(0).json().path("rows").asLong())
        .isEqualTo(4);
    tidemark(shop, "read fraud.v1 --latest").exits(2);
    tidemark(shop, "read fraud.v1").exits(4);
    tidemark(shop, "rebuild " + first.json().path("manifest").asText()).exits(0);
  }

  @Test
  void newest_values_are_written_and_kept() {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-03-01\" }");
    assertThat(tidemark(shop, "materialize customer_spend.v1 --latest").exits(2).err())
        .contains("give --as-of TIME");
    tidemark(shop, "materialize --all --latest --start 2024-03-01").exits(2);
    tidemark(shop, "materialize --all --as-of 2024-03-01").exits(2);
    Cli first =
        tidemark(shop, "materialize customer_spend.v1 --latest --as-of 2024-03-04").exits(0);
    assertThat(first.text()).contains("all computed: the table is new");
    Cli second = tidemark(shop, "materialize --all --latest --as-of 2024-03-05").exits(0);
    Golden.check("latest.txt", anonymous(second.text()));
    assertThat(second.json().at("/tasks/0/whole/kept").asLong()).isPositive();
    Cli read = tidemark(shop, "read customer_spend.v1 --latest --format csv").exits(0);
    Golden.check("read-latest.csv", read.text());
    assertThat(tidemark(shop, "materialize --all --latest --as-of 2024-03-05").exits(0).text())
        .contains("nothing to do");
    Cli plan = tidemark(shop, "plan --all --latest --as-of 2024-03-05 --json").exits(0);
    assertThat(plan.json().at("/result/tasks/0/writes/0").asText())
        .isEqualTo("tidemark.features.customer_spend_v1__latest");
    tidemark(shop, "rebuild " + second.json().path("manifest").asText()).exits(0);
  }

  @Test
  void what_was_built_is_built_again_from_its_manifest() {
    Path shop = Cli.shop(folder);
    Cli build = tidemark(shop, "build fraud.v1 --head 0").exits(0);
    String manifest = build.json().path("manifest").asText();
    assertThat(build.json().at("/tasks/0/manifest").asText()).isEqualTo(manifest);
    Cli again = tidemark(shop, "rebuild " + manifest + " --json").exits(0);
    assertThat(again.json().at("/result/equal").asBoolean()).isTrue();
    assertThat(again.json().at("/result/written").asBoolean()).isFalse();
    assertThat(again.json().path("rows").asLong()).isEqualTo(6);
    assertThat(again.json().path("tables")).isEmpty();
    // The definitions have moved on, the manifest has not.
    Cli.replace(shop, "definitions/shop.conf", "sum(amount)", "max(amount)");
    Cli written = tidemark(shop, "rebuild " + manifest + " --write").exits(0);
    assertThat(written.text()).contains("6 rows, the same as then").contains("written to");
    assertThat(written.json().path("tables")).hasSize(1);
    assertThat(written.json().path("manifest").asText()).isNotEqualTo(manifest);
    tidemark(shop, "rebuild nowhere.json").exits(2);
    Cli.write(shop, "data/payments.csv", "gone");
    Cli changed = tidemark(shop, "rebuild " + manifest).exits(4);
    assertThat(changed.err()).contains("1 files are not what they were").contains("payments.csv");
  }

  @Test
  void upkeep_merges_files_and_keeps_what_manifests_name() {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-03-01\" }");
    tidemark(shop, "maintain customer_spend.v1").exits(4);
    tidemark(shop, "maintain nothing.v1").exits(2);
    tidemark(shop, "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-08").exits(0);
    tidemark(shop, "build fraud.v1 --head 0").exits(0);
    tidemark(shop, "build fraud.v1 --head 0").exits(0);
    Cli look = tidemark(shop, "maintain --all --as-of now --older-than 0s --dry-run").exits(0);
    assertThat(look.text()).contains("would merge 6 into 1").contains("nothing was changed");
    Cli done = tidemark(shop, "maintain --all --as-of now --older-than 0s --json").exits(0);
    JsonNode tables = done.json().at("/result/tables");
    assertThat(tables.findValuesAsText("resource"))
        .contains("training-sets.fraud.v1", "feature-views.customer_spend.v1", "tidemark.runs");
    for (JsonNode table : tables) {
      boolean view = table.path("table").asText().endsWith("customer_spend_v1");
      boolean build = table.path("resource").asText().equals("training-sets.fraud.v1");
      if (view) {
        assertThat(table.path("merged").asLong()).isEqualTo(6);
        assertThat(table.path("written").asLong()).isEqualTo(1);
        assertThat(table.path("expired").asLong()).isPositive();
      }
      // Both builds have a manifest each; the newer is what is read.
      assertThat(table.path("pinned")).hasSize(build ? 1 : 0);
    }
    Cli again = tidemark(shop, "maintain --all --as-of now --older-than 0s").exits(0);
    assertThat(again.text())
        .contains("1 old snapshot that manifests name")
        .doesNotContain("merged");
    Cli read = tidemark(shop, "read customer_spend.v1 --limit 0 --json").exits(0);
    assertThat(read.json().path("rows").asLong()).isPositive();
    Cli plan =
        tidemark(shop, "plan customer_spend.v1 --start 2024-03-01 --end 2024-03-08 --json")
            .exits(0);
    assertThat(plan.json().at("/result/tasks")).isEmpty();
  }

  @Test
  void a_training_set_reads_what_was_materialized() {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  use-materialized = true\n"
            + "  materialize { every = 1d, start = \"2024-03-01\" }");
    String materialize =
        "materialize customer_spend.v1 --start 2024-03-01T00:00:00Z --end 2024-03-%sT00:00:00Z";
    assertThat(tidemark(shop, "plan fraud.v1").exits(0).text())
        .contains("read from its offline table tidemark.features.customer_spend_v1, not computed");
    Cli none = tidemark(shop, "build fraud.v1").exits(4);
    assertThat(none.err())
        .contains("has no offline table yet")
        .contains("tidemark materialize customer_spend.v1 --start 2024-03-01T00:00:00Z --end TIME");
    tidemark(shop, materialize.formatted("08")).exits(0);
    Cli some = tidemark(shop, "build fraud.v1").exits(4);
    assertThat(some.json().path("status").asText()).isEqualTo("not_ready");
    assertThat(some.err())
        .contains("of the 8 intervals of feature-views.customer_spend.v1", "3 are missing")
        .contains(
            "tidemark materialize customer_spend.v1 --start 2024-03-08T00:00:00Z --end 2024-03-11T00:00:00Z");
    tidemark(shop, materialize.formatted("11")).exits(0);
    Cli all = tidemark(shop, "build fraud.v1").exits(0);
    Golden.check("build-materialized.txt", anonymous(all.text()));
    tidemark(shop, "rebuild " + all.json().path("manifest").asText()).exits(0);
  }

  @Test
  void validate_checks_against_the_sources() {
    Path shop = Cli.shop(folder);
    Cli valid = tidemark(shop, "validate").exits(0);
    assertThat(valid.text()).contains("all is well");
    assertThat(shop.resolve(".tidemark/warehouse")).doesNotExist();
  }

  @Test
  void what_was_never_built_is_not_ready() {
    Path shop = Cli.shop(folder);
    Cli read = tidemark(shop, "read fraud.v1").exits(4);
    assertThat(read.err()).contains("no table").contains("build or materialize it first");
    assertThat(read.json().path("status").asText()).isEqualTo("not_ready");
    tidemark(shop, "read payments.v1").exits(2);
  }

  /** Snapshot ids are drawn at random; the definition's hash is in the golden plan. */
  private static String anonymous(String text) {
    return text.replaceAll("snapshot \\d+", "snapshot N")
        .replaceAll("manifest file:\\S+/_manifests/(\\S+)/\\S+", "manifest .../$1/RUN.json")
        .replaceAll("definition [0-9a-f]{12}", "definition H");
  }
}
