package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each thing that can be wrong with a project or its data: the exit code says whether another try
 * is worth it, the error says what to do, and no table is left half written.
 */
@SparkTest
class BadInputTest {
  private static final String SHOP = "definitions/shop.conf";

  private final SparkSession spark;

  @TempDir Path folder;

  BadInputTest(SparkSession spark) {
    this.spark = spark;
  }

  /** Breaks the project, builds, and compares what is said with a golden file. */
  private void refuses(String name, int code, Consumer<Path> breaking) throws IOException {
    Path shop = Cli.shop(folder);
    breaking.accept(shop);
    Cli build = Cli.run(spark, "build", "fraud.v1", "--project", shop.toString()).exits(code);
    String said =
        build
            .err()
            .lines()
            .filter(line -> !line.startsWith("tidemark: "))
            .reduce("", (all, line) -> all + line + "\n")
            .replace(shop.toRealPath().toString(), "SHOP")
            .replace(shop.toString(), "SHOP");
    Golden.check("errors/" + name + ".txt", said);
    assertThat(build.json().path("exit_code").asInt()).isEqualTo(code);
    assertThat(build.json().path("tables")).isEmpty();
    assertThat(build.err()).doesNotContain("\tat ");
    // Nothing is there to be read, nor will the next build trip over what is left.
    Cli.run(spark, "read", "fraud.v1", "--project", shop.toString()).exits(4);
  }

  @Test
  void a_table_that_is_missing_is_not_ready() throws IOException {
    refuses(
        "missing-table",
        4,
        shop ->
            Cli.replace(
                shop,
                SHOP,
                """
                  path = "data/disputes.csv"
                  format = csv
                  schema {
                    customer_id = bigint
                    checked_out_at = timestamp
                    basket = "decimal(12,2)"
                    is_fraud = boolean
                  }
                """,
                "  table = tidemark.raw.disputes\n"));
  }

  @Test
  void a_file_that_is_missing_is_not_ready() throws IOException {
    refuses(
        "missing-file", 4, shop -> Cli.replace(shop, SHOP, "data/payments.csv", "data/paid.csv"));
  }

  @Test
  void a_spine_without_rows_is_not_ready() throws IOException {
    refuses(
        "empty-spine",
        4,
        shop ->
            Cli.write(shop, "data/disputes.csv", "customer_id,checked_out_at,basket,is_fraud\n"));
  }

  @Test
  void a_file_that_can_not_be_read_is_not_ready() throws IOException {
    refuses(
        "unreadable-file",
        4,
        shop -> {
          Cli.replace(
              shop,
              SHOP,
              """
                path = "data/payments.csv"
                format = csv
                schema {
                  payment_id = bigint
                  buyer_id = bigint
                  paid_at = timestamp
                  loaded_at = timestamp
                  amount = "decimal(12,2)"
                  status = string
                }
              """,
              "  path = \"data/payments.parquet\"\n  format = parquet\n");
          Cli.write(shop, "data/payments.parquet", "this is no Parquet");
        });
  }

  @Test
  void a_column_that_is_not_there_is_refused_with_the_nearest() throws IOException {
    refuses("missing-column", 2, shop -> Cli.replace(shop, SHOP, "sum(amount)", "sum(amuont)"));
  }

  @Test
  void a_key_of_another_type_is_refused() throws IOException {
    refuses(
        "wrong-type", 2, shop -> Cli.replace(shop, SHOP, "buyer_id = bigint", "buyer_id = date"));
  }

  @Test
  void a_time_that_can_not_be_parsed_is_refused() throws IOException {
    refuses(
        "unparsable-time",
        2,
        shop -> Cli.replace(shop, "data/payments.csv", "2024-03-05T12:20:00Z", "last Tuesday"));
  }

  @Test
  void a_spine_row_without_a_time_is_refused_and_counted() throws IOException {
    refuses(
        "null-time",
        2,
        shop -> Cli.replace(shop, "data/disputes.csv", "3,2024-03-07T06:00:00Z", "3,"));
  }

  @Test
  void a_warehouse_that_can_not_be_written_fails() throws IOException {
    refuses(
        "unwritable-warehouse",
        1,
        shop -> {
          Cli.write(shop, "occupied", "");
          Cli.replace(shop, "env/local.conf", ".tidemark/warehouse", "occupied/warehouse");
        });
  }

  @Test
  void a_failure_after_another_build_leaves_its_rows() {
    Path shop = Cli.shop(folder);
    Cli.run(spark, "build", "fraud.v1", "--project", shop.toString()).exits(0);
    Cli.replace(shop, "data/disputes.csv", "3,2024-03-07T06:00:00Z", "3,");
    Cli.run(spark, "build", "fraud.v1", "--project", shop.toString()).exits(2);
    Cli read = Cli.run(spark, "read", "fraud.v1", "--project", shop.toString()).exits(0);
    assertThat(read.json().path("rows").asLong()).isEqualTo(6);
  }

  @Test
  void a_stack_trace_is_shown_with_debug_only() {
    Path shop = Cli.shop(folder);
    Cli.write(shop, "occupied", "");
    Cli.replace(shop, "env/local.conf", ".tidemark/warehouse", "occupied/warehouse");
    Cli quiet = Cli.run(spark, "build", "fraud.v1", "--project", shop.toString()).exits(1);
    assertThat(quiet.err()).doesNotContain("\tat ").contains("--debug");
    Cli loud =
        Cli.run(spark, "build", "fraud.v1", "--debug", "--project", shop.toString()).exits(1);
    assertThat(loud.err()).contains("\tat dev.tidemark.");
  }

  @Test
  void a_project_without_training_sets_has_nothing_to_build() throws IOException {
    Path project = Files.createDirectory(folder.resolve("small"));
    Cli.write(project, "definitions/a.conf", "entities.a { keys { id = bigint } }\n");
    Cli build = Cli.run("build", "--all", "--project", project.toString()).exits(0);
    assertThat(build.text()).contains("no training set");
  }
}
