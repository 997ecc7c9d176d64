package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidemark.definition.Kind;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** What a run reads is what it looked at first, whatever is written to its sources meanwhile. */
@SparkTest
class PinnedSourcesTest {
  private static final ResourceName PAYMENTS = new ResourceName(Kind.SOURCE, "payments", "v1");

  private static final String FIRST =
      """
      customer_id bigint | at timestamp         | amount double
      1                  | 2024-03-01T00:00:00Z | 5
      1                  | 2024-03-02T00:00:00Z | 7
      """;

  private static final String LATER =
      """
      customer_id bigint | at timestamp         | amount double
      1                  | 2024-03-01T12:00:00Z | 100
      """;

  private static final String OF_THE_FIRST =
      """
      customer_id | event_time           | big   | spend_2d
      1           | 2024-03-01T00:00:00Z | false | 5
      1           | 2024-03-02T00:00:00Z | true  | 12
      """;

  private static final String OF_ALL =
      """
      customer_id | event_time           | big   | spend_2d
      1           | 2024-03-01T00:00:00Z | false | 5
      1           | 2024-03-01T12:00:00Z | true  | 105
      1           | 2024-03-02T00:00:00Z | true  | 112
      """;

  private final SparkSession session;
  private final FeatureStory story;
  private final String database;

  PinnedSourcesTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    this.database = "tidemark.pinned" + System.nanoTime();
    session.sql("CREATE NAMESPACE " + database);
  }

  private void define(String location) {
    story.define(
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { %s, event-time = at }
        transformations.paid.v1 {
          inputs { p = sources.payments.v1 }
          sql = "SELECT * FROM p WHERE amount IN (SELECT max(amount) FROM p GROUP BY at)"
          event-time = at
        }
        feature-views.spend.v1 {
          entity = customer, source = transformations.paid.v1
          features { spend { aggregate = "sum(amount)", windows = [2d] } }
        }
        labels.big.v1 { entity = customer, source = sources.payments.v1, value = "amount > 6" }
        training-sets.t.v1 { label = labels.big.v1, features = [ spend.v1 ] }
        """
            .formatted(location));
  }

  private Dataset<Row> rows(String table) {
    return TextTable.parse(session, table);
  }

  /** Rows of the task as of the sources' states, with a new compiler, as another step would. */
  private Dataset<Row> build(PinnedSources sources) {
    Graph graph = Graph.of(story.project().definitions());
    Task.BuildTrainingSet task = task(graph);
    Compiler compiler = story.compiler(graph);
    return compiler
        .trainingSet(task.trainingSet(), compiler.asOf(task, sources), sources)
        .joined()
        .within(null);
  }

  private Task.BuildTrainingSet task(Graph graph) {
    return Planner.build(graph, story.project().environment(), List.of("t.v1"), null)
        .tasks()
        .get(0)
        .match(build -> build, materialize -> null, l -> null, s -> null);
  }

  private PinnedSources pin() {
    Graph graph = Graph.of(story.project().definitions());
    return story.compiler(graph).pin(List.of(task(graph)), PinnedSources.current());
  }

  private static InputSnapshot only(PinnedSources sources) {
    List<InputSnapshot> snapshots = sources.snapshots(List.of(PAYMENTS));
    assertThat(snapshots).hasSize(1);
    return snapshots.get(0);
  }

  /** Pins, lets a writer write, and reads: the rows of before; a later look sees the new ones. */
  private InputSnapshot staysAsItWas(Runnable write) {
    PinnedSources sources = pin();
    InputSnapshot before = only(sources);
    write.run();
    TextTable.assertRows(build(sources), OF_THE_FIRST);
    assertThat(only(sources)).isEqualTo(before);
    PinnedSources later = pin();
    TextTable.assertRows(build(later), OF_ALL);
    assertThat(only(later)).isNotEqualTo(before);
    return before;
  }

  @Test
  void an_iceberg_table_is_read_at_its_snapshot() throws Exception {
    String table = database + ".payments";
    rows(FIRST).writeTo(table).create();
    long snapshot =
        session.sql("SELECT snapshot_id FROM " + table + ".snapshots").first().getLong(0);
    define("table = " + table);
    InputSnapshot before = staysAsItWas(() -> append(table));
    assertThat(before)
        .isEqualTo(
            new InputSnapshot(
                PAYMENTS, table, InputSnapshot.Kind.ICEBERG, String.valueOf(snapshot)));
  }

  private void append(String table) {
    try {
      rows(LATER).writeTo(table).append();
    } catch (org.apache.spark.sql.catalyst.analysis.NoSuchTableException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void an_iceberg_table_at_a_path_is_read_at_its_snapshot() throws Exception {
    String table = database + ".at_path";
    rows(FIRST).writeTo(table).create();
    String path =
        session
            .sql("DESCRIBE EXTENDED " + table)
            .where("col_name = 'Location'")
            .first()
            .getString(1);
    define("path = \"%s\", format = iceberg".formatted(path));
    assertThat(staysAsItWas(() -> append(table)).kind()).isEqualTo(InputSnapshot.Kind.ICEBERG);
  }

  @Test
  void a_delta_table_at_a_path_is_read_at_its_version() {
    String path = story.folder().resolve("delta").toString();
    rows(FIRST).write().format("delta").save(path);
    define("path = delta, format = delta");
    InputSnapshot before =
        staysAsItWas(() -> rows(LATER).write().format("delta").mode("append").save(path));
    assertThat(before)
        .isEqualTo(new InputSnapshot(PAYMENTS, "file:" + path, InputSnapshot.Kind.DELTA, "0"));
  }

  @Test
  void a_delta_table_of_the_metastore_is_read_at_its_version() {
    String table = "delta_" + System.nanoTime();
    rows(FIRST).write().format("delta").saveAsTable(table);
    define("table = " + table);
    InputSnapshot before =
        staysAsItWas(() -> rows(LATER).write().format("delta").mode("append").saveAsTable(table));
    assertThat(before)
        .isEqualTo(
            new InputSnapshot(
                PAYMENTS, "spark_catalog.default." + table, InputSnapshot.Kind.DELTA, "0"));
  }

  @Test
  void a_state_that_the_definition_asks_for_is_the_state_that_is_named() {
    String path = story.folder().resolve("asked").toString();
    rows(FIRST).write().format("delta").save(path);
    rows(LATER).write().format("delta").mode("append").save(path);
    define("path = asked, format = delta, options { versionAsOf = 0 }");
    PinnedSources sources = pin();
    assertThat(only(sources).id()).isEqualTo("0");
    TextTable.assertRows(build(sources), OF_THE_FIRST);
  }

  @Test
  void parquet_files_are_read_by_the_list_that_was_made_once() {
    String path = story.folder().resolve("parquet").toString();
    rows(FIRST).coalesce(1).write().parquet(path);
    define("path = parquet, format = parquet");
    PinnedSources sources = pin();
    List<InputFile> files = sources.files(PAYMENTS);
    assertThat(files).hasSize(1);
    InputFile file = files.get(0);
    assertThat(file.path()).startsWith("file://" + path + "/part-").endsWith(".parquet");
    assertThat(file.bytes())
        .isEqualTo(java.nio.file.Path.of(java.net.URI.create(file.path())).toFile().length());
    assertThat(file.modified().toEpochMilli())
        .isEqualTo(java.nio.file.Path.of(java.net.URI.create(file.path())).toFile().lastModified());
    InputSnapshot before = staysAsItWas(() -> rows(LATER).write().mode("append").parquet(path));
    assertThat(before).isEqualTo(only(sources));
    assertThat(before.kind()).isEqualTo(InputSnapshot.Kind.FILES);
    assertThat(before.id()).matches("[0-9a-f]{64}");
  }

  @Test
  void csv_files_are_read_by_the_list_that_was_made_once() {
    story.file("csv/a.csv", "at,amount,customer_id\n2024-03-01T00:00:00Z,5,1\n");
    story.file("csv/b.csv", "at,amount,customer_id\n2024-03-02T00:00:00Z,7,1\n");
    define(
        "path = csv, format = csv, schema { customer_id = bigint, at = timestamp, amount = double }");
    InputSnapshot before =
        staysAsItWas(
            () -> story.file("csv/c.csv", "at,amount,customer_id\n2024-03-01T12:00:00Z,100,1\n"));
    assertThat(before.kind()).isEqualTo(InputSnapshot.Kind.FILES);
  }

  @Test
  void every_table_of_a_query_is_read_at_one_state() throws Exception {
    String iceberg = database + ".in_query";
    String delta = "in_query_" + System.nanoTime();
    rows(FIRST).writeTo(iceberg).create();
    rows(FIRST).write().format("delta").saveAsTable(delta);
    define(
        "sql = \"WITH c AS (SELECT max(customer_id) AS k FROM %1$s) SELECT i.* FROM %2$s i, c WHERE customer_id = k AND customer_id IN (SELECT customer_id FROM %1$s)\""
            .formatted(delta, iceberg));
    PinnedSources sources = pin();
    append(iceberg);
    session.sql("DELETE FROM " + delta);
    TextTable.assertRows(build(sources), OF_THE_FIRST);
    assertThat(sources.snapshots(List.of(PAYMENTS)))
        .extracting(snapshot -> snapshot.location() + " " + snapshot.kind())
        .containsExactlyInAnyOrder(
            iceberg + " ICEBERG", "spark_catalog.default." + delta + " DELTA");
  }

  @Test
  void a_view_is_read_at_the_states_of_its_tables() throws Exception {
    String table = database + ".under_view";
    rows(FIRST).writeTo(table).create();
    session.sql("CREATE OR REPLACE TEMP VIEW over_iceberg AS SELECT * FROM " + table);
    define("table = over_iceberg");
    assertThat(staysAsItWas(() -> append(table)).location()).isEqualTo(table);
  }

  @Test
  void a_column_added_after_the_last_snapshot_is_null_in_its_rows() throws Exception {
    String table = database + ".widened";
    rows(FIRST).drop("amount").writeTo(table).create();
    session.sql("ALTER TABLE " + table + " ADD COLUMN amount double");
    define("table = " + table);
    TextTable.assertRows(
        build(pin()),
        """
        customer_id | event_time           | big  | spend_2d
        1           | 2024-03-01T00:00:00Z | null | null
        1           | 2024-03-02T00:00:00Z | null | null
        """);
  }

  @Test
  void an_iceberg_table_without_a_snapshot_is_read_as_empty() {
    String table = database + ".nothing";
    session.sql("CREATE TABLE " + table + " (customer_id bigint, at timestamp, amount double)");
    define("table = " + table);
    PinnedSources sources = pin();
    append(table);
    assertThat(build(sources).count()).isZero();
    assertThat(only(sources).id()).isEqualTo(InputSnapshot.NO_SNAPSHOT);
  }

  @Test
  void rows_whose_state_nobody_can_name_are_said_to_be_so() {
    String table = database + ".history";
    session.sql("CREATE TABLE " + table + " (customer_id bigint, at timestamp, amount double)");
    define(
        "sql = \"SELECT 1L AS customer_id, made_current_at AS at, 1.0 AS amount FROM %s.history\""
            .formatted(table));
    PinnedSources sources = pin();
    assertThat(only(sources).kind()).isEqualTo(InputSnapshot.Kind.UNPINNED);
    Graph graph = Graph.of(story.project().definitions());
    assertThat(story.compiler(graph).check(List.of(task(graph))))
        .singleElement()
        .satisfies(
            warning ->
                assertThat(warning.what())
                    .isEqualTo("sources.payments.v1 can't be read again as it is now"));
  }

  @Test
  void a_source_that_is_not_there_is_worth_another_try() {
    define("table = nowhere.payments");
    assertThat(catchThrowable(this::pin)).isInstanceOf(InputNotReadyException.class);
  }
}
