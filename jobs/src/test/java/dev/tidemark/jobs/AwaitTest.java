package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ready} rules: each at T, just before it and just after it, for what it applies to. */
@SparkTest
class AwaitTest {
  private static final String SCHEMA = "schema { t = timestamp, loaded = timestamp }";

  private final SparkSession spark;

  @TempDir Path folder;

  AwaitTest(SparkSession spark) {
    this.spark = spark;
  }

  private Path csv(String more, String... times) {
    Path shop = Cli.shop(folder);
    source(shop, "path = \"data/seen.csv\", format = csv, %s, ".formatted(SCHEMA) + more);
    rows(shop, times);
    return shop;
  }

  private static void source(Path shop, String body) {
    Cli.write(shop, "definitions/seen.conf", "sources.seen.v1 { " + body + " }\n");
  }

  private static void rows(Path shop, String... times) {
    Cli.write(shop, "data/seen.csv", "t,loaded\n" + String.join("\n", times) + "\n");
  }

  private void ready(Path shop, String until) {
    JsonNode json = await(shop, until, 0).json();
    assertThat(json.path("status").asText()).isEqualTo("done");
    assertThat(json.path("result").path("ready").asBoolean()).isTrue();
  }

  /** What the one condition that does not hold says. */
  private String notReady(Path shop, String until) {
    JsonNode json = await(shop, until, 4).json();
    assertThat(json.path("status").asText()).isEqualTo("not_ready");
    JsonNode result = json.path("result").path("sources").path(0);
    assertThat(result.path("ready").asBoolean()).isFalse();
    for (JsonNode condition : result.path("conditions")) {
      if (!condition.path("holds").asBoolean()) {
        return condition.path("name").asText() + ": " + condition.path("found").asText();
      }
    }
    throw new AssertionError(json.toString());
  }

  private Cli await(Path shop, String until, int code) {
    return Cli.run(spark, shop, "await seen.v1 --json --until " + until).exits(code);
  }

  @Test
  void without_a_rule_a_row_must_become_visible_at_or_after_T() {
    Path shop = csv("event-time = t", "2024-03-02T00:00:00Z,2024-03-02T01:00:00Z");
    ready(shop, "2024-03-02");
    assertThat(notReady(shop, "2024-03-02T00:00:00.000001Z"))
        .contains("watermark")
        .contains("reached 2024-03-02T00:00:00Z");
  }

  @Test
  void without_a_rule_delay_and_available_time_count() {
    Path shop = csv("event-time = t, delay = 1h", "2024-03-02T00:00:00Z,2024-03-02T02:00:00Z");
    ready(shop, "2024-03-02T01:00:00Z");
    notReady(shop, "2024-03-02T01:00:00.000001Z");
    source(
        shop,
        "path = \"data/seen.csv\", format = csv, %s, event-time = t, available-at = loaded"
            .formatted(SCHEMA));
    ready(shop, "2024-03-02T02:00:00Z");
    notReady(shop, "2024-03-02T02:00:00.000001Z");
  }

  @Test
  void without_a_rule_what_is_static_must_be_there() throws IOException {
    Path shop = csv("static = true", "2024-03-02T00:00:00Z,2024-03-02T00:00:00Z");
    ready(shop, "2099-01-01");
    Files.delete(shop.resolve("data/seen.csv"));
    assertThat(notReady(shop, "2024-01-01")).contains("exists").contains("data/seen.csv");
  }

  @Test
  void rows_are_counted_from_T_minus_within_to_before_T() {
    Path shop =
        csv(
            "event-time = t, ready { rows { min = 2, within = 1d } }",
            "2024-03-01T00:00:00Z,2024-03-01T00:00:00Z",
            "2024-03-01T23:59:59.999999Z,2024-03-01T00:00:00Z",
            "2024-03-03T00:00:00Z,2024-03-01T00:00:00Z");
    ready(shop, "2024-03-02");
    assertThat(notReady(shop, "2024-03-02T00:00:00.000001Z")).contains("1 rows");
    assertThat(notReady(shop, "2024-03-01T23:59:59.999999Z")).contains("1 rows");
    source(
        shop,
        "path = \"data/seen.csv\", format = csv, %s, event-time = t, ready { rows { min = 3 } }"
            .formatted(SCHEMA));
    ready(shop, "2024-03-03T00:00:00.000001Z");
    notReady(shop, "2024-03-03");
  }

  @Test
  void rows_are_counted_no_further_than_is_asked_for() throws Exception {
    Path shop = Cli.shop(folder);
    spark
        .range(0, 400_000, 1, 4)
        .selectExpr("timestamp_micros(id) AS t")
        .write()
        .parquet(shop.resolve("data/seen").toString());
    String path = "path = \"data/seen\", format = parquet, event-time = t, ";
    source(shop, path + "ready { rows { min = 2000 } }");
    List<Long> read = new ArrayList<>();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd task) {
            synchronized (read) {
              read.add(task.taskMetrics().inputMetrics().recordsRead());
            }
          }
        };
    spark.sparkContext().addSparkListener(listener);
    JsonNode json = await(shop, "2024-03-02", 0).json();
    spark.sparkContext().listenerBus().waitUntilEmpty();
    spark.sparkContext().removeSparkListener(listener);
    assertThat(json.toString()).contains("2,000 rows or more before 2024-03-02T00:00:00Z");
    // A batch of rows or two of each file.
    synchronized (read) {
      assertThat(read.stream().mapToLong(Long::longValue).sum()).isBetween(2_000L, 50_000L);
    }
    // Too few are told as they are, of all partitions together.
    source(shop, path + "ready { rows { min = 400001 } }");
    assertThat(notReady(shop, "2024-03-02"))
        .isEqualTo("rows: 400,000 rows before 2024-03-02T00:00:00Z, at least 400,001");
    source(shop, path + "ready { rows { min = 400000 } }");
    ready(shop, "2024-03-02");
    source(shop, path + "ready { rows { min = 3000000000 } }");
    notReady(shop, "2024-03-02");
  }

  @Test
  void a_watermark_of_any_time_may_be_late() {
    String rows = "2024-03-01T23:00:00Z,2024-03-02T05:00:00Z";
    Path shop = csv("event-time = t, ready { watermark = event-time, late = 1h }", rows);
    ready(shop, "2024-03-02");
    notReady(shop, "2024-03-02T00:00:00.000001Z");
    String path = "path = \"data/seen.csv\", format = csv, %s, ".formatted(SCHEMA);
    source(
        shop, path + "event-time = t, available-at = loaded, ready { watermark = available-at }");
    ready(shop, "2024-03-02T05:00:00Z");
    notReady(shop, "2024-03-02T05:00:00.000001Z");
    source(shop, path + "static = true, ready { watermark = \"date_trunc('HOUR', loaded)\" }");
    ready(shop, "2024-03-02T05:00:00Z");
    notReady(shop, "2024-03-02T05:00:00.000001Z");
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "json", "delta", "iceberg"})
  void rows_and_watermarks_are_told_of_every_format(String format) {
    Path shop = Cli.shop(folder);
    String rule = "event-time = t, ready { rows { min = 1, within = 1h }, watermark = event-time }";
    var rows =
        spark.sql(
            "SELECT explode(array(timestamp'2024-03-01 23:30:00Z', timestamp'2024-03-02 00:00:00Z')) AS t");
    if (format.equals("iceberg")) {
      // The catalog of the project's own environment.
      SparkSession own = session(shop);
      own.sql("CREATE NAMESPACE IF NOT EXISTS tidemark.raw");
      own.sql("CREATE TABLE tidemark.raw.seen (t timestamp) USING iceberg");
      own.sql(
          "INSERT INTO tidemark.raw.seen VALUES (timestamp'2024-03-01 23:30:00Z'), (timestamp'2024-03-02 00:00:00Z')");
      source(shop, "table = tidemark.raw.seen, " + rule);
    } else {
      rows.write().format(format).save(shop.resolve("data/seen").toString());
      String schema = format.equals("json") ? "schema { t = timestamp }, " : "";
      source(shop, "path = \"data/seen\", format = %s, %s%s".formatted(format, schema, rule));
    }
    ready(shop, "2024-03-02");
    assertThat(notReady(shop, "2024-03-02T00:00:00.000001Z")).startsWith("watermark");
    assertThat(notReady(shop, "2024-03-01T23:30:00Z")).startsWith("rows");
  }

  private SparkSession session(Path shop) {
    return dev.tidemark.testkit.ProjectSession.open(
        spark, dev.tidemark.definition.ProjectReader.read(shop, "local").environment(), shop);
  }

  @Test
  void a_partition_is_the_folder_of_the_last_instant_before_T_in_the_sources_zone()
      throws IOException {
    Path shop = Cli.shop(folder);
    String path = "path = \"data/seen\", format = csv, %s, event-time = t, ".formatted(SCHEMA);
    source(shop, path + "ready { partition = \"day={date}\", success-file = \"{date}.ok\" }");
    Files.createDirectories(shop.resolve("data/seen/day=2024-03-01"));
    Cli.write(shop, "data/seen/day=2024-03-01/_SUCCESS", "");
    assertThat(notReady(shop, "2024-03-02")).startsWith("partition: no files in ");
    Cli.write(shop, "data/seen/day=2024-03-01/a.csv", "t,loaded\n");
    assertThat(notReady(shop, "2024-03-02")).startsWith("success-file: no file ").endsWith(".ok");
    Cli.write(shop, "data/seen/2024-03-01.ok", "");
    ready(shop, "2024-03-02");
    ready(shop, "2024-03-01T00:00:00.000001Z");
    notReady(shop, "2024-03-01");
    notReady(shop, "2024-03-02T00:00:00.000001Z");
    source(
        shop,
        path
            + "time-zone = \"America/New_York\", ready { partition = \"day={year}-{month}-{day}\" }");
    ready(shop, "2024-03-02T05:00:00Z");
    notReady(shop, "2024-03-02T05:00:00.000001Z");
    source(shop, path + "ready { partition = \"{year}/{month}/{day}/{hour}\" }");
    Cli.write(shop, "data/seen/2024/03/01/23/a.csv", "t,loaded\n");
    ready(shop, "2024-03-02");
    notReady(shop, "2024-03-01T23:00:00Z");
  }

  @Test
  void of_several_each_is_told_and_all_must_be_ready() {
    Path shop = csv("event-time = t", "2099-03-02T00:00:00Z,2099-03-02T01:00:00Z");
    Cli missing = Cli.run(spark, shop, "await seen.v1 fraud.v1 --until 2099-03-02 --json").exits(4);
    JsonNode sources = missing.json().path("result").path("sources");
    assertThat(sources.findValuesAsText("source")).startsWith("sources.seen.v1");
    assertThat(sources.size()).isGreaterThan(1);
    assertThat(sources.path(0).path("ready").asBoolean()).isTrue();
    assertThat(sources.path(1).path("ready").asBoolean()).isFalse();
    Cli unknown = Cli.run("await", "sene.v1", "--until", "2024-03-02", "--project", "" + shop);
    assertThat(unknown.exits(2).err()).contains("nearest: seen.v1");
  }

  @Test
  void with_a_timeout_it_waits_for_what_appears_meanwhile() throws Exception {
    Path shop = csv("event-time = t", "2024-03-01T00:00:00Z,2024-03-02T01:00:00Z");
    Cli.run(spark, shop, "await seen.v1 --until 2024-03-02 --timeout 1s --poll 1s").exits(4);
    Thread late =
        new Thread(
            () -> {
              try {
                Thread.sleep(1_500);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              rows(shop, "2024-03-02T00:00:00Z,2024-03-02T01:00:00Z");
            });
    late.start();
    Cli waited = Cli.run(spark, shop, "await seen.v1 --until 2024-03-02 --timeout 2m --poll 1s");
    late.join();
    assertThat(waited.exits(0).err()).contains("sources.seen.v1 is not ready");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "table = tidemark.raw.seen",
        "sql = \"SELECT t FROM tidemark.raw.seen\"",
        "sql = \"SELECT t FROM tidemark.raw.seen WHERE t IN (SELECT t FROM tidemark.raw.seen)\"",
        "table = DATABASE.seen",
        "sql = \"SELECT t FROM DATABASE.seen\"",
        "sql = \"SELECT t FROM DATABASE.seen_view\""
      })
  void what_another_process_appends_between_two_looks_is_seen(String location) throws Exception {
    Path shop = Cli.shop(folder);
    String database = "await_" + Integer.toHexString(location.hashCode());
    SparkSession other = session(shop);
    other.sql("CREATE NAMESPACE IF NOT EXISTS tidemark.raw");
    other.sql("CREATE TABLE tidemark.raw.seen (t timestamp) USING iceberg");
    other.sql("CREATE DATABASE %s LOCATION '%s'".formatted(database, folder.resolve("database")));
    other.sql("CREATE TABLE %s.seen (t timestamp) USING parquet".formatted(database));
    other.sql("CREATE VIEW %1$s.seen_view AS SELECT * FROM %1$s.seen".formatted(database));
    source(shop, location.replace("DATABASE", database) + ", event-time = t");
    append(other, database, "2024-03-01 00:00:00Z");
    Thread late =
        new Thread(
            () -> {
              try {
                Thread.sleep(3_000);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              append(other, database, "2024-03-02 00:00:00Z");
            });
    try {
      late.start();
      Cli waited = Cli.run(spark, shop, "await seen.v1 --until 2024-03-02 --timeout 30s --poll 1s");
      late.join();
      assertThat(waited.exits(0).err()).contains("reached 2024-03-01T00:00:00Z");
    } finally {
      other.sql("DROP DATABASE %s CASCADE".formatted(database));
    }
  }

  /** Through catalogs and caches of its own, as another process has them. */
  private static void append(SparkSession other, String database, String time) {
    for (String table : new String[] {"tidemark.raw.seen", database + ".seen"}) {
      other.sql("INSERT INTO %s VALUES (timestamp'%s')".formatted(table, time));
    }
  }

  @Test
  void runs_on_what_is_not_ready_end_before_they_compute_and_what_is_done_stays_done() {
    Path shop = Cli.shop(folder);
    String view =
        """
        feature-views.seen.v1 { entity = customer, source = sources.seen.v1,
          features { n { aggregate = "count(*)", windows = [1d] } }, materialize { every = 1d, start = "2024-03-01" } }
        training-sets.rows.v1 { spine { source = sources.seen.v1, entity = customer }, features = [seen.v1] }
        """;
    String path =
        "path = \"data/seen.csv\", format = csv, schema { customer_id = bigint, t = timestamp }, event-time = t";
    Cli.write(shop, "data/seen.csv", "customer_id,t\n1,2024-03-01T00:00:00Z\n");
    source(shop, path);
    Cli.write(shop, "definitions/view.conf", view);
    String run = "materialize feature-views.seen.v1 --start 2024-03-01 --end 2024-03-03";
    source(shop, path + ", ready { watermark = event-time }");
    Cli early = Cli.run(spark, shop, run).exits(4);
    assertThat(early.err())
        .contains("sources.seen.v1 is not ready for 2024-03-02T00:00:00Z")
        .contains("definitions/seen.conf:1:");
    assertThat(early.json().path("tables")).isEmpty();
    String build = "build rows.v1 --as-of ";
    Cli.run(spark, shop, build + "2024-03-01T00:00:00.000001Z").exits(4);
    Cli.run(spark, shop, build + "2024-03-01").exits(0);
    Cli.run(spark, shop, "build rows.v1").exits(0);
    source(shop, path);
    Cli.run(spark, shop, run).exits(0);
    source(shop, path + ", ready { watermark = event-time }");
    Cli.run(spark, shop, run).exits(0);
  }

  @Test
  void another_rule_is_a_note_to_the_registry_and_no_other_meaning() {
    Path shop = csv("event-time = t", "2024-03-02T00:00:00Z,2024-03-02T01:00:00Z");
    Cli.run(spark, shop, "apply --by me").exits(0);
    source(
        shop,
        "path = \"data/seen.csv\", format = csv, %s, event-time = t, ready { watermark = event-time }"
            .formatted(SCHEMA));
    JsonNode plan = Cli.run(spark, shop, "plan --json").exits(0).json().path("result");
    assertThat(plan.path("changed")).isEmpty();
    assertThat(plan.path("described").path(0).path("id").asText()).isEqualTo("sources.seen.v1");
    assertThat(plan.path("described").toString()).contains("ready.watermark");
  }

  @Test
  void validate_finds_a_watermark_that_is_no_column_or_no_time() {
    Path shop = csv("event-time = t, ready { watermark = loadd }", "2024-03-02,2024-03-02");
    assertThat(Cli.run(spark, shop, "validate").exits(2).err())
        .contains("definitions/seen.conf:1:")
        .contains("loadd")
        .contains("nearest: loaded");
    source(
        shop,
        "path = \"data/seen.csv\", format = csv, %s, event-time = t, ready { watermark = \"1 + 1\" }"
            .formatted(SCHEMA));
    assertThat(Cli.run(spark, shop, "validate").exits(2).err())
        .contains("a time must be a timestamp, date or text");
  }

  @Test
  void rules_that_can_never_be_told_are_refused() {
    Path shop = Cli.shop(folder);
    Cli.write(
        shop,
        "definitions/seen.conf",
        """
        sources.a.v1 { table = raw.seen, event-time = t, ready { partition = "day={date}", success-file = ok } }
        sources.b.v1 { path = x, format = delta, event-time = t, ready { partition = "day={date}" } }
        sources.c.v1 { path = x, format = parquet, event-time = t, ready { partition = latest } }
        sources.d.v1 { path = x, format = parquet, event-time = t, ready { partition = "day={dat}" } }
        sources.e.v1 { path = x, format = parquet, event-time = t, ready { success-file = "/tmp/ok" } }
        sources.f.v1 { path = x, format = parquet, static = true, ready { watermark = event-time } }
        sources.g.v1 { path = x, format = parquet, event-time = t, ready { watermark = available-at } }
        sources.h.v1 { path = x, format = parquet, static = true, ready { rows { min = 1, within = 1d } } }
        sources.i.v1 { path = x, format = parquet, event-time = t, ready { rows { min = 0 } } }
        sources.j.v1 { path = x, format = parquet, event-time = t, ready { late = 1h } }
        sources.k.v1 { path = x, format = parquet, event-time = t, ready { watermrk = t } }
        """);
    Cli refused = Cli.run("validate", "--offline", "--project", shop.toString()).exits(2);
    Golden.check("errors/ready.txt", refused.err().replace(shop.toString(), "shop"));
  }

  @Test
  void the_plan_of_every_interval_awaits_sources_with_a_rule() {
    Path shop = csv("event-time = t, ready { watermark = event-time }");
    Cli.write(
        shop,
        "definitions/set.conf",
        "feature-views.seen.v1 { entity = customer, source = sources.seen.v1, keys { customer_id = t }, features { last { value = t } }, materialize { every = 1d, start = \"2024-03-01\" } }\n");
    JsonNode tasks =
        Cli.run("plan", "seen.v1", "--template", "--json", "--project", shop.toString())
            .exits(0)
            .json()
            .path("result")
            .path("tasks");
    assertThat(tasks.findValuesAsText("id"))
        .containsExactly("await/sources.seen.v1", "materialize/seen.v1");
    assertThat(tasks.path(0).path("argv").toString())
        .startsWith("[\"await\",\"sources.seen.v1\",\"--until\",\"{{end}}\"");
    assertThat(tasks.path(1).path("depends_on").toString())
        .isEqualTo("[\"await/sources.seen.v1\"]");
    String shown = Cli.run("show", "sources.seen.v1", "--offline", "--project", "" + shop).out();
    assertThat(shown).contains("ready");
  }
}
