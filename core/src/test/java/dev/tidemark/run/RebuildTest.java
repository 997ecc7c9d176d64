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
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same rows again, whatever has become of the sources and the definitions since. */
@SparkTest
class RebuildTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String DEFINITIONS =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 {
        path = payments, format = csv, event-time = at
        schema { customer_id = bigint, at = timestamp, amount = double, region = string }
      }
      sources.disputes.v1 { table = "%1$s.disputes", event-time = at }
      sources.visits.v1 { path = visits, format = delta, event-time = at }
      sources.clicks.v1 { sql = "SELECT customer_id, at FROM %1$s.clicks", event-time = at }
      sources.places.v1 { path = places, format = parquet, event-time = at }
      transformations.paid.v1 {
        inputs { p = sources.payments.v1 }, sql = "SELECT * FROM p WHERE amount > 0", event-time = at
      }
      feature-views.spend.v1 {
        entity = customer, source = transformations.paid.v1
        features {
          spend { aggregate = "sum(amount)", windows = [2d] }
          by_region { aggregate = "count(*)", by = region, windows = [2d] }
        }
        materialize { every = 1d, start = "2024-03-01" }
      }
      feature-views.visits.v1 {
        entity = customer, source = sources.visits.v1, features { pages { value = pages } }
      }
      feature-views.clicks.v1 {
        entity = customer, source = sources.clicks.v1
        features { clicks { aggregate = "count(*)", windows = [7d] } }
      }
      feature-views.places.v1 {
        entity = customer, source = sources.places.v1, features { place { value = place } }
      }
      labels.big.v1 { entity = customer, source = sources.disputes.v1, value = is_big }
      training-sets.t.v1 {
        label = labels.big.v1, features = [ spend.v1, visits.v1, clicks.v1, places.v1 ]
      }
      """;

  private final SparkSession session;
  private final FeatureStory story;
  private final String database = "rebuild" + System.nanoTime();

  RebuildTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
  }

  @BeforeEach
  void sources() throws Exception {
    story.file(
        "env/local.conf",
        """
        providers {
          lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "%s" }
          delta { format = delta, warehouse = ".tidemark/delta" }
        }
        """
            .formatted(database));
    story.define(DEFINITIONS.formatted("tidemark." + database));
    String header = "at,amount,customer_id\n";
    story.file("payments/region=north/a.csv", header + "2024-03-01T00:00:00Z,5.50,1\n");
    story.file("payments/region=south/b [1].csv", header + "2024-03-02T10:00:00Z,7,1\n");
    session.sql("CREATE NAMESPACE tidemark." + database);
    events("customer_id bigint | at timestamp | is_big boolean", "true")
        .writeTo(table("disputes"))
        .create();
    events("customer_id bigint | at timestamp", "").writeTo(table("clicks")).create();
    events("customer_id bigint | at timestamp | pages bigint", "4")
        .write()
        .format("delta")
        .save(path("visits"));
    events("customer_id bigint | at timestamp | place string", "here")
        .withColumn("day", org.apache.spark.sql.functions.lit(1))
        .write()
        .partitionBy("day")
        .parquet(path("places"));
  }

  private org.apache.spark.sql.Dataset<org.apache.spark.sql.Row> events(
      String header, String value) {
    String more = value.isEmpty() ? "" : " | " + value;
    return TextTable.parse(
        session,
        header + "\n1 | 2024-03-02T12:00:00Z" + more + "\n2 | 2024-03-02T12:00:00Z" + more);
  }

  private String table(String name) {
    return "tidemark." + database + "." + name;
  }

  private String path(String name) {
    return story.folder().resolve(name).toString();
  }

  private String build() {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    return run(
        project,
        graph,
        Planner.build(graph, project.environment(), List.of("t.v1"), null).tasks().get(0));
  }

  private String run(Project project, Graph graph, Task task) {
    Runner runner =
        new Runner(session, story.folder(), project.environment(), graph, "test", what -> {});
    return String.valueOf(runner.run(task).manifest());
  }

  private Rebuild.Proof rebuild(String manifest, boolean write) {
    return new Rebuild(session, story.folder(), story.project().environment(), "test", what -> {})
        .run(manifest, write);
  }

  private TaskFailure refused(String manifest) {
    return catchThrowableOfType(TaskFailure.class, () -> rebuild(manifest, true));
  }

  private org.apache.spark.sql.Dataset<org.apache.spark.sql.Row> current() {
    return session.table("tidemark." + database + ".t_v1");
  }

  /** Everything that may happen to a table or a folder without touching what is there. */
  private void timeGoesOn() throws Exception {
    events("customer_id bigint | at timestamp | is_big boolean", "false")
        .writeTo(table("disputes"))
        .append();
    session.sql("ALTER TABLE " + table("disputes") + " ADD COLUMN more string");
    session.sql("DELETE FROM " + table("clicks"));
    events("customer_id bigint | at timestamp | pages string", "many")
        .write()
        .format("delta")
        .mode("overwrite")
        .option("overwriteSchema", "true")
        .save(path("visits"));
    story.file(
        "payments/region=west/c.csv", "at,amount,customer_id\n2024-03-02T11:00:00Z,1000,1\n");
    events("customer_id bigint | at timestamp | place string", "there")
        .withColumn("day", org.apache.spark.sql.functions.lit(2))
        .write()
        .mode("append")
        .partitionBy("day")
        .parquet(path("places"));
  }

  @Test
  void the_rows_are_the_same_though_every_source_has_got_more_rows() throws Exception {
    String manifest = build();
    JsonNode then = JSON.readTree(Path.of(URI.create(manifest)).toFile());
    timeGoesOn();
    story.define("entities.customer { keys { other = string } }");
    Rebuild.Proof proof = rebuild(manifest, false);
    assertThat(proof.rows()).isEqualTo(2);
    assertThat(proof.contentHash()).isEqualTo(then.at("/rows/content_hash").asText());
    assertThat(proof.written()).isNull();
    assertThat(proof.notes()).isEmpty();
  }

  @Test
  void without_a_word_nothing_is_written_and_with_one_the_rows_are_back() throws Exception {
    String manifest = build();
    List<String> columns = List.of(current().columns());
    TextTable.assertRows(
        current().select("customer_id", "spend_2d", "clicks_7d", "pages", "place"), OF_THEN);
    timeGoesOn();
    build(definitionsOfToday());
    TextTable.assertRows(current().select("customer_id", "clicks_7d"), OF_TODAY);
    rebuild(manifest, false);
    TextTable.assertRows(current().select("customer_id", "clicks_7d"), OF_TODAY);
    TaskReport written = Objects.requireNonNull(rebuild(manifest, true).written());
    assertThat(written.tables()).hasSize(2);
    assertThat(List.of(current().columns())).isEqualTo(columns);
    TextTable.assertRows(
        current().select("customer_id", "spend_2d", "clicks_7d", "pages", "place"), OF_THEN);
    // What is written back has a manifest of its own, which proves the same.
    assertThat(rebuild(String.valueOf(written.manifest()), false).contentHash())
        .isEqualTo(rebuild(manifest, false).contentHash());
  }

  private static final String OF_THEN =
      """
      customer_id | spend_2d | clicks_7d | pages | place
      1           | 12.5     | 1         | 4     | here
      2           | null     | 1         | 4     | here
      """;

  private static final String OF_TODAY =
      """
      customer_id | clicks_7d
      1           | 0
      1           | 0
      2           | 0
      2           | 0
      """;

  private String definitionsOfToday() {
    return DEFINITIONS.formatted("tidemark." + database);
  }

  private String build(String definitions) {
    story.define(definitions);
    return build();
  }

  @Test
  void of_an_interval() throws Exception {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Interval interval =
        new Interval(Instant.parse("2024-03-03T00:00:00Z"), Instant.parse("2024-03-04T00:00:00Z"));
    String manifest =
        run(
            project,
            graph,
            Planner.materialize(graph, project.environment(), List.of("spend.v1"), interval)
                .tasks()
                .get(0));
    timeGoesOn();
    assertThat(rebuild(manifest, false).rows()).isEqualTo(1);
  }

  @Test
  void a_file_that_is_gone_is_named() throws IOException {
    String manifest = build();
    Files.delete(story.folder().resolve("payments/region=north/a.csv"));
    TaskFailure failure = refused(manifest);
    assertThat(failure.exitCode()).isEqualTo(ExitCode.INPUT_NOT_READY);
    assertThat(failure)
        .hasMessageContaining("1 files are not what they were")
        .hasMessageContaining("region=north/a.csv: it is gone");
  }

  @Test
  void a_file_with_another_content_of_the_same_size_and_time_is_named() throws IOException {
    String manifest = build();
    Path file = story.folder().resolve("payments/region=north/a.csv");
    FileTime time = Files.getLastModifiedTime(file);
    Files.writeString(file, Files.readString(file).replace("5.50", "5.51"));
    Files.setLastModifiedTime(file, time);
    TaskFailure failure = refused(manifest);
    assertThat(failure.exitCode()).isEqualTo(ExitCode.INPUT_NOT_READY);
    assertThat(failure)
        .hasMessageContaining("a.csv: its content is another, of the same size and time");
  }

  @Test
  void a_snapshot_that_is_gone_is_an_input_that_is_not_there() throws Exception {
    String manifest = build();
    timeGoesOn();
    session.sql(
        "CALL tidemark.system.expire_snapshots(table => '%s.disputes', older_than => TIMESTAMP '2100-01-01 00:00:00', retain_last => 1)"
            .formatted(database));
    TaskFailure failure = refused(manifest);
    assertThat(failure.exitCode()).isEqualTo(ExitCode.INPUT_NOT_READY);
    assertThat(failure).hasMessageContaining("sources.disputes.v1");
  }

  @Test
  void a_manifest_that_was_edited_proves_nothing() throws IOException {
    String manifest = build();
    ObjectNode edited = (ObjectNode) JSON.readTree(Path.of(URI.create(manifest)).toFile());
    ObjectNode label = (ObjectNode) edited.at("/definitions/labels/big/v1");
    label.put("value", "not is_big");
    TaskFailure failure = refused(saved(edited));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.DEFINITION);
    assertThat(failure).hasMessageContaining("the definitions in the manifest don't have the hash");
  }

  @Test
  void rows_that_differ_are_told_and_nothing_is_written() throws IOException {
    String manifest = build();
    String snapshot = snapshot();
    ObjectNode edited = (ObjectNode) JSON.readTree(Path.of(URI.create(manifest)).toFile());
    ((ObjectNode) edited.get("rows"))
        .put("out", 3)
        .put("content_hash", "sum-sha256-1:" + "0".repeat(64));
    ((ObjectNode) edited.get("settings")).put("spark.sql.ansi.enabled", "maybe");
    TaskFailure failure = refused(saved(edited));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.GATE);
    assertThat(failure)
        .hasMessageContaining("2 rows now, and 3 then")
        .hasMessageContaining("content hash sum-sha256-1:")
        .hasMessageContaining("perhaps since spark.sql.ansi.enabled is true now, and was maybe");
    assertThat(snapshot()).isEqualTo(snapshot);
  }

  @Test
  void what_is_no_manifest_is_refused() {
    for (String text : List.of("{}", "no json", "{\"manifest\": 2}", "{\"manifest\": 1}", "")) {
      story.file("wrong.json", text);
      TaskFailure failure = refused(path("wrong.json"));
      assertThat(failure.exitCode()).as(text).isEqualTo(ExitCode.DEFINITION);
      assertThat(failure).hasMessageContaining("wrong.json");
    }
    assertThat(refused(path("nowhere.json"))).hasMessageContaining("no manifest");
  }

  private String snapshot() {
    return String.valueOf(
        session
            .sql("SELECT max(snapshot_id) FROM tidemark." + database + ".t_v1.snapshots")
            .first()
            .get(0));
  }

  private String saved(ObjectNode manifest) throws IOException {
    story.file("edited.json", JSON.writeValueAsString(manifest));
    return path("edited.json");
  }
}
