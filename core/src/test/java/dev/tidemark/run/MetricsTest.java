package dev.tidemark.run;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.Project;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.plan.TaskMetrics;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What tasks say that they cost, held against what there is to read and what was written. */
@SparkTest
class MetricsTest {
  private static final int PAYMENTS = 40_000;
  private static final int VISITS = 10_000;
  private static final int LABELS = 500;

  private final SparkSession session;
  private final FeatureStory story;
  private final String database = "metrics" + System.nanoTime();

  MetricsTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    parquet("payments", PAYMENTS);
    parquet("visits", VISITS);
    parquet("disputes", LABELS);
    story
        .file(
            "env/local.conf",
            """
            providers {
              lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "%s" }
              delta { format = delta, warehouse = ".tidemark/delta" }
            }
            registry = delta
            """
                .formatted(database))
        .define(
            """
            entities.customer { keys { customer_id = bigint } }
            sources.payments.v1 { path = "data/payments", format = parquet, event-time = at }
            sources.visits.v1 { path = "data/visits", format = parquet, event-time = at }
            sources.disputes.v1 { path = "data/disputes", format = parquet, event-time = at }
            feature-views.spend.v1 {
              entity = customer, source = sources.payments.v1
              features { spend { aggregate = "sum(x)", windows = [2d, unbounded] } }
              materialize { every = 1d, start = "2024-03-01" }
            }
            feature-views.visits.v1 {
              entity = customer, source = sources.visits.v1
              features { visits { aggregate = "count(*)", windows = [2d] } }
              materialize { every = 1d, start = "2024-03-01" }
            }
            labels.big.v1 { entity = customer, source = sources.disputes.v1, value = "x > 6" }
            training-sets.t.v1 { label = labels.big.v1, features = [ spend.v1, visits.v1 ] }
            """);
    session.sql("CREATE NAMESPACE IF NOT EXISTS tidemark." + database);
  }

  /** Rows of a hundred customers, a second apart. */
  private void parquet(String name, int rows) {
    session
        .range(0, rows, 1, 2)
        .select(
            col("id").mod(lit(100)).as("customer_id"),
            col("id").plus(lit(1_709_251_200L)).cast("timestamp").as("at"),
            col("id").cast("double").as("x"))
        .write()
        .parquet(story.folder().resolve("data/" + name).toString());
  }

  /** Of the data files in a folder. */
  private long bytes(String in) {
    try (Stream<Path> files = Files.walk(story.folder().resolve(in))) {
      return files
          .filter(file -> file.toString().endsWith(".parquet"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long icebergBytes(String table) {
    return session
        .sql("SELECT sum(file_size_in_bytes) FROM tidemark.%s.%s.files".formatted(database, table))
        .first()
        .getLong(0);
  }

  private Runner runner() {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    return new Runner(session, story.folder(), project.environment(), graph, "test", what -> {});
  }

  private Plan build() {
    Project project = story.project();
    return Planner.build(
        Graph.of(project.definitions()), project.environment(), List.of("t.v1"), null);
  }

  private Task materialize(String view, int days) {
    Project project = story.project();
    Interval interval =
        new Interval(
            Instant.parse("2024-03-01T00:00:00Z"),
            Instant.parse("2024-03-01T00:00:00Z").plusSeconds(86_400L * days));
    return Planner.materialize(
            Graph.of(project.definitions()), project.environment(), List.of(view), interval)
        .tasks()
        .get(0);
  }

  private static TaskMetrics of(TaskReport report) {
    return Objects.requireNonNull(report.metrics());
  }

  private List<Row> history(String runId) {
    return session
        .read()
        .format("delta")
        .load(story.folder().resolve(".tidemark/delta/tidemark/runs").toString())
        .where(col("run_id").equalTo(lit(runId)))
        .orderBy("interval_start")
        .collectAsList();
  }

  /** What holds of every task. */
  private static void assertConsistent(TaskMetrics metrics) {
    assertThat(metrics.complete()).isTrue();
    double phases = metrics.phases().values().stream().mapToDouble(each -> each).sum();
    assertThat(phases).isPositive().isLessThanOrEqualTo(metrics.seconds() + 1e-6);
    double views =
        metrics.views().stream().mapToDouble(view -> view.ownSeconds() + view.joinSeconds()).sum();
    assertThat(views + metrics.sharedSeconds()).isCloseTo(metrics.executorSeconds(), within(0.05));
    assertThat(metrics.views().stream().mapToDouble(TaskMetrics.ViewCost::share).sum())
        .isLessThanOrEqualTo(1.05);
    assertThat(metrics.cpuSeconds()).isPositive().isLessThan(metrics.executorSeconds() + 0.5);
    assertThat(metrics.jobs()).isPositive();
    assertThat(metrics.stages()).isPositive();
    assertThat(metrics.tasks()).isGreaterThanOrEqualTo(metrics.stages() / 2);
    assertThat(metrics.failedTasks()).isZero();
    assertThat(metrics.peakMemoryBytes()).isPositive();
    assertThat(metrics.longestStages()).isNotEmpty();
    metrics.sources().forEach(source -> assertThat(source.bytes()).isNotNull().isPositive());
    assertThat(metrics.sources().stream().mapToLong(TaskMetrics.SourceCost::rows).sum())
        .isEqualTo(metrics.rowsRead());
  }

  private static long rows(TaskMetrics metrics, String source) {
    return metrics.sources().stream()
        .filter(each -> each.source().equals(source))
        .mapToLong(TaskMetrics.SourceCost::rows)
        .sum();
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "shuffle", "broadcast-events", "broadcast-spine", "hot-keys"})
  void a_build_tells_what_was_read_and_written_and_what_each_view_cost(String strategy) {
    if (!strategy.equals("auto")) {
      session.conf().set("spark.tidemark.strategy", strategy);
    }
    try {
      Runner runner = runner();
      TaskReport report = runner.run(build().tasks().get(0));
      TaskMetrics metrics = of(report);
      assertConsistent(metrics);
      // Read once for the join, and of their first rows one batch is looked at before.
      assertThat(rows(metrics, "sources.payments.v1"))
          .isBetween((long) PAYMENTS, PAYMENTS + 4_096L);
      assertThat(rows(metrics, "sources.visits.v1")).isBetween((long) VISITS, VISITS + 4_096L);
      // Counted first, then joined.
      assertThat(rows(metrics, "sources.disputes.v1")).isGreaterThanOrEqualTo(2 * LABELS);
      assertThat(metrics.rowsWritten()).isEqualTo(2 * report.rows()).isEqualTo(2 * LABELS);
      long written = bytes(".tidemark/delta/features/t_v1") + icebergBytes("t_v1");
      assertThat(metrics.bytesWritten()).isBetween(written * 9 / 10, written * 11 / 10);
      assertThat(metrics.phases()).containsKeys("plan", "count", "compute", "commit", "manifest");
      assertThat(metrics.views())
          .extracting(TaskMetrics.ViewCost::views)
          .containsExactlyInAnyOrder(
              List.of("feature-views.spend.v1"), List.of("feature-views.visits.v1"));
      for (TaskMetrics.ViewCost view : metrics.views()) {
        boolean spend = view.views().get(0).contains("spend");
        assertThat(view.rowsRead()).isEqualTo(spend ? PAYMENTS : VISITS);
        assertThat(view.events()).isPositive().isLessThanOrEqualTo(view.rowsRead());
        long there = bytes("data/" + (spend ? "payments" : "visits"));
        // One view needs all columns, and the other all but one of the two that are large.
        long needed = spend ? there : there / 2;
        assertThat(view.bytesRead()).isBetween(needed * 9 / 10, needed * 3 / 2);
        assertThat(view.ownSeconds()).isPositive();
        assertThat(view.joinSeconds()).isPositive();
      }
      assertThat(metrics.longestStages())
          .extracting(TaskMetrics.StageCost::name)
          .contains(
              "reading sources.payments.v1 for feature-views.spend.v1",
              "reading sources.visits.v1 for feature-views.visits.v1")
          .anyMatch(name -> name.contains("joining events to the spine"))
          .contains("writing files");
      List<Row> recorded = history(runner.runId());
      assertThat(recorded).hasSize(1);
      Row row = recorded.get(0);
      assertThat(row.<Double>getAs("seconds")).isPositive().isLessThan(metrics.seconds());
      assertThat(row.<Long>getAs("rows_read")).isEqualTo(metrics.rowsRead());
      assertThat(row.<Long>getAs("bytes_read")).isEqualTo(metrics.bytesRead());
      assertThat(row.<Long>getAs("rows_written")).isEqualTo(metrics.rowsWritten());
      assertThat(row.<Long>getAs("bytes_written")).isEqualTo(metrics.bytesWritten());
      assertThat(row.<Double>getAs("executor_seconds")).isPositive();
      assertThat(row.<Double>getAs("cpu_seconds")).isPositive();
      JsonNode json = json(row.getAs("metrics"));
      assertThat(json.path("views")).hasSize(2);
      assertThat(json.path("rows_read").asLong()).isEqualTo(metrics.rowsRead());
    } finally {
      session.conf().unset("spark.tidemark.strategy");
    }
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void of_several_intervals_the_last_row_of_the_history_has_the_cost_of_the_task() {
    Runner runner = runner();
    TaskReport report = runner.run(materialize("spend.v1", 3));
    TaskMetrics metrics = of(report);
    assertConsistent(metrics);
    assertThat(rows(metrics, "sources.payments.v1")).isPositive();
    assertThat(metrics.rowsWritten()).isEqualTo(2 * report.rows());
    assertThat(metrics.views()).extracting(TaskMetrics.ViewCost::views).hasSize(1);
    List<Row> recorded = history(runner.runId());
    assertThat(recorded).hasSize(3);
    assertThat(recorded.subList(0, 2)).allMatch(row -> row.getAs("seconds") == null);
    assertThat(recorded.get(2).<Double>getAs("seconds")).isPositive();
    assertThat(recorded.get(2).<Long>getAs("rows_written")).isEqualTo(metrics.rowsWritten());
  }

  @Test
  void tasks_that_run_at_once_are_told_apart() throws Exception {
    Runner runner = runner();
    List<Task> tasks = List.of(materialize("spend.v1", 2), materialize("visits.v1", 2));
    ExecutorService threads = Executors.newFixedThreadPool(2);
    List<Future<TaskReport>> running = new ArrayList<>();
    tasks.forEach(task -> running.add(threads.submit(() -> runner.run(task))));
    TaskReport spend = running.get(0).get();
    TaskReport visits = running.get(1).get();
    threads.shutdown();
    assertOnlyOf("spend", "sources.payments.v1", spend);
    assertOnlyOf("visits", "sources.visits.v1", visits);
  }

  private static void assertOnlyOf(String view, String source, TaskReport report) {
    TaskMetrics metrics = of(report);
    assertConsistent(metrics);
    assertThat(metrics.sources())
        .extracting(TaskMetrics.SourceCost::source)
        .containsExactly(source);
    assertThat(metrics.rowsWritten()).isEqualTo(2 * report.rows());
    assertThat(metrics.views())
        .extracting(TaskMetrics.ViewCost::views)
        .containsExactly(List.of("feature-views." + view + ".v1"));
  }

  @Test
  void a_task_that_fails_tells_what_it_cost() {
    story.define(
        """
        entities.customer { keys { customer_id = bigint } }
        sources.disputes.v1 { path = "data/disputes", format = parquet, event-time = at }
        labels.big.v1 { entity = customer, source = sources.disputes.v1, value = "raise_error('no')" }
        feature-views.a.v1 { entity = customer, source = sources.disputes.v1, features { n { value = x } } }
        training-sets.t.v1 { label = labels.big.v1, features = [ a.v1 ] }
        """);
    TaskFailure failure =
        catchThrowableOfType(TaskFailure.class, () -> runner().run(build().tasks().get(0)));
    TaskMetrics metrics = Objects.requireNonNull(failure.metrics());
    assertThat(metrics.failedTasks()).isPositive();
    assertThat(metrics.rowsWritten()).isZero();
    assertThat(metrics.seconds()).isPositive();
    // Nothing of it stays with the thread, or with Spark.
    assertThat(session.sparkContext().getLocalProperty(SparkWork.TASK)).isNull();
    assertThat(session.sparkContext().getLocalProperty(SparkWork.PHASE)).isNull();
  }
}
