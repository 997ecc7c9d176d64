package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.definition.Project;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.store.ManifestSchema;
import dev.tidemark.store.RowsSummary;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a manifest says, field by field, of a build and of an interval. */
@SparkTest
class ManifestsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SparkSession session;
  private final FeatureStory story;

  ManifestsTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    TextTable.parse(
            session,
            """
            customer_id bigint | at timestamp         | is_big boolean
            1                  | 2024-03-02T00:00:00Z | false
            1                  | 2024-03-03T00:00:00Z | true
            2                  | 2024-03-03T12:00:00Z | null
            """)
        .write()
        .format("delta")
        .save(story.folder().resolve("disputes").toString());
    story
        .file(
            "payments/a.csv",
            """
            at,amount,customer_id
            2024-03-01T00:00:00Z,5.50,1
            2024-03-02T10:00:00Z,7,1
            """)
        .file("payments/b.csv", "at,amount,customer_id\n2024-03-02T10:00:00Z,9,2\n")
        .file("shops.csv", "customer_id,shop\n1,north\n")
        .file(
            "env/local.conf",
            """
            providers {
              lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "m%d" }
              delta { format = delta, warehouse = ".tidemark/delta" }
            }
            """
                .formatted(System.nanoTime()))
        .define(
            """
            entities.customer { keys { customer_id = bigint } }
            sources.payments.v1 {
              path = payments, format = csv, event-time = at
              schema { customer_id = bigint, at = timestamp, amount = "decimal(12,2)" }
            }
            sources.disputes.v1 { path = disputes, format = delta, event-time = at }
            sources.shops.v1 {
              path = "shops.csv", format = csv, static = true, schema { customer_id = bigint, shop = string }
            }
            sources.other.v1 { table = nowhere, event-time = at }
            feature-views.spend.v1 {
              entity = customer, source = sources.payments.v1
              features { spend { aggregate = "sum(amount)", windows = [2d] } }
              materialize { every = 1d, start = "2024-03-01" }
            }
            feature-views.shop.v1 {
              entity = customer, source = sources.shops.v1, features { shop { value = shop } }
            }
            labels.big.v1 { entity = customer, source = sources.disputes.v1, value = is_big }
            training-sets.t.v1 { label = labels.big.v1, features = [ spend.v1, shop.v1 ] }
            """);
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "1.2.3", what -> {});
  }

  private TaskReport build(@Nullable Instant asOf) {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Task task = Planner.build(graph, project.environment(), List.of("t.v1"), asOf).tasks().get(0);
    return runner(graph).run(task);
  }

  private static JsonNode manifest(TaskReport report) throws IOException {
    return JSON.readTree(Path.of(URI.create(String.valueOf(report.manifest()))).toFile());
  }

  @Test
  void of_a_build() throws Exception {
    TaskReport report = build(Instant.parse("2024-03-03T06:00:00Z"));
    JsonNode manifest = manifest(report);
    assertThat(ManifestSchema.validate(manifest)).isEmpty();
    assertThat(URI.create(String.valueOf(report.manifest())).getPath())
        .startsWith(story.folder() + "/.tidemark/warehouse/_manifests/training-sets/t.v1/")
        .endsWith(manifest.get("run_id").asText() + ".json");
    assertThat(manifest.get("resource").asText()).isEqualTo("training-sets.t.v1");
    assertThat(manifest.at("/versions/tidemark").asText()).isEqualTo("1.2.3");
    assertThat(manifest.at("/versions/spark").asText()).isEqualTo(session.version());
    assertThat(manifest.at("/versions/iceberg").asText()).matches("[0-9]+[.].*");
    assertThat(manifest.at("/versions/delta").asText()).matches("[0-9]+[.].*");
    assertThat(manifest.get("as_of").asText()).isEqualTo("2024-03-03T06:00:00Z");
    assertThat(manifest.at("/times/first").asText()).isEqualTo("2024-03-02T00:00:00Z");
    assertThat(manifest.at("/times/last").asText()).isEqualTo("2024-03-03T00:00:00Z");
    assertThat(manifest.at("/rows/spine").asLong()).isEqualTo(2);
    assertThat(manifest.at("/rows/out").asLong()).isEqualTo(2);
    assertThat(manifest.at("/rows/left_out").toString()).isEqualTo("{\"label_not_known\":1}");
    assertThat(manifest.get("settings").get("spark.sql.session.timeZone").asText())
        .isEqualTo("UTC");
    assertThat(manifest.get("checks").toString())
        .contains("row_count", "no_null_time", "inputs_unchanged")
        .doesNotContain("failed");
    assertThat(manifest.get("definitions").toString())
        .contains("decimal(12,2)", "is_big")
        .doesNotContain("nowhere");
  }

  @Test
  void of_the_inputs_of_a_build() throws Exception {
    JsonNode inputs = manifest(build(null)).get("inputs");
    assertThat(inputs.findValuesAsText("source"))
        .containsExactlyInAnyOrder(
            "sources.disputes.v1", "sources.payments.v1", "sources.shops.v1");
    for (JsonNode input : inputs) {
      switch (input.get("source").asText()) {
        case "sources.disputes.v1" -> {
          assertThat(input.get("kind").asText()).isEqualTo("delta");
          assertThat(input.get("id").asText()).isEqualTo("0");
          assertThat(input.get("files")).isEmpty();
        }
        case "sources.payments.v1" -> {
          assertThat(input.get("kind").asText()).isEqualTo("files");
          assertThat(input.get("point_in_time").asBoolean()).isTrue();
          assertThat(input.get("files")).hasSize(2);
          for (JsonNode file : input.get("files")) {
            Path path = Path.of(URI.create(file.get("path").asText()));
            assertThat(file.get("bytes").asLong()).isEqualTo(Files.size(path));
            assertThat(Instant.parse(file.get("modified").asText()).toEpochMilli())
                .isEqualTo(Files.getLastModifiedTime(path).toMillis());
            assertThat(file.get("sha256").asText())
                .isEqualTo(
                    HexFormat.of()
                        .formatHex(
                            MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(path))));
          }
        }
        default -> assertThat(input.get("point_in_time").asBoolean()).isFalse();
      }
    }
  }

  @Test
  void of_nulls_and_their_reasons() throws Exception {
    Map<String, String> reasons = new TreeMap<>();
    for (JsonNode column : manifest(build(null)).get("columns")) {
      reasons.put(column.get("name").asText(), column.get("nulls") + " " + column.get("reasons"));
    }
    String none = "0 null";
    assertThat(reasons)
        .containsEntry("customer_id", none)
        .containsEntry("big", "1 null")
        .containsEntry(
            "spend_2d",
            "0 {'key_null':0,'no_history':0,'not_yet_available':0,'outside_span':0,'null_at_source':0}"
                .replace('\'', '"'))
        .containsEntry(
            "shop",
            "1 {'key_null':0,'no_history':1,'not_yet_available':0,'outside_span':0,'null_at_source':0}"
                .replace('\'', '"'));
  }

  @Test
  void the_content_hash_is_that_of_every_table() throws Exception {
    TaskReport report = build(null);
    JsonNode manifest = manifest(report);
    assertThat(manifest.get("outputs")).hasSize(2);
    for (int i = 0; i < 2; i++) {
      TaskReport.Written written = report.tables().get(i);
      JsonNode output = manifest.get("outputs").get(i);
      assertThat(output.get("table").asText()).isEqualTo(written.table());
      assertThat(output.get("snapshot").asText()).isEqualTo(written.snapshot());
      Graph graph = Graph.of(story.project().definitions());
      RowsSummary stored = RowsSummary.of(runner(graph).read(written.target()), List.of());
      assertThat(stored.contentHash()).isEqualTo(manifest.at("/rows/content_hash").asText());
      assertThat(manifest.get("columns").findValuesAsText("nulls"))
          .isEqualTo(
              stored.columns().stream().map(column -> String.valueOf(column.nulls())).toList());
    }
  }

  @Test
  void of_an_interval() throws Exception {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Interval interval =
        new Interval(Instant.parse("2024-03-03T00:00:00Z"), Instant.parse("2024-03-04T00:00:00Z"));
    Task task =
        Planner.materialize(graph, project.environment(), List.of("spend.v1"), interval)
            .tasks()
            .get(0);
    TaskReport report = runner(graph).run(task);
    JsonNode manifest = manifest(report);
    assertThat(ManifestSchema.validate(manifest)).isEmpty();
    assertThat(report.manifest())
        .contains("/feature-views/spend.v1/20240303T000000.000000Z_20240304T000000.000000Z_");
    assertThat(manifest.at("/interval/start").asText()).isEqualTo("2024-03-03T00:00:00Z");
    assertThat(manifest.at("/interval/end").asText()).isEqualTo("2024-03-04T00:00:00Z");
    assertThat(manifest.at("/rows/spine").isNull()).isTrue();
    assertThat(manifest.at("/rows/out").asLong()).isEqualTo(2);
  }

  @Test
  void the_schema_refuses_what_is_no_manifest() throws Exception {
    JsonNode manifest = manifest(build(null));
    for (String field : List.of("definition_hash", "rows", "inputs", "definitions")) {
      ObjectNode without = manifest.deepCopy();
      without.remove(field);
      assertThat(ManifestSchema.validate(without)).as(field).isNotEmpty();
    }
    ObjectNode more = manifest.deepCopy();
    more.put("password", "x");
    assertThat(ManifestSchema.validate(more)).isNotEmpty();
  }

  @Test
  void a_file_that_changes_while_it_is_read_fails_the_task_before_any_commit() throws IOException {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Task task = Planner.build(graph, project.environment(), List.of("t.v1"), null).tasks().get(0);
    Runner late =
        new Runner(
            session,
            story.folder(),
            project.environment(),
            graph,
            "test",
            step -> {
              if (step.startsWith("joining")) {
                story.file(
                    "payments/b.csv", "at,amount,customer_id\n2024-03-02T10:00:00Z,9.25,2\n");
              }
            });
    TaskFailure failure = catchThrowableOfType(TaskFailure.class, () -> late.run(task));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.INPUT_NOT_READY);
    assertThat(failure)
        .hasMessageContaining("payments/b.csv: it has 50 bytes, and had 47")
        .hasMessageContaining("no table was changed");
    try (Stream<Path> written = Files.walk(story.folder().resolve(".tidemark"))) {
      assertThat(written.filter(path -> path.toString().contains("t_v1"))).isEmpty();
    } catch (java.nio.file.NoSuchFileException e) {
      assertThat(story.folder().resolve(".tidemark")).doesNotExist();
    }
  }

  @Test
  void checksums_can_be_switched_off() throws IOException {
    session.conf().set(ManifestWriter.CHECKSUMS, "false");
    try {
      JsonNode manifest = manifest(build(null));
      assertThat(ManifestSchema.validate(manifest)).isEmpty();
      assertThat(manifest.get("inputs").findValues("sha256")).allMatch(JsonNode::isNull);
    } finally {
      session.conf().unset(ManifestWriter.CHECKSUMS);
    }
  }
}
