package dev.tidemark.run;

import static org.apache.spark.sql.functions.input_file_name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tidemark.definition.Project;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.History;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.plan.UpkeepPlan;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.jdk.javaapi.CollectionConverters;

/** Upkeep of tables that runs have written, in Iceberg and in Delta. */
@SparkTest
class MaintenanceTest {
  /** Nothing is too young. */
  private static final Duration AT_ONCE = Duration.ZERO;

  private static final String START = "2024-03-01T00:00:00Z";

  private final SparkSession session;
  private final FeatureStory story;

  MaintenanceTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    String database = "u" + System.nanoTime();
    story
        .file(
            "env/local.conf",
            """
            providers {
              lake { format = iceberg, catalog = tidemark, warehouse = "%1$s", database = "%2$s" }
              delta { format = delta, warehouse = ".tidemark/delta", database = "%2$s" }
              own { format = delta, warehouse = ".tidemark/registry" }
            }
            write-to = [lake, delta]
            registry = own
            """
                .formatted(warehouse(), database))
        .define(
            """
            entities.customer { keys { customer_id = bigint } }
            sources.payments.v1 { path = payments, format = parquet, event-time = at }
            feature-views.spend.v1 {
              entity = customer, source = sources.payments.v1
              features { spend { aggregate = "sum(amount)", windows = [2d] } }
              materialize { every = 1d, start = "2024-03-01" }
            }
            sources.iceberg.v1 { table = "tidemark.%1$s.spend_v1", event-time = event_time }
            sources.delta.v1 { path = ".tidemark/delta/%1$s/spend_v1", format = delta, event-time = event_time }
            feature-views.of_iceberg.v1 {
              entity = customer, source = sources.iceberg.v1
              features { last_spend { value = spend_2d } }
              materialize { every = 1d, start = "2024-03-01" }
            }
            feature-views.of_delta.v1 {
              entity = customer, source = sources.delta.v1
              features { last_spend { value = spend_2d } }
              materialize { every = 1d, start = "2024-03-01" }
            }
            training-sets.oficeberg.v1 {
              spine { source = sources.payments.v1, entity = customer }
              features = [ of_iceberg.v1 ]
            }
            training-sets.ofdelta.v1 {
              spine { source = sources.payments.v1, entity = customer }
              features = [ of_delta.v1 ]
            }
            """
                .formatted(database));
    payments(
        """
        customer_id bigint | at timestamp         | amount bigint
        1                  | 2024-03-01T00:00:00Z | 5
        1                  | 2024-03-02T00:00:00Z | 7
        2                  | 2024-03-02T12:00:00Z | 9
        3                  | 2024-03-03T12:00:00Z | 9
        """);
  }

  private String warehouse() {
    return session.conf().get("spark.sql.catalog.tidemark.warehouse");
  }

  private void payments(String rows) {
    TextTable.parse(session, rows)
        .coalesce(1)
        .write()
        .mode("append")
        .parquet(story.folder().resolve("payments").toString());
  }

  private Graph graph() {
    return Graph.of(story.project().definitions());
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "test", what -> {});
  }

  private Plan plan(String view, String end, Redo redo) {
    Project project = story.project();
    Graph graph = graph();
    Interval interval =
        new Interval(Instant.parse("2024-03-01T00:00:00Z"), Instant.parse(end + "T00:00:00Z"));
    return Planner.materialize(
        graph, project.environment(), List.of(view), interval, runner(graph).history(), redo, 1);
  }

  /** How many intervals were committed. */
  private int materialize(String view, String end, Redo redo) {
    int committed = 0;
    Plan plan = plan(view, end, redo);
    for (Task task : plan.tasks()) {
      TaskReport.Intervals intervals = runner(plan.graph()).run(task).intervals();
      committed += intervals == null ? 0 : intervals.committed();
    }
    return committed;
  }

  private TaskReport build(String name) {
    Project project = story.project();
    Graph graph = graph();
    Task task = Planner.build(graph, project.environment(), List.of(name), null).tasks().get(0);
    return runner(graph).run(task);
  }

  private Maintenance.Report maintain(Duration olderThan, boolean dryRun, String... names) {
    return maintain(olderThan, Instant.now(), dryRun, names);
  }

  private Maintenance.Report maintain(
      Duration olderThan, @Nullable Instant asOf, boolean dryRun, String... names) {
    return new Maintenance(session, story.folder(), story.project().environment(), what -> {})
        .run(
            UpkeepPlan.of(graph(), story.project().environment(), List.of(names)),
            new Maintenance.Wish(olderThan, asOf, dryRun),
            done -> {});
  }

  private List<Target> targets(String name) {
    return story.project().environment().writeTo().stream()
        .map(provider -> new Target(provider, name))
        .toList();
  }

  private OfflineTable table(Target target) {
    return OfflineTables.of(session, story.folder(), target);
  }

  private List<Dataset<Row>> tables(String name) {
    return targets(name).stream().map(target -> runner(graph()).read(target)).toList();
  }

  @Test
  void files_are_merged_and_no_row_changes() {
    assertThat(materialize("spend.v1", "2024-03-06", Redo.DUE)).isEqualTo(5);
    List<List<Row>> before =
        tables("spend_v1").stream()
            .map(
                rows ->
                    rows.orderBy(rows.col("event_time"), rows.col("customer_id")).collectAsList())
            .toList();
    Maintenance.Report look = maintain(AT_ONCE, true, "spend.v1");
    assertThat(look.done()).extracting(Maintenance.Done::merged).containsExactly(5L, 5L);
    Maintenance.Report done = maintain(AT_ONCE, false, "spend.v1");
    assertThat(done.done()).extracting(Maintenance.Done::files).containsExactly(5L, 5L);
    assertThat(done.done()).extracting(Maintenance.Done::merged).containsExactly(5L, 5L);
    assertThat(done.done()).extracting(Maintenance.Done::written).containsExactly(1L, 1L);
    List<Dataset<Row>> after = tables("spend_v1");
    for (int i = 0; i < after.size(); i++) {
      Dataset<Row> rows = after.get(i);
      assertThat(files(rows)).hasSize(1);
      assertThat(ordered(rows)).isEqualTo(before.get(i));
    }
    // The compaction itself came after the as-of time of the first.
    assertThat(maintain(AT_ONCE, false, "spend.v1").done()).allMatch(one -> one.merged() == 0);
    assertThat(maintain(AT_ONCE, false, "spend.v1").done())
        .allMatch(one -> one.merged() == 0 && one.expired() == 0 && one.removed() == 0);
  }

  private static List<Row> ordered(Dataset<Row> rows) {
    return rows.orderBy("event_time", "customer_id").collectAsList();
  }

  @Test
  void few_keys_and_few_days_are_in_fewer_files_than_before() throws Exception {
    StringBuilder rows = new StringBuilder("customer_id bigint | at timestamp | amount bigint\n");
    for (int customer = 0; customer < 200; customer++) {
      rows.append("%d | 2024-03-01T00:00:00Z | %d\n".formatted(1000 + customer, customer));
    }
    payments(rows.toString());
    materialize("spend.v1", "2024-03-11", Redo.DUE);
    assertThat(read("customer_id = 1007")).allMatch(files -> files > 1);
    maintain(AT_ONCE, false, "spend.v1");
    assertThat(read("customer_id = 1007")).containsExactly(1L, 1L);
    assertThat(read("customer_id = 1007 AND event_time = '2024-03-02'")).containsExactly(1L, 1L);
  }

  /** How many files each table's plan reads for a condition, by the formats' own counts. */
  private List<Long> read(String condition) {
    return targets("spend_v1").stream().map(target -> read(table(target), condition)).toList();
  }

  private static long read(OfflineTable table, String condition) {
    Dataset<Row> rows = table.read().where(condition);
    rows.collectAsList();
    SparkPlan plan =
        ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().executedPlan();
    return scans(plan).stream()
        .flatMap(
            scan ->
                Stream.of("numFiles", "resultDataFiles")
                    .filter(name -> scan.metrics().contains(name))
                    .map(name -> scan.metrics().apply(name).value()))
        .findFirst()
        .orElseThrow();
  }

  private static List<SparkPlan> scans(SparkPlan plan) {
    if (plan instanceof AdaptiveSparkPlanExec adaptive) {
      return scans(adaptive.executedPlan());
    }
    return CollectionConverters.asJava(plan.collectLeaves());
  }

  @Test
  void intervals_that_were_done_stay_done_and_stale_ones_are_found() {
    materialize("spend.v1", "2024-03-06", Redo.DUE);
    maintain(AT_ONCE, false);
    assertThat(plan("spend.v1", "2024-03-06", Redo.DUE).tasks()).isEmpty();
    payments(
        """
        customer_id bigint | at timestamp         | amount bigint
        2                  | 2024-03-02T18:00:00Z | 100
        """);
    assertThat(materialize("spend.v1", "2024-03-06", Redo.DUE)).isEqualTo(2);
    for (Dataset<Row> rows : tables("spend_v1")) {
      TextTable.assertRows(
          rows.where("customer_id = 2 AND spend_2d IS NOT NULL").select("event_time", "spend_2d"),
          """
          event_time           | spend_2d
          2024-03-03T00:00:00Z | 109
          2024-03-04T00:00:00Z | 109
          """);
    }
    maintain(AT_ONCE, false);
    assertThat(plan("spend.v1", "2024-03-06", Redo.DUE).tasks()).isEmpty();
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"iceberg", "delta"})
  void a_view_of_a_table_that_is_compacted_does_not_get_stale(String format) {
    materialize("spend.v1", "2024-03-06", Redo.DUE);
    assertThat(materialize("of_" + format + ".v1", "2024-03-06", Redo.DUE)).isEqualTo(5);
    maintain(AT_ONCE, false, "spend.v1");
    assertThat(plan("of_" + format + ".v1", "2024-03-06", Redo.DUE).tasks()).isEmpty();
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"iceberg", "delta"})
  void what_a_manifest_names_is_kept_and_built_again(String format) throws Exception {
    materialize("spend.v1", "2024-03-06", Redo.DUE);
    String manifest = String.valueOf(build("of" + format + ".v1").manifest());
    payments(
        """
        customer_id bigint | at timestamp         | amount bigint
        2                  | 2024-03-01T18:00:00Z | 100
        """);
    materialize("spend.v1", "2024-03-06", Redo.DUE);
    materialize("spend.v1", "2024-03-06", Redo.ALL);
    int which = format.equals("iceberg") ? 0 : 1;
    Maintenance.Done done = maintain(AT_ONCE, false, "spend.v1").done().get(which);
    assertThat(done.pinned()).hasSize(1);
    assertThat(done.pinned().get(0).manifests()).isEqualTo(1);
    assertThat(manifest).endsWith(done.pinned().get(0).manifest().replaceAll(".*/", ""));
    Rebuild rebuild =
        new Rebuild(session, story.folder(), story.project().environment(), "test", what -> {});
    Path changed = story.folder().resolve("payments");
    removeNewest(changed);
    assertThat(rebuild.run(manifest, false).rows()).isEqualTo(4);
    // Let go of: the next upkeep forgets what only that manifest named.
    Files.delete(Path.of(URI.create(manifest)));
    Maintenance.Done gone = maintain(AT_ONCE, false, "spend.v1").done().get(which);
    assertThat(gone.pinned()).isEmpty();
    if (format.equals("iceberg")) {
      assertThat(gone.expired()).isPositive();
    }
  }

  private static void removeNewest(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      Path newest =
          files
              .filter(file -> file.toString().endsWith(".parquet"))
              .max(Comparator.comparing(file -> file.toFile().lastModified()))
              .orElseThrow();
      Files.delete(newest);
    }
  }

  private static List<Path> files(Dataset<Row> rows) {
    return rows.select(input_file_name()).distinct().as(Encoders.STRING()).collectAsList().stream()
        .map(file -> Path.of(file.replaceFirst("^file:/+", "/")))
        .toList();
  }

  @Test
  void what_is_young_is_left() {
    materialize("spend.v1", "2024-03-06", Redo.DUE);
    long before = versions();
    Maintenance.Report done = maintain(Duration.ofDays(7), false, "spend.v1");
    assertThat(done.done()).allMatch(one -> one.expired() == 0 && one.removed() == 0);
    assertThat(versions()).isEqualTo(before + 1);
    // Ages are counted from the last change where nothing else is said.
    Maintenance.Done iceberg = maintain(AT_ONCE, null, false, "spend.v1").done().get(0);
    assertThat(iceberg.expired()).isPositive();
    assertThat(iceberg.asOf()).isNotNull();
  }

  private long versions() {
    return table(targets("spend_v1").get(0)).commitsSince(null, 100).size();
  }

  @Test
  void files_that_no_commit_names_go_when_they_are_old() throws IOException {
    materialize("spend.v1", "2024-03-02", Redo.DUE);
    for (Target target : targets("spend_v1")) {
      Path file = files(table(target).read()).get(0);
      Path old = file.resolveSibling("00000-killed-run.parquet");
      Path young = file.resolveSibling("00001-running-run.parquet");
      Files.copy(file, old);
      Files.copy(file, young);
      age(old, Duration.ofDays(4));
      // A run may take days: it goes by the clock, whatever is asked for.
      age(young, Duration.ofDays(2));
      age(file, Duration.ofDays(30));
      maintain(AT_ONCE, true, "spend.v1");
      assertThat(old).exists();
      maintain(AT_ONCE, false, "spend.v1");
      assertThat(old).doesNotExist();
      assertThat(young).exists();
      assertThat(file).exists();
      assertThat(table(target).read().count()).isEqualTo(1);
    }
  }

  private static void age(Path file, Duration age) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
  }

  /** How many rows the view has until then, as computed anew. */
  private long rowsOf(String end) {
    return story.materialize("spend.v1", START, end + "T00:00:00Z").count();
  }

  @Test
  void files_of_versions_that_are_forgotten_go_when_they_are_old() throws IOException {
    materialize("spend.v1", "2024-03-06", Redo.DUE);
    maintain(AT_ONCE, false, "spend.v1");
    ageAll(story.folder().resolve(".tidemark/delta"));
    DeltaLog.clearCache();
    Maintenance.Done delta = maintain(AT_ONCE, false, "spend.v1").done().get(1);
    // One of each interval.
    assertThat(delta.removed()).isEqualTo(5);
    assertThat(tables("spend_v1").get(1).count()).isEqualTo(rowsOf("2024-03-06"));
  }

  private static void ageAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".parquet")).toList()) {
        age(file, Duration.ofDays(30));
      }
    }
  }

  @Test
  void manifests_of_killed_runs_go_when_they_are_old() throws Exception {
    materialize("spend.v1", "2024-03-03", Redo.DUE);
    Path named = manifests().get(0);
    Path killed = named.resolveSibling("00000000-0000-0000-0000-000000000000.json");
    Path cutOff = named.resolveSibling("00000000-0000-0000-0000-000000000001.json");
    Path foreign = named.resolveSibling("notes.json");
    Files.writeString(
        killed,
        Files.readString(named).replaceAll("\"run_id\" : \"[^\"]*\"", "\"run_id\" : \"k\""));
    Files.writeString(cutOff, "{ \"manif");
    Files.writeString(foreign, "{ \"who\" : \"me\" }");
    assertThat(maintain(AT_ONCE, false).manifests()).isZero();
    for (Path file : List.of(named, killed, cutOff, foreign)) {
      age(file, Duration.ofDays(5));
    }
    assertThat(maintain(AT_ONCE, true).manifests()).isEqualTo(2);
    assertThat(maintain(AT_ONCE, false).manifests()).isEqualTo(2);
    assertThat(killed).doesNotExist();
    assertThat(cutOff).doesNotExist();
    assertThat(foreign).exists();
    assertThat(named).exists();
  }

  private List<Path> manifests() throws IOException {
    Path folder = story.folder().resolve(".tidemark/registry/_manifests/feature-views/spend.v1");
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(path -> path.toString().endsWith(".json")).sorted().toList();
    }
  }

  @Test
  void a_manifest_that_cannot_be_read_stops_it() throws IOException {
    materialize("spend.v1", "2024-03-03", Redo.DUE);
    Path named = manifests().get(0);
    Files.delete(named.resolveSibling("." + named.getFileName() + ".crc"));
    Files.writeString(named, "{ \"manif");
    TaskFailure failure =
        catchThrowableOfType(TaskFailure.class, () -> maintain(AT_ONCE, false, "spend.v1"));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.INPUT_NOT_READY);
    assertThat(failure)
        .hasMessageContaining(String.valueOf(named.getFileName()))
        .hasMessageContaining("pins");
  }

  @Test
  void what_was_never_written_is_not_ready_and_the_future_is_refused() {
    assertThat(
            catchThrowableOfType(TaskFailure.class, () -> maintain(AT_ONCE, false, "spend.v1"))
                .exitCode())
        .isEqualTo(ExitCode.INPUT_NOT_READY);
    assertThat(maintain(AT_ONCE, false).absent()).hasSizeGreaterThan(4);
    assertThat(
            catchThrowableOfType(
                    TaskFailure.class,
                    () -> maintain(AT_ONCE, Instant.now().plusSeconds(60), false))
                .exitCode())
        .isEqualTo(ExitCode.DEFINITION);
  }

  @Tag("slow")
  @Test
  void runs_beside_it_end_as_if_they_were_alone() throws Exception {
    materialize("spend.v1", "2024-03-06", Redo.DUE);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    Future<Integer> run = threads.submit(() -> materialize("spend.v1", "2024-03-10", Redo.ALL));
    Future<?> upkeep =
        threads.submit(
            () -> {
              for (int i = 0; i < 3; i++) {
                try {
                  maintain(Duration.ofDays(7), false, "spend.v1");
                } catch (TaskFailure lost) {
                  assertThat(lost.exitCode()).isEqualTo(ExitCode.CONFLICT);
                }
              }
            });
    assertThat(run.get()).isEqualTo(9);
    upkeep.get();
    threads.shutdown();
    List<Row> alone = told(story.materialize("spend.v1", START, "2024-03-10T00:00:00Z"));
    assertThat(alone).hasSize(7);
    for (Dataset<Row> rows : tables("spend_v1")) {
      assertThat(told(rows)).isEqualTo(alone);
    }
    assertThat(plan("spend.v1", "2024-03-10", Redo.DUE).tasks()).isEmpty();
  }

  private static List<Row> told(Dataset<Row> rows) {
    return ordered(rows.select("customer_id", "event_time", "spend_2d"));
  }

  @Tag("slow")
  @Test
  void what_is_beside_a_views_ticks_is_maintained_too() {
    materialize("spend.v1", "2024-03-04", Redo.DUE);
    for (String asOf : List.of("2024-03-03T00:00:00Z", "2024-03-04T00:00:00Z")) {
      Plan newest =
          Planner.latest(
              graph(),
              story.project().environment(),
              List.of("spend.v1"),
              Instant.parse(asOf),
              History.NONE,
              false);
      newest.tasks().forEach(task -> runner(newest.graph()).run(task));
    }
    List<List<Row>> before = tables("spend_v1__latest").stream().map(rows -> told(rows)).toList();
    assertThat(before.get(0)).hasSize(2);
    assertThat(maintain(AT_ONCE, false, "spend.v1").done())
        .extracting(done -> done.target().name())
        .containsExactly("spend_v1", "spend_v1__latest", "spend_v1", "spend_v1__latest");
    assertThat(tables("spend_v1__latest").stream().map(rows -> told(rows)).toList())
        .isEqualTo(before);
  }
}
