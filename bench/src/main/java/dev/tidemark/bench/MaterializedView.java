package dev.tidemark.bench;

import dev.tidemark.compile.Compiler;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.pit.SlotEngine;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.run.Runner;
import dev.tidemark.run.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * A project with one view of four windows of up to 90 days, under several names, each with a table
 * of its own in an Iceberg catalog in a folder, as its source is: of that each day has a file.
 */
final class MaterializedView implements AutoCloseable {
  private static final Instant START = Instant.parse("2024-01-01T00:00:00Z");
  private static final long DAY_MICROS = 86_400_000_000L;

  private static final String DEFINITIONS =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 { table = "%s", event-time = at }
      """;

  private static final String VIEW =
      """
      feature-views.%s.v1 {
        entity = customer, source = sources.payments.v1
        features {
          total { aggregate = "sum(amount)", windows = [1d, 7d, 30d, 90d] }
          count { aggregate = "count(*)", windows = [1d, 7d, 30d, 90d] }
          least { aggregate = "min(amount)", windows = [1d, 7d, 30d, 90d] }
          most { aggregate = "max(amount)", windows = [1d, 7d, 30d, 90d] }
        }
        materialize { every = 1d, start = "2024-01-01" }
      }
      """;

  private static final String ENVIRONMENT =
      """
      providers { lake { format = iceberg, catalog = lake, warehouse = "../warehouse" } }
      spark { master = "local[%d]", sql.shuffle.partitions = 8, local.dir = "%s" }
      """;

  /** Where events are kept from one measurement to the next. */
  private static final String RAW = "raw";

  /** Views of several backfills, followed by a number. */
  static final String FILLED = "filled_";

  static final String UNSTATED = "unstated_";

  private final Path root;
  private final int runs;
  private final SparkSession session;
  private String events = "lake.raw.none";

  /**
   * @param root what is below it may be deleted, but events
   * @param runs how many backfills there are to be, after one for warmth
   */
  MaterializedView(Path root, int threads, int runs) throws IOException {
    this.root = root;
    this.runs = runs;
    Path project = root.resolve("project");
    Path warehouse = root.resolve("warehouse");
    Files.createDirectories(warehouse);
    delete(project);
    try (Stream<Path> databases = Files.list(warehouse)) {
      for (Path database : databases.toList()) {
        if (!database.endsWith(RAW)) {
          delete(database);
        }
      }
    }
    Files.createDirectories(project.resolve("definitions"));
    Files.createDirectories(project.resolve("env"));
    Files.writeString(
        project.resolve("env/local.conf"), ENVIRONMENT.formatted(threads, root.resolve("spill")));
    define();
    session = Sessions.open(project().environment(), project);
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private void define() throws IOException {
    StringBuilder text = new StringBuilder(DEFINITIONS.formatted(events));
    text.append(VIEW.formatted("stated")).append(VIEW.formatted("whole"));
    for (int i = 0; i <= runs; i++) {
      text.append(VIEW.formatted(FILLED + i)).append(VIEW.formatted(UNSTATED + i));
    }
    Files.writeString(root.resolve("project/definitions/bench.conf"), text);
  }

  private Project project() {
    return ProjectReader.read(root.resolve("project"), "local");
  }

  /** Makes the source's events, unless they are there: in random order within each day. */
  void events(long rows, long keys, int days) throws Exception {
    events = "lake.%s.events_%d_%d_%d".formatted(RAW, rows, keys, days);
    define();
    session.sql("CREATE NAMESPACE IF NOT EXISTS lake." + RAW);
    if (!session.catalog().tableExists(events)) {
      session
          .range(0, rows, 1, days)
          .selectExpr(
              "pmod(xxhash64(id, 1L), %dL) AS customer_id".formatted(keys),
              "timestamp_micros(%dL + (id * %dL) DIV %dL * %dL + pmod(xxhash64(id, 2L), %dL)) AS at"
                  .formatted(
                      ChronoUnit.MICROS.between(Instant.EPOCH, START),
                      days,
                      rows,
                      DAY_MICROS,
                      DAY_MICROS),
              "pmod(xxhash64(id, 3L), 100000L) / 100D AS amount")
          .writeTo(events)
          .tableProperty("write.distribution-mode", "none")
          .create();
    }
  }

  /** How many events there are. */
  long count() {
    return session.table(events).count();
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, root.resolve("project"), project().environment(), graph, "bench", what -> {});
  }

  private Task.MaterializeInterval task(
      Runner runner, Graph graph, String view, int first, int last) {
    Plan plan =
        Planner.materialize(
            graph,
            project().environment(),
            List.of(view + ".v1"),
            new Interval(tick(first), tick(last + 1)),
            runner.history(),
            Redo.DUE,
            1);
    return plan.tasks()
        .get(0)
        .match(build -> null, materialize -> materialize, latest -> null, score -> null);
  }

  private static Instant tick(int day) {
    return START.plus(day, ChronoUnit.DAYS);
  }

  /** Plans and runs some ticks, as the command does; seconds. */
  double materialize(String view, boolean incremental, int first, int last) {
    session.conf().set(Compiler.INCREMENTAL, String.valueOf(incremental));
    System.gc();
    long start = System.nanoTime();
    Graph graph = Graph.of(project().definitions());
    Runner runner = runner(graph);
    runner.run(task(runner, graph, view, first, last));
    return (System.nanoTime() - start) / 1e9;
  }

  /** Computes some ticks and writes nothing; seconds. */
  double pass(int first, int last) {
    System.gc();
    long start = System.nanoTime();
    Graph graph = Graph.of(project().definitions());
    new Compiler(session, root.resolve("project"), graph, new SlotEngine())
        .view(task(runner(graph), graph, UNSTATED + runs, first, last), PinnedSources.current())
        .rows()
        .write()
        .format("noop")
        .mode(SaveMode.Overwrite)
        .save();
    return (System.nanoTime() - start) / 1e9;
  }

  /** Whether two views have the same rows at some ticks, to the bit, as far as hashes tell. */
  boolean areSame(String one, String other, int first, int last) {
    return digest(one, first, last).equals(digest(other, first, last));
  }

  private Row digest(String view, int first, int last) {
    Project project = project();
    return runner(Graph.of(project.definitions()))
        .read(new Target(project.environment().writeTo().get(0), view + "_v1"))
        .where(
            functions
                .col("event_time")
                .between(functions.lit(tick(first)), functions.lit(tick(last))))
        .selectExpr("count(*)", "sum(CAST(xxhash64(*) AS DECIMAL(20, 0)))")
        .first();
  }

  @Override
  public void close() {
    session.stop();
  }
}
