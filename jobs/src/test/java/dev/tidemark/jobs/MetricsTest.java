package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the last line and the log say of the cost of tasks, and {@code show} of past runs. */
@SparkTest
class MetricsTest {
  private final SparkSession spark;

  @TempDir Path folder;

  MetricsTest(SparkSession spark) {
    this.spark = spark;
  }

  private Path shop() {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-03-01\" }");
    return shop;
  }

  private static double sum(JsonNode numbers) {
    double sum = 0;
    for (JsonNode number : numbers) {
      sum += number.asDouble();
    }
    return sum;
  }

  @Test
  void a_build_tells_its_cost_in_the_last_line_the_log_and_show() {
    Path shop = shop();
    Cli build = Cli.run(spark, shop, "build fraud.v1 --log-format json").exits(0);
    JsonNode task = build.json().at("/tasks/0");
    JsonNode metrics = task.path("metrics");
    List<String> sources = metrics.path("sources").findValuesAsText("source");
    assertThat(sources).contains("sources.payments.v1", "sources.disputes.v1");
    long payments =
        metrics
            .path("sources")
            .get(sources.indexOf("sources.payments.v1"))
            .path("rows_read")
            .asLong();
    // A CSV file is read whole, by the join and by each look at its first rows before.
    assertThat(payments).isPositive().satisfies(rows -> assertThat(rows % 8).isZero());
    assertThat(metrics.at("/views/0/rows_read").asLong())
        .isPositive()
        .isLessThanOrEqualTo(payments)
        .satisfies(rows -> assertThat(rows % 8).isZero());
    assertThat(metrics.path("bytes_read").asLong()).isPositive();
    assertThat(metrics.path("rows_written").asLong()).isEqualTo(task.path("rows").asLong());
    assertThat(metrics.path("bytes_written").asLong()).isPositive();
    assertThat(sum(metrics.path("phases")))
        .isPositive()
        .isLessThanOrEqualTo(task.path("seconds").asDouble());
    assertThat(metrics.at("/views/0/views/0").asText())
        .isEqualTo("feature-views.customer_spend.v1");
    assertThat(metrics.path("longest_stages")).isNotEmpty();
    assertThat(metrics.path("complete").asBoolean()).isTrue();

    List<JsonNode> log = build.err().lines().map(Cli::parse).toList();
    assertThat(log).allMatch(line -> line.path("command").asText().equals("build"));
    List<JsonNode> ofTask =
        log.stream().filter(line -> line.path("task").asText().equals("build/fraud.v1")).toList();
    assertThat(ofTask)
        .extracting(line -> line.path("phase").asText())
        .contains("plan", "count", "compute", "commit");
    assertThat(ofTask.stream().map(line -> line.path("run_id").asText()).distinct()).hasSize(1);
    JsonNode done =
        log.stream()
            .filter(line -> line.path("event").asText().equals("task"))
            .findFirst()
            .orElseThrow();
    assertThat(done.path("rows").asLong()).isEqualTo(6);
    assertThat(done.path("rows_read").asLong()).isEqualTo(metrics.path("rows_read").asLong());
    assertThat(log.get(log.size() - 1).path("event").asText()).isEqualTo("end");

    Cli show = Cli.run(spark, shop, "show fraud.v1 --json").exits(0);
    JsonNode cost = show.json().at("/result/runs/0/cost");
    assertThat(cost.path("rows_read").asLong()).isEqualTo(metrics.path("rows_read").asLong());
    assertThat(cost.path("bytes_written").asLong())
        .isEqualTo(metrics.path("bytes_written").asLong());
    assertThat(cost.path("seconds").asDouble())
        .isPositive()
        .isLessThanOrEqualTo(task.path("seconds").asDouble());
    assertThat(Cli.run(spark, shop, "show fraud.v1").exits(0).text())
        .contains("s, of %,d rows read".formatted(metrics.path("rows_read").asLong()));
  }

  @Test
  void tasks_at_once_tell_their_own_cost_and_log_under_their_own_ids() {
    Path shop = shop();
    Cli done =
        Cli.run(
                spark,
                shop,
                "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-09 --parallel 2 --log-format json")
            .exits(0);
    JsonNode tasks = done.json().path("tasks");
    assertThat(tasks).hasSize(2);
    List<String> ids = new ArrayList<>();
    for (JsonNode task : tasks) {
      ids.add(task.path("id").asText());
      JsonNode metrics = task.path("metrics");
      assertThat(metrics.path("rows_written").asLong()).isEqualTo(task.path("rows").asLong());
      assertThat(metrics.path("rows_read").asLong() % 8).isZero();
      assertThat(metrics.at("/views/0/rows_read").asLong()).isPositive();
      assertThat(metrics.path("views")).hasSize(1);
    }
    List<JsonNode> log = done.err().lines().map(Cli::parse).toList();
    for (String id : ids) {
      List<JsonNode> own =
          log.stream().filter(line -> line.path("task").asText().equals(id)).toList();
      assertThat(own)
          .extracting(line -> line.path("phase").asText())
          .contains("plan", "compute", "commit");
      assertThat(own)
          .filteredOn(line -> line.path("event").asText().equals("progress"))
          .allMatch(line -> line.path("view").asText().equals("customer_spend.v1"))
          .allMatch(line -> id.contains(line.path("interval_start").asText()));
    }
  }

  @Test
  void a_task_that_failed_has_metrics_too() {
    Path shop = shop();
    Cli.write(shop, "data/payments.csv", "payment_id,buyer_id\nx,y\n");
    Cli failed = Cli.run(spark, shop, "build fraud.v1 --log-format json");
    assertThat(failed.code()).isNotZero();
    for (JsonNode task : failed.json().path("tasks")) {
      assertThat(task.path("metrics").path("seconds").asDouble()).isPositive();
    }
    List<JsonNode> log = failed.err().lines().map(Cli::parse).toList();
    assertThat(log).extracting(line -> line.path("event").asText()).contains("error", "end");
  }
}
