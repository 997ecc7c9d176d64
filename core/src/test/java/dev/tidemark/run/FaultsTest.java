package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.Provider.TableFormat;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Bad input and bad luck: each ends with a clear error and its exit code, and no table is half
 * written.
 */
@SparkTest
class FaultsTest {
  private static final String PROVIDERS =
      """
      providers {
        lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "%s" }
        delta { format = delta, warehouse = ".tidemark/delta" }
      }
      """;

  private static final String DEFINITIONS =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 { %s }
      sources.disputes.v1 { table = disputes, event-time = at }
      feature-views.spend.v1 {
        entity = customer, source = sources.payments.v1
        features { spend { aggregate = "sum(amount)", windows = [2d] } }
      }
      labels.fraud.v1 { entity = customer, source = sources.disputes.v1, value = is_fraud }
      training-sets.t.v1 { label = labels.fraud.v1, features = [ spend.v1 ] }
      """;

  private static final String GOOD =
      "path = \"payments.csv\", format = csv, schema { customer_id = bigint, at = timestamp, amount = \"decimal(12,2)\" }, event-time = at";

  private static final String BUILT =
      """
      customer_id | event_time           | fraud | spend_2d
      1           | 2024-03-03T00:00:00Z | true  | 12.50
      2           | 2024-03-03T00:00:00Z | false | null
      """;

  private final SparkSession session;
  private final FeatureStory story;

  /** Hears what a build is about to do. */
  private Progress progress = what -> {};

  FaultsTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    story
        .given(
            "disputes",
            """
            customer_id bigint | at timestamp         | is_fraud boolean
            1                  | 2024-03-03T00:00:00Z | true
            2                  | 2024-03-03T00:00:00Z | false
            """)
        .file(
            "payments.csv",
            """
            at,amount,customer_id
            2024-03-02T00:00:00Z,5.50,1
            2024-03-02T10:00:00+02:00,7,1
            """)
        .file("env/local.conf", PROVIDERS.formatted("f" + System.nanoTime()))
        .define(DEFINITIONS.formatted(GOOD));
  }

  private TaskReport build() {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Task task = Planner.build(graph, project.environment(), List.of("t.v1"), null).tasks().get(0);
    return runner(graph).run(task);
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "test", progress);
  }

  private void buildsAndReadsBack() {
    for (TaskReport.Written written : build().tables()) {
      TextTable.assertRows(
          runner(Graph.of(story.project().definitions())).read(written.target()), BUILT);
    }
  }

  /**
   * Fails with this exit code and the golden text, after a good build whose tables stay as they
   * are.
   */
  private void fails(String golden, ExitCode exitCode) {
    Project project = story.project();
    Throwable thrown = catchThrowable(this::build);
    assertThat(thrown).as("what build threw").isInstanceOf(TaskFailure.class);
    TaskFailure failure = (TaskFailure) thrown;
    Golden.check(
        "faults/" + golden + ".txt",
        String.valueOf(failure.getMessage())
            .replace(story.folder().toString(), "PROJECT")
            .replaceAll("part-[-0-9a-z.]+parquet", "PART"));
    assertThat(failure.exitCode()).isEqualTo(exitCode);
    Graph graph = Graph.of(project.definitions());
    Planner.build(graph, project.environment(), List.of("t.v1"), null)
        .tasks()
        .get(0)
        .targets()
        .forEach(target -> TextTable.assertRows(runner(graph).read(target), BUILT));
  }

  @Test
  void a_table_that_is_not_there_is_worth_another_try() {
    buildsAndReadsBack();
    story.define(DEFINITIONS.formatted("table = nowhere.payments, event-time = at"));
    fails("missing-table", ExitCode.INPUT_NOT_READY);
  }

  @Test
  void a_path_that_is_not_there_is_worth_another_try() throws IOException {
    buildsAndReadsBack();
    Files.delete(story.folder().resolve("payments.csv"));
    fails("missing-path", ExitCode.INPUT_NOT_READY);
  }

  /** Does something to the source once its files are listed, and before its rows are read. */
  private void whileItIsRead(Callable<?> change) {
    progress =
        what -> {
          if (what.startsWith("joining")) {
            try {
              change.call();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          }
        };
  }

  @Test
  void a_file_that_vanishes_while_it_is_read_is_named() {
    buildsAndReadsBack();
    whileItIsRead(() -> Files.deleteIfExists(story.folder().resolve("payments.csv")));
    fails("vanished-file", ExitCode.INPUT_NOT_READY);
  }

  @Test
  void a_file_that_is_cut_off_while_it_is_read_is_named() throws IOException {
    buildsAndReadsBack();
    Path file = story.folder().resolve("payments.csv");
    List<String> lines = Files.readAllLines(file);
    // At the end of a line: no row of it is wrong, but rows are missing.
    whileItIsRead(() -> Files.write(file, lines.subList(0, 2)));
    fails("cut-off-file", ExitCode.INPUT_NOT_READY);
  }

  @Test
  void an_empty_label_table_is_worth_another_try() {
    buildsAndReadsBack();
    story.given("disputes", "customer_id bigint | at timestamp | is_fraud boolean");
    fails("empty-label", ExitCode.INPUT_NOT_READY);
  }

  @Test
  void an_empty_feature_table_is_no_fault() {
    story.file("payments.csv", "at,amount,customer_id\n");
    TextTable.assertRows(
        runner(Graph.of(story.project().definitions())).read(build().tables().get(0).target()),
        """
        customer_id | event_time           | fraud | spend_2d
        1           | 2024-03-03T00:00:00Z | true  | null
        2           | 2024-03-03T00:00:00Z | false | null
        """);
  }

  @Test
  void a_truncated_file_is_named() throws IOException {
    buildsAndReadsBack();
    Path folder = story.folder().resolve("payments");
    session
        .range(1000)
        .selectExpr("id AS customer_id", "timestamp_seconds(id) AS at", "id AS amount")
        .coalesce(1)
        .write()
        .parquet(folder.toString());
    try (Stream<Path> files = Files.list(folder)) {
      Path part =
          files.filter(file -> file.toString().endsWith(".parquet")).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(part);
      // The footer is whole, so that the schema reads; a column is not.
      java.util.Arrays.fill(bytes, 4, bytes.length / 2, (byte) 0xFF);
      Files.write(part, bytes);
      Files.deleteIfExists(part.resolveSibling("." + part.getFileName() + ".crc"));
    }
    story.define(DEFINITIONS.formatted("path = payments, format = parquet, event-time = at"));
    Throwable thrown = catchThrowable(this::build);
    assertThat(thrown).isInstanceOf(TaskFailure.class).hasMessageContaining("payments/part-");
    assertThat(((TaskFailure) thrown).exitCode()).isEqualTo(ExitCode.INPUT_NOT_READY);
  }

  @Test
  void a_file_that_is_no_parquet_is_named() {
    buildsAndReadsBack();
    story.file("payments/part.parquet", "this is no parquet");
    story.define(DEFINITIONS.formatted("path = payments, format = parquet, event-time = at"));
    fails("no-parquet", ExitCode.INPUT_NOT_READY);
  }

  @Test
  void a_value_of_the_wrong_type_is_shown() {
    buildsAndReadsBack();
    story.file("payments.csv", "at,amount,customer_id\n2024-03-02T00:00:00Z,five,1\n");
    fails("wrong-type", ExitCode.DEFINITION);
  }

  @Test
  void a_value_that_would_be_rounded_is_shown() {
    buildsAndReadsBack();
    story.file("payments.csv", "at,amount,customer_id\n2024-03-02T00:00:00Z,5.505,1\n");
    fails("rounded", ExitCode.DEFINITION);
  }

  @Test
  void a_time_that_can_not_be_read_is_shown() {
    buildsAndReadsBack();
    story.file("payments.csv", "at,amount,customer_id\nyesterday,5,1\n");
    fails("unparsable-time", ExitCode.DEFINITION);
  }

  @Test
  void a_time_without_zone_is_shown() {
    buildsAndReadsBack();
    story.file("payments.csv", "at,amount,customer_id\n2024-03-02 00:00:00,5,1\n");
    fails("zoneless-time", ExitCode.DEFINITION);
  }

  @Test
  void a_column_that_the_data_lack_is_named_with_the_nearest() {
    buildsAndReadsBack();
    story.file("payments.csv", "at,amonut,customer_id\n2024-03-02T00:00:00Z,5,1\n");
    fails("missing-column", ExitCode.DEFINITION);
  }

  @Test
  void a_record_with_too_many_values_is_shown() {
    buildsAndReadsBack();
    story.file("payments.csv", "at,amount,customer_id\n2024-03-02T00:00:00Z,5,1,6\n");
    fails("malformed-record", ExitCode.DEFINITION);
  }

  @Test
  void rows_without_t_are_counted() {
    buildsAndReadsBack();
    story.given(
        "disputes",
        """
        customer_id bigint | at timestamp         | is_fraud boolean
        1                  | 2024-03-03T00:00:00Z | true
        2                  | null                 | false
        3                  | null                 | false
        """);
    fails("null-time", ExitCode.DEFINITION);
  }

  @Test
  void two_rows_of_a_dimension_table_for_one_key_do_not_multiply_rows() {
    buildsAndReadsBack();
    story
        .given(
            "people",
            """
            customer_id bigint | name string
            1                  | a
            1                  | b
            """)
        .define(
            """
            entities.customer { keys { customer_id = bigint } }
            sources.people.v1 { table = people, static = true }
            sources.disputes.v1 { table = disputes, event-time = at }
            feature-views.people.v1 { entity = customer, source = sources.people.v1, features { name { value = name } } }
            labels.fraud.v1 { entity = customer, source = sources.disputes.v1, value = is_fraud }
            training-sets.t.v1 { label = labels.fraud.v1, features = [ people.v1 ] }
            """);
    fails("static-duplicate", ExitCode.DEFINITION);
  }

  @Test
  void a_warehouse_that_can_not_be_written_is_named() throws IOException {
    // Root may write everywhere, so a file stands where the folder should be.
    Files.writeString(story.folder().resolve("occupied"), "a file");
    story.file(
        "env/local.conf",
        "providers { delta { format = delta, warehouse = \"occupied/warehouse\" } }");
    Throwable thrown = catchThrowable(this::build);
    assertThat(thrown).isInstanceOf(TaskFailure.class);
    Golden.check(
        "faults/unwritable-delta.txt",
        String.valueOf(thrown.getMessage()).replace(story.folder().toString(), "PROJECT"));
    assertThat(((TaskFailure) thrown).exitCode()).isEqualTo(ExitCode.INTERNAL);

    session.conf().set("spark.sql.catalog.occupied", "org.apache.iceberg.spark.SparkCatalog");
    session.conf().set("spark.sql.catalog.occupied.type", "hadoop");
    session
        .conf()
        .set(
            "spark.sql.catalog.occupied.warehouse",
            story.folder().resolve("occupied/warehouse").toString());
    story.file(
        "env/local.conf",
        "providers { occupied { format = iceberg, warehouse = \"occupied/warehouse\" } }");
    thrown = catchThrowable(this::build);
    assertThat(thrown).isInstanceOf(TaskFailure.class);
    Golden.check(
        "faults/unwritable-iceberg.txt",
        String.valueOf(thrown.getMessage()).replace(story.folder().toString(), "PROJECT"));
    assertThat(((TaskFailure) thrown).exitCode()).isEqualTo(ExitCode.INTERNAL);
    assertThat(Files.readString(story.folder().resolve("occupied"))).isEqualTo("a file");
  }

  @ParameterizedTest
  @EnumSource
  void a_full_disk_leaves_the_table_as_it_was(TableFormat format) {
    FullDiskFileSystem.mount(session.sparkContext().hadoopConfiguration());
    String warehouse = "full:" + story.folder().resolve("full");
    session.conf().set("spark.sql.catalog.full", "org.apache.iceberg.spark.SparkCatalog");
    session.conf().set("spark.sql.catalog.full.type", "hadoop");
    session.conf().set("spark.sql.catalog.full.warehouse", warehouse);
    story.file(
        "env/local.conf",
        "providers { full { format = %s, warehouse = \"%s\" } }".formatted(format, warehouse));
    FullDiskFileSystem.ROOM.set(Long.MAX_VALUE);
    buildsAndReadsBack();
    // From no room at all to enough for the data files, but not for the metadata.
    for (long room : new long[] {0, 500, 2_500, 5_000}) {
      FullDiskFileSystem.ROOM.set(room);
      try {
        Throwable thrown = catchThrowable(this::build);
        assertThat(thrown).as("with room for %d bytes", room).isInstanceOf(TaskFailure.class);
        assertThat(thrown)
            .hasMessageContaining("the disk is full")
            .message()
            .containsAnyOf("no table was changed", "already committed");
        assertThat(((TaskFailure) thrown).exitCode()).isEqualTo(ExitCode.INTERNAL);
      } finally {
        FullDiskFileSystem.ROOM.set(Long.MAX_VALUE);
      }
      Project project = story.project();
      Graph graph = Graph.of(project.definitions());
      Planner.build(graph, project.environment(), List.of("t.v1"), null)
          .tasks()
          .get(0)
          .targets()
          .forEach(target -> TextTable.assertRows(runner(graph).read(target), BUILT));
    }
  }

  @Test
  void an_empty_project_says_how_to_begin() throws IOException {
    Files.delete(story.folder().resolve("definitions/story.conf"));
    Throwable thrown = catchThrowable(story::project);
    assertThat(thrown).isInstanceOf(DefinitionException.class);
    Golden.check(
        "faults/empty-project.txt",
        String.valueOf(thrown.getMessage()).replace(story.folder().toString(), "PROJECT"));
  }
}
