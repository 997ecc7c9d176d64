package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lineage events of real commands, on the project that {@code init} writes. */
@SparkTest
class OpenLineageTest {
  private static final String WITH_TICKS =
      "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-03-01\" }";

  private final SparkSession spark;

  @TempDir Path folder;

  OpenLineageTest(SparkSession spark) {
    this.spark = spark;
  }

  private Cli tidemark(Path project, String command) {
    return Cli.run(spark, project, command);
  }

  private static void environment(Path shop, String lineage) {
    Cli.write(
        shop,
        "env/local.conf",
        """
        providers { lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = features } }
        %s
        """
            .formatted(lineage));
  }

  /**
   * All events in the files of a folder, by run and then as written; each is held against facts.
   */
  private static List<JsonNode> events(Path files) {
    if (!Files.exists(files)) {
      return List.of();
    }
    List<JsonNode> events = new ArrayList<>();
    try (Stream<Path> found = Files.walk(files)) {
      for (Path file :
          found
              .filter(Files::isRegularFile)
              .sorted(Comparator.comparing(Path::toString))
              .toList()) {
        assertThat(file.toString()).matches(".*/\\d{4}-\\d\\d-\\d\\d/[0-9a-f-]{36}[.]jsonl");
        for (String line : Files.readAllLines(file)) {
          JsonNode event = Cli.parse(line);
          assertThat(file.toString()).contains(event.at("/run/runId").asText());
          FacetSchemas.check(event);
          events.add(event);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return events;
  }

  private static List<JsonNode> eventsOf(Path shop) {
    return events(shop.resolve(".tidemark/warehouse/_lineage"));
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.path("eventType").asText()).toList();
  }

  private static JsonNode named(JsonNode list, String key, String name) {
    return StreamSupport.stream(list.spliterator(), false)
        .filter(each -> each.path(key).asText().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " in " + list.toPrettyString()));
  }

  /**
   * What a column is made of: {@code dataset.column TYPE/SUBTYPE...}, each dataset by file name.
   */
  private static List<String> origins(JsonNode output, String column) {
    List<String> found = new ArrayList<>();
    for (JsonNode field :
        output.at("/facets/columnLineage/fields").path(column).path("inputFields")) {
      String name = field.path("name").asText();
      List<String> ways = new ArrayList<>();
      for (JsonNode way : field.path("transformations")) {
        ways.add(way.path("type").asText() + "/" + way.path("subtype").asText("?"));
      }
      found.add(
          "%s.%s %s"
              .formatted(
                  name.substring(name.lastIndexOf('/') + 1),
                  field.path("field").asText(),
                  String.join(" ", ways)));
    }
    return found;
  }

  @Test
  void a_build_tells_what_it_read_and_wrote() {
    Path shop = Cli.shop(folder);
    Cli build = tidemark(shop, "build fraud.v1 --head 0 --as-of 2024-03-20").exits(0);
    List<JsonNode> events = eventsOf(shop);
    assertThat(types(events)).containsExactly("START", "COMPLETE");
    assertThat(build.err()).doesNotContain("warning", "lineage");

    JsonNode start = events.get(0);
    assertThat(start.at("/job/namespace").asText()).isEqualTo("tidemark");
    assertThat(start.at("/job/name").asText()).isEqualTo("shop.local.build.fraud.v1");
    String payments = shop.resolve("data/payments.csv").toString();
    String disputes = shop.resolve("data/disputes.csv").toString();
    assertThat(start.path("inputs").findValuesAsText("namespace")).containsOnly("file");
    assertThat(
            named(start.path("inputs"), "name", payments)
                .at("/facets/ownership/owners/0/name")
                .asText())
        .isEqualTo("you");
    assertThat(start.at("/outputs/0/facets/columnLineage").isMissingNode()).isTrue();
    assertThat(start.at("/run/facets/parent").isMissingNode()).isTrue();

    JsonNode done = events.get(1);
    assertThat(done.at("/run/runId")).isEqualTo(start.at("/run/runId"));
    assertThat(done.path("eventTime").asText()).isGreaterThan(start.path("eventTime").asText());
    assertThat(done.at("/run/facets/processing_engine/version").asText())
        .isEqualTo(spark.version());
    assertThat(done.at("/run/facets/nominalTime/nominalStartTime").asText())
        .isEqualTo("2024-03-20T00:00:00Z");
    JsonNode tags = done.at("/run/facets/tags/tags");
    assertThat(named(tags, "key", "manifest").path("value").asText())
        .isEqualTo(build.json().path("manifest").asText());
    assertThat(named(tags, "key", "environment").path("value").asText()).isEqualTo("local");
    assertThat(done.at("/run/facets/test/tests").findValuesAsText("name"))
        .containsExactly("no_null_time", "row_count", "inputs_unchanged");
    assertThat(done.at("/run/facets/test/tests").findValuesAsText("status")).containsOnly("pass");

    JsonNode job = done.at("/job/facets");
    assertThat(job.at("/ownership/owners/0/name").asText()).isEqualTo("you");
    assertThat(job.at("/documentation/description").asText())
        .isEqualTo("Checkouts with what was known of the customer");
    assertThat(job.at("/jobType/integration").asText()).isEqualTo("TIDEMARK");
    assertThat(Cli.parse(job.at("/sourceCode/sourceCode").asText()).path("training-sets"))
        .isNotEmpty();

    JsonNode read = named(done.path("inputs"), "name", payments);
    assertThat(read.at("/facets/version/datasetVersion").asText()).matches("[0-9a-f]{64}");
    assertThat(read.at("/facets/schema/fields").findValuesAsText("name"))
        .containsExactly("payment_id", "buyer_id", "paid_at", "loaded_at", "amount", "status");
    assertThat(read.at("/facets/schema/fields").findValuesAsText("type"))
        .containsExactly("bigint", "bigint", "timestamp", "timestamp", "decimal(12,2)", "string");
    assertThat(read.at("/facets/storage/fileFormat").asText()).isEqualTo("csv");
    assertThat(read.at("/inputFacets/inputStatistics/fileCount").asLong()).isEqualTo(1);
    assertThat(read.at("/inputFacets/inputStatistics/size").asLong())
        .isEqualTo(shop.resolve("data/payments.csv").toFile().length());
    assertThat(read.at("/inputFacets/dataQualityAssertions/assertions").findValuesAsText("name"))
        .containsExactly("inputs_unchanged");
    JsonNode spine = named(done.path("inputs"), "name", disputes);
    assertThat(spine.at("/inputFacets/dataQualityAssertions/assertions").findValuesAsText("name"))
        .containsExactly("no_null_time", "row_count", "inputs_unchanged");
    assertThat(
            named(spine.at("/inputFacets/dataQualityAssertions/assertions"), "name", "row_count")
                .path("description")
                .asText())
        .isEqualTo("6 rows, as many as the spine has");

    assertThat(done.path("outputs")).hasSize(1);
    JsonNode written = done.at("/outputs/0");
    assertThat(written.path("name").asText())
        .isEqualTo(shop.resolve(".tidemark/warehouse/features/fraud_v1").toString());
    assertThat(written.path("name")).isEqualTo(start.at("/outputs/0/name"));
    assertThat(written.at("/facets/symlinks/identifiers/0/name").asText())
        .isEqualTo("features.fraud_v1");
    assertThat(written.at("/facets/symlinks/identifiers/0/namespace").asText())
        .isEqualTo("file:" + shop.resolve(".tidemark/warehouse"));
    assertThat(written.at("/facets/version/datasetVersion").asText())
        .isEqualTo(build.json().at("/tables/0/snapshot").asText());
    assertThat(written.at("/facets/lifecycleStateChange/lifecycleStateChange").asText())
        .isEqualTo("OVERWRITE");
    assertThat(written.at("/facets/storage/storageLayer").asText()).isEqualTo("iceberg");
    assertThat(written.at("/outputFacets/outputStatistics/rowCount").asLong()).isEqualTo(6);
    assertThat(written.at("/outputFacets/outputStatistics/size").asLong())
        .isPositive()
        .isEqualTo(build.json().at("/tasks/0/metrics/bytes_written").asLong());
    assertThat(named(written.at("/facets/schema/fields"), "name", "spend_7d").path("type").asText())
        .isEqualTo("decimal(22,2)");

    assertThat(origins(written, "customer_id"))
        .containsExactly("disputes.csv.customer_id DIRECT/IDENTITY");
    assertThat(origins(written, "event_time"))
        .containsExactly("disputes.csv.checked_out_at DIRECT/IDENTITY");
    assertThat(origins(written, "basket")).containsExactly("disputes.csv.basket DIRECT/IDENTITY");
    assertThat(origins(written, "chargeback"))
        .containsExactly(
            "disputes.csv.checked_out_at INDIRECT/FILTER", "disputes.csv.is_fraud DIRECT/IDENTITY");
    assertThat(origins(written, "spend_7d"))
        .containsExactly(
            "disputes.csv.customer_id INDIRECT/JOIN",
            "payments.csv.amount DIRECT/AGGREGATION",
            "payments.csv.buyer_id INDIRECT/JOIN",
            "payments.csv.loaded_at INDIRECT/WINDOW",
            "payments.csv.paid_at INDIRECT/WINDOW",
            "payments.csv.payment_id INDIRECT/WINDOW",
            "payments.csv.status INDIRECT/FILTER");
    assertThat(origins(written, "last_amount"))
        .contains("payments.csv.amount DIRECT/IDENTITY", "payments.csv.paid_at INDIRECT/SORT");
    assertThat(origins(written, "basket_vs_usual"))
        .contains(
            "disputes.csv.basket DIRECT/TRANSFORMATION", "payments.csv.amount DIRECT/AGGREGATION");
  }

  @Test
  void intervals_are_runs_of_one_job_under_one_command() {
    Path shop = Cli.shop(folder);
    Cli.replace(shop, "definitions/shop.conf", "where = \"status = 'OK'\"", WITH_TICKS);
    tidemark(shop, "materialize customer_spend.v1 --start 2024-03-03 --end 2024-03-05").exits(0);
    List<JsonNode> one = eventsOf(shop);
    assertThat(types(one)).containsExactly("START", "COMPLETE");
    assertThat(one.get(1).at("/run/facets/nominalTime/nominalStartTime").asText())
        .isEqualTo("2024-03-03T00:00:00Z");
    assertThat(one.get(1).at("/run/facets/nominalTime/nominalEndTime").asText())
        .isEqualTo("2024-03-05T00:00:00Z");
    assertThat(one.get(1).at("/outputs/0/facets/lifecycleStateChange").isMissingNode()).isTrue();
    assertThat(origins(one.get(1).at("/outputs/0"), "spend_7d"))
        .contains("payments.csv.amount DIRECT/AGGREGATION", "payments.csv.buyer_id INDIRECT/JOIN");
    tidemark(shop, "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-08 --parallel 2")
        .exits(0);
    List<JsonNode> all = new ArrayList<>(eventsOf(shop));
    all.removeAll(one);
    assertThat(types(all))
        .containsExactlyInAnyOrder("START", "COMPLETE", "START", "COMPLETE", "START", "COMPLETE");
  }

  @Test
  void several_tasks_have_the_command_as_parent() {
    Path shop = Cli.shop(folder);
    Cli.replace(shop, "definitions/shop.conf", "where = \"status = 'OK'\"", WITH_TICKS);
    tidemark(shop, "materialize customer_spend.v1 --start 2024-03-03 --end 2024-03-05").exits(0);
    int before = eventsOf(shop).size();
    Map<String, String> variables =
        Map.of(
            "OPENLINEAGE_PARENT_ID", "flows/dag.task/018df74f-8400-7d17-9f0a-adfec67b04b6",
            "OPENLINEAGE_ROOT_PARENT_ID", "flows/dag/018df74f-8400-7055-a406-d3dcdfafb995",
            "OPENLINEAGE_NAMESPACE", "risk");
    Cli.run(
            spark,
            shop,
            variables,
            "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-08 --parallel 2")
        .exits(0);
    List<JsonNode> events = eventsOf(shop).subList(before, before + 6);
    JsonNode command =
        events.stream()
            .filter(event -> event.at("/job/name").asText().equals("shop.local.materialize"))
            .findFirst()
            .orElseThrow();
    assertThat(command.at("/run/facets/parent/job/name").asText()).isEqualTo("dag.task");
    List<JsonNode> tasks =
        events.stream()
            .filter(
                event ->
                    event
                        .at("/job/name")
                        .asText()
                        .equals("shop.local.materialize.customer_spend.v1"))
            .toList();
    assertThat(types(tasks)).containsExactly("START", "COMPLETE", "START", "COMPLETE");
    for (JsonNode task : tasks) {
      assertThat(task.at("/job/namespace").asText()).isEqualTo("risk");
      assertThat(task.at("/run/facets/parent/run/runId")).isEqualTo(command.at("/run/runId"));
      assertThat(task.at("/run/facets/parent/job/name").asText())
          .isEqualTo("shop.local.materialize");
      assertThat(task.at("/run/facets/parent/root/run/runId").asText())
          .isEqualTo("018df74f-8400-7055-a406-d3dcdfafb995");
      assertThat(task.at("/run/facets/parent/root/job/name").asText()).isEqualTo("dag");
    }
  }

  @Test
  void a_task_of_airflow_is_the_parent_of_a_single_task() {
    Path shop = Cli.shop(folder);
    Cli.run(
            spark,
            shop,
            Map.of(
                "AIRFLOW_CTX_DAG_ID", "shop",
                "AIRFLOW_CTX_TASK_ID", "build",
                "AIRFLOW_CTX_LOGICAL_DATE", "2024-03-01T00:00:00+00:00",
                "AIRFLOW_CTX_TRY_NUMBER", "1"),
            "build fraud.v1 --head 0")
        .exits(0);
    for (JsonNode event : eventsOf(shop)) {
      JsonNode parent = event.at("/run/facets/parent");
      assertThat(parent.at("/run/runId").asText())
          .isEqualTo("018df74f-8400-7d17-9f0a-adfec67b04b6");
      assertThat(parent.at("/job/namespace").asText()).isEqualTo("default");
      assertThat(parent.at("/job/name").asText()).isEqualTo("shop.build");
      assertThat(parent.at("/root/run/runId").asText())
          .isEqualTo("018df74f-8400-7055-a406-d3dcdfafb995");
      assertThat(parent.at("/root/job/name").asText()).isEqualTo("shop");
    }
  }

  @Test
  void an_input_that_is_not_there_fails_the_run() throws IOException {
    Path shop = Cli.shop(folder);
    Files.delete(shop.resolve("data/payments.csv"));
    Cli build = tidemark(shop, "build fraud.v1").exits(4);
    List<JsonNode> events = eventsOf(shop);
    assertThat(types(events)).containsExactly("START", "FAIL");
    JsonNode failed = events.get(1);
    assertThat(failed.at("/run/facets/errorMessage/message").asText())
        .contains("payments.csv")
        .contains(build.json().at("/error/message").asText());
    assertThat(failed.at("/run/facets/errorMessage/programmingLanguage").asText())
        .isEqualTo("JAVA");
    assertThat(failed.path("inputs").findValuesAsText("name"))
        .contains(shop.resolve("data/payments.csv").toString());
    assertThat(failed.at("/outputs/0/facets/version").isMissingNode()).isTrue();
    assertThat(failed.at("/outputs/0/outputFacets").isMissingNode()).isTrue();
  }

  @Test
  void a_check_of_the_rows_that_fails_fails_the_run() {
    Path shop = Cli.shop(folder);
    Cli.write(
        shop, "data/disputes.csv", "customer_id,checked_out_at,basket,is_fraud\n1,,5.0,true\n");
    tidemark(shop, "build fraud.v1").exits(2);
    List<JsonNode> events = eventsOf(shop);
    assertThat(types(events)).containsExactly("START", "FAIL");
    assertThat(events.get(1).at("/run/facets/errorMessage/message").asText())
        .contains("have no event time");
  }

  @Test
  void a_failing_task_fails_the_command_above_it() {
    Path shop = Cli.shop(folder);
    Cli.write(
        shop,
        "definitions/more.conf",
        """
        sources.gone.v1 { path = "data/gone.parquet", format = parquet, event-time = at }
        feature-views.gone.v1 { entity = customer, source = sources.gone.v1, features { last { value = x } } }
        training-sets.gone.v1 { label = labels.chargeback.v1, features = [gone.v1] }
        """);
    tidemark(shop, "build --all").exits(4);
    List<JsonNode> events = eventsOf(shop);
    // What is wrong with one is found before any begins.
    assertThat(types(events)).containsExactly("START", "FAIL");
    assertThat(events.get(1).at("/job/name").asText()).isEqualTo("shop.local.build");
    assertThat(events.get(1).at("/run/facets/errorMessage/message").asText())
        .contains("gone.parquet");
  }

  @Test
  void tables_and_queries_and_offline_tables_are_datasets_too() {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        WITH_TICKS + "\n  use-materialized = true");
    environment(shop, "");
    Cli.write(
        shop,
        "definitions/more.conf",
        """
        transformations.daily.v1 {
          inputs { p = sources.payments.v1 }
          sql = "SELECT buyer_id AS customer_id, date_trunc('DAY', paid_at) AS day, sum(amount) AS total FROM p WHERE status = 'OK' GROUP BY 1, 2"
          event-time = day
        }
        feature-views.daily.v1 {
          entity = customer, source = transformations.daily.v1
          features { best { aggregate = "max(total)", windows = [7d], description = "The best day", tags = [money] } }
        }
        sources.spend.v1 {
          sql = "SELECT customer_id, event_time AS at, spend_7d FROM tidemark.features.customer_spend_v1"
          event-time = at
        }
        feature-views.of_query.v1 { entity = customer, source = sources.spend.v1, features { known { value = spend_7d } } }
        training-sets.rich.v1 { label = labels.chargeback.v1, features = [customer_spend.v1, daily.v1, of_query.v1], owner = risk, tags = [rich] }
        """);
    tidemark(shop, "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-12").exits(0);
    int before = eventsOf(shop).size();
    tidemark(shop, "build rich.v1 --head 0").exits(0);
    JsonNode done = eventsOf(shop).get(before + 1);
    String table = shop.resolve(".tidemark/warehouse/features/customer_spend_v1").toString();
    JsonNode read = named(done.path("inputs"), "name", table);
    assertThat(read.at("/facets/version/datasetVersion").asText()).matches("\\d{10,}");
    assertThat(read.at("/facets/storage/storageLayer").asText()).isEqualTo("iceberg");
    assertThat(read.at("/facets/symlinks/identifiers/0/name").asText())
        .isEqualTo("features.customer_spend_v1");
    JsonNode written = done.at("/outputs/0");
    assertThat(origins(written, "spend_7d"))
        .containsExactly(
            "customer_spend_v1.available_time INDIRECT/SORT",
            "customer_spend_v1.customer_id INDIRECT/JOIN",
            "customer_spend_v1.event_time INDIRECT/SORT",
            "customer_spend_v1.spend_7d DIRECT/IDENTITY",
            "disputes.csv.customer_id INDIRECT/JOIN");
    assertThat(origins(written, "best_7d"))
        .containsExactly(
            "disputes.csv.customer_id INDIRECT/JOIN",
            "payments.csv.amount DIRECT/AGGREGATION",
            "payments.csv.buyer_id INDIRECT/JOIN INDIRECT/GROUP_BY",
            "payments.csv.paid_at INDIRECT/GROUP_BY INDIRECT/WINDOW",
            "payments.csv.status INDIRECT/FILTER");
    assertThat(origins(written, "known"))
        .contains(
            "customer_spend_v1.spend_7d DIRECT/?", "customer_spend_v1.event_time INDIRECT/SORT");
    assertThat(
            named(written.at("/facets/schema/fields"), "name", "best_7d")
                .path("description")
                .asText())
        .isEqualTo("The best day");
    JsonNode tag = named(written.at("/facets/tags/tags"), "key", "money");
    assertThat(tag.path("field").asText()).isEqualTo("best_7d");
    assertThat(named(done.at("/job/facets/tags/tags"), "key", "rich").path("source").asText())
        .isEqualTo("USER");
    // Two queries: none is the job's.
    assertThat(done.at("/job/facets/sql").isMissingNode()).isTrue();
    assertThat(done.path("inputs")).hasSize(3);
  }

  @Test
  void delta_and_scoring_and_newest_values_are_told_alike() {
    Path shop = Cli.shop(folder, "delta");
    Cli.write(folder, "keys.csv", "customer_id,basket\n1,30\n99,2.50\n");
    Path keys = folder.resolve("keys.csv");
    tidemark(shop, "build fraud.v1 --scoring --as-of 2024-03-10 --head 0 --keys " + keys).exits(0);
    List<JsonNode> events = events(shop.resolve(".tidemark/delta/_lineage"));
    assertThat(types(events)).containsExactly("START", "COMPLETE");
    JsonNode done = events.get(1);
    assertThat(done.at("/job/name").asText()).isEqualTo("shop.local.score.fraud.v1");
    assertThat(done.at("/run/facets/nominalTime/nominalStartTime").asText())
        .isEqualTo("2024-03-10T00:00:00Z");
    assertThat(named(done.path("inputs"), "name", keys.toString()).at("/facets/version"))
        .isNotEmpty();
    JsonNode written = done.at("/outputs/0");
    assertThat(written.path("name").asText())
        .isEqualTo(shop.resolve(".tidemark/delta/features/fraud_v1__scoring").toString());
    assertThat(written.at("/facets/storage/storageLayer").asText()).isEqualTo("delta");
    assertThat(written.at("/facets/version/datasetVersion").asText()).isEqualTo("0");
    assertThat(written.at("/facets/symlinks").isMissingNode()).isTrue();
    assertThat(origins(written, "customer_id"))
        .containsExactly("keys.csv.customer_id DIRECT/IDENTITY");
    assertThat(origins(written, "basket")).containsExactly("keys.csv.basket DIRECT/IDENTITY");
    assertThat(origins(written, "spend_7d"))
        .contains("keys.csv.customer_id INDIRECT/JOIN", "payments.csv.amount DIRECT/AGGREGATION");

    tidemark(shop, "materialize customer_spend.v1 --latest --as-of 2024-03-10").exits(0);
    tidemark(shop, "materialize customer_spend.v1 --latest --as-of 2024-03-10").exits(0);
    List<JsonNode> latest =
        events(shop.resolve(".tidemark/delta/_lineage")).stream()
            .filter(
                event ->
                    event.at("/job/name").asText().equals("shop.local.latest.customer_spend.v1"))
            .toList();
    assertThat(types(latest)).containsExactly("START", "COMPLETE", "START", "COMPLETE");
    assertThat(latest.get(1).at("/outputs/0/outputFacets/outputStatistics/rowCount").asLong())
        .isPositive();
    // The second found nothing to do: it wrote no version and no rows, and checked nothing.
    assertThat(latest.get(3).at("/outputs/0/outputFacets").isMissingNode()).isTrue();
    assertThat(latest.get(3).at("/outputs/0/facets/version").isMissingNode()).isTrue();
    assertThat(latest.get(3).at("/run/facets/test").isMissingNode()).isTrue();
    assertThat(latest.get(3).at("/outputs/0/facets/columnLineage")).isNotEmpty();
  }

  /** What a server was asked. */
  private record Asked(String path, String authorization, String body) {}

  private static HttpServer server(int status, long millis, List<Asked> asked) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/",
        exchange -> {
          asked.add(
              new Asked(
                  exchange.getRequestURI().toString(),
                  String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
          try {
            Thread.sleep(millis);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static String url(HttpServer server) {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Test
  void events_go_to_a_server() throws IOException {
    Path shop = Cli.shop(folder);
    List<Asked> asked = new CopyOnWriteArrayList<>();
    HttpServer server = server(201, 0, asked);
    try {
      environment(
          shop,
          // A variable that every process has.
          "lineage { url = \"%s\", endpoint = \"lineage/here\", api-key = ${?PATH}, namespace = risk }"
              .formatted(url(server)));
      Cli build = tidemark(shop, "build fraud.v1 --head 0").exits(0);
      assertThat(build.err()).doesNotContain("lineage");
      assertThat(asked).hasSize(2).extracting(Asked::path).containsOnly("/lineage/here");
      assertThat(asked)
          .extracting(Asked::authorization)
          .containsOnly("Bearer " + System.getenv("PATH"));
      List<JsonNode> events = asked.stream().map(each -> Cli.parse(each.body())).toList();
      events.forEach(FacetSchemas::check);
      assertThat(types(events)).containsExactly("START", "COMPLETE");
      assertThat(events.get(0).at("/job/namespace").asText()).isEqualTo("risk");
      assertThat(eventsOf(shop)).isEmpty();

      environment(shop, "");
      Cli.run(
              spark,
              shop,
              Map.of("OPENLINEAGE_URL", url(server), "OPENLINEAGE_API_KEY", "of-a-variable"),
              "build fraud.v1 --head 0")
          .exits(0);
      assertThat(asked).hasSize(4);
      assertThat(asked.get(2).path()).isEqualTo("/api/v1/lineage");
      assertThat(asked.get(2).authorization()).isEqualTo("Bearer of-a-variable");
      Cli.run(
              spark,
              shop,
              Map.of("OPENLINEAGE_URL", url(server), "OPENLINEAGE_DISABLED", "true"),
              "build fraud.v1 --head 0")
          .exits(0);
      Cli.write(
          folder,
          "openlineage.yml",
          "transport:\n  type: http\n  url: %s\n  endpoint: by/config\n".formatted(url(server)));
      Cli.run(
              spark,
              shop,
              Map.of("OPENLINEAGE_CONFIG", folder.resolve("openlineage.yml").toString()),
              "build fraud.v1 --head 0")
          .exits(0);
      assertThat(asked).hasSize(6);
      assertThat(asked.get(5).path()).isEqualTo("/by/config");
      assertThat(eventsOf(shop)).isEmpty();
    } finally {
      server.stop(0);
    }
  }

  @Test
  void what_becomes_of_events_fails_no_run() throws IOException {
    Path shop = Cli.shop(folder);
    List<Asked> asked = new CopyOnWriteArrayList<>();
    HttpServer server = server(500, 0, asked);
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    Cli.write(folder, "a-file", "not a folder");
    try {
      for (String lineage :
          List.of(
              "url = \"%s\"".formatted(url(server)),
              "url = \"http://127.0.0.1:%d\"".formatted(closed),
              "location = \"%s/below\"".formatted(folder.resolve("a-file")),
              "location = \"nosuchscheme://bucket/lineage\"")) {
        environment(shop, "lineage { %s }".formatted(lineage));
        Cli build = tidemark(shop, "build fraud.v1 --head 0").exits(0);
        assertThat(build.json().path("warnings")).as(lineage).hasSize(1);
        assertThat(build.json().at("/warnings/0").asText())
            .as(lineage)
            .startsWith("lineage events are missing, though nothing else is: ");
        assertThat(build.err()).as(lineage).containsOnlyOnce("lineage events");
      }
      Cli config =
          Cli.run(
              spark,
              shop,
              Map.of("OPENLINEAGE_CONFIG", "/nowhere/openlineage.yml"),
              "build fraud.v1 --head 0");
      assertThat(config.exits(0).err()).contains("lineage events are missing");
    } finally {
      server.stop(0);
    }
    assertThat(asked).hasSize(2);
  }

  @Test
  void a_slow_server_is_not_waited_for_long() throws IOException {
    Path shop = Cli.shop(folder);
    List<Asked> asked = new CopyOnWriteArrayList<>();
    HttpServer server = server(201, 20_000, asked);
    try {
      environment(shop, "lineage { url = \"%s\", timeout = 500ms }".formatted(url(server)));
      long start = System.nanoTime();
      Cli build = tidemark(shop, "build fraud.v1 --head 0").exits(0);
      assertThat((System.nanoTime() - start) / 1e9).isLessThan(19);
      assertThat(build.json().at("/warnings/0").asText()).contains("lineage events");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void nothing_is_told_where_nothing_is_wanted() {
    Path shop = Cli.shop(folder);
    environment(shop, "lineage { transport = none }");
    tidemark(shop, "build fraud.v1 --head 0").exits(0);
    Cli.run(spark, shop, Map.of("OPENLINEAGE_URL", "http://127.0.0.1:1"), "build fraud.v1 --head 0")
        .exits(0);
    assertThat(shop.resolve(".tidemark/warehouse/_lineage")).doesNotExist();
    environment(shop, "lineage { location = told }");
    assertThat(tidemark(shop, "build fraud.v1 --head 0").exits(0).json().path("warnings"))
        .isEmpty();
    assertThat(types(events(shop.resolve("told")))).containsExactly("START", "COMPLETE");
  }

  /** How much longer a build takes is printed; it may be little more than nothing. */
  @Test
  void events_cost_a_build_little() {
    Path shop = Cli.shop(folder);
    Map<String, List<Double>> seconds = new TreeMap<>();
    for (int i = 0; i < 6; i++) {
      for (String transport : List.of("none", "file")) {
        environment(shop, "lineage { transport = %s }".formatted(transport));
        Cli build = tidemark(shop, "build fraud.v1 --head 0").exits(0);
        // The first of each warms up.
        if (i > 0) {
          seconds
              .computeIfAbsent(transport, any -> new ArrayList<>())
              .add(build.json().path("seconds").asDouble());
        }
      }
    }
    seconds.values().forEach(Collections::sort);
    double without = seconds.getOrDefault("none", List.of()).get(2);
    double with = seconds.getOrDefault("file", List.of()).get(2);
    System.out.printf(
        "lineage events: a build takes %.3f s without, %.3f s with them (medians of 5: %s)%n",
        without, with, seconds);
    assertThat(with - without).isLessThan(1);
  }

  @Test
  void no_secret_is_in_an_event() {
    Path shop = Cli.shop(folder);
    // The value of a secret, as a part of a path that is then told in the error.
    String secret = System.getenv("HOME");
    assertThat(secret).isNotBlank();
    environment(shop, "spark { \"hadoop.fs.s3a.secret.key\" = ${?HOME} }");
    for (String path : List.of("nowhere://user:canary-21@host/payments.csv", secret + "/no.csv")) {
      Cli.replace(
          shop, "definitions/shop.conf", "path = \"data/payments.csv\"", "path = \"" + path + "\"");
      assertThat(tidemark(shop, "build fraud.v1").code()).isNotZero();
      Cli.replace(
          shop, "definitions/shop.conf", "path = \"" + path + "\"", "path = \"data/payments.csv\"");
    }
    List<JsonNode> events = eventsOf(shop);
    assertThat(types(events)).containsExactly("START", "FAIL", "START", "FAIL");
    assertThat(events.toString()).doesNotContain("canary-21").contains("***/no.csv");
    for (JsonNode event : events) {
      assertThat(event.at("/run/facets/errorMessage").toString())
          .doesNotContain(secret + "/no.csv");
      assertThat(event.path("inputs").toString()).doesNotContain(secret + "/no.csv");
    }
  }
}
