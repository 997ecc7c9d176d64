package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Project;
import dev.tidemark.pit.Engine;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.ReadEstimate;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.adaptive.QueryStageExec;
import org.apache.spark.sql.execution.datasources.v2.BatchScanExec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An interval reads the files of its look-back and no others, and how many those are is told before
 * it runs: held against what Spark's scans report afterwards.
 */
@SparkTest
class ReadEstimatesTest {
  private static final int DAYS = 10;
  private static final int ROWS_OF_A_DAY = 3;

  /** How a source of ten days is stored, a file a day. */
  enum Stored {
    /** Partitioned by days(at); the bounds in its metadata do the rest. */
    ICEBERG("at", 2),
    /** Partitioned by a column that no filter names; the statistics of the files tell. */
    DELTA("at", 2),
    /** The event time is the partition column: midnight of the tick itself is seen. */
    PARQUET_BY_DAY("day", 3),
    /** Nothing but the footers tell, which only the scan itself looks at. */
    PARQUET("at", DAYS),
    CSV("at", DAYS);

    final String eventTime;
    final int files;

    Stored(String eventTime, int files) {
      this.eventTime = eventTime;
      this.files = files;
    }

    boolean knowsRows() {
      return this != CSV;
    }
  }

  private final SparkSession session;
  private final FeatureStory story;
  private final String table = "tidemark.reads" + System.nanoTime() + ".payments";

  ReadEstimatesTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
  }

  private String location(Stored stored) {
    return switch (stored) {
      case ICEBERG -> "table = \"%s\"".formatted(table);
      case DELTA -> "path = payments, format = delta";
      case PARQUET_BY_DAY -> "path = payments, format = parquet, time-zone = UTC";
      case PARQUET -> "path = payments, format = parquet";
      case CSV ->
          "path = payments, format = csv, schema { customer_id = bigint, at = timestamp, amount = bigint }";
    };
  }

  private void define(Stored stored, String features) {
    story.define(
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { %s, event-time = %s }
        feature-views.spend.v1 {
          entity = customer, source = sources.payments.v1, features { %s }
          materialize { every = 1d, start = "2024-03-01" }
        }
        """
            .formatted(location(stored), stored.eventTime, features));
  }

  /** At noon and after of each of the first ten days of March. */
  private void write(Stored stored) throws Exception {
    StringBuilder rows = new StringBuilder("customer_id bigint | at timestamp | amount bigint\n");
    for (int day = 1; day <= DAYS; day++) {
      for (int i = 0; i < ROWS_OF_A_DAY; i++) {
        rows.append("%d | 2024-03-%02dT%d:00:00Z | %d\n".formatted(i, day, 12 + i, day));
      }
    }
    Dataset<Row> all =
        TextTable.parse(session, rows.toString())
            .selectExpr("*", "to_date(at) AS day")
            .repartitionByRange(DAYS, org.apache.spark.sql.functions.col("day"))
            .sortWithinPartitions("at");
    String path = story.folder().resolve("payments").toString();
    switch (stored) {
      case ICEBERG -> {
        session.sql("CREATE NAMESPACE " + table.substring(0, table.lastIndexOf('.')));
        all.drop("day")
            .writeTo(table)
            .partitionedBy(
                org.apache.spark.sql.functions.days(org.apache.spark.sql.functions.col("at")))
            .create();
      }
      case DELTA -> all.write().format("delta").partitionBy("day").save(path);
      case PARQUET_BY_DAY -> all.write().partitionBy("day").parquet(path);
      case PARQUET -> withStatistics(() -> all.drop("day").write().parquet(path));
      case CSV ->
          all.selectExpr(
                  "customer_id", "date_format(at, \"yyyy-MM-dd'T'HH:mm:ss'Z'\") AS at", "amount")
              .write()
              .option("header", "true")
              .csv(path);
    }
  }

  /** Spark's default for times in Parquet is a type that has none. */
  private void withStatistics(Runnable writing) {
    String setting = "spark.sql.parquet.outputTimestampType";
    session.conf().set(setting, "TIMESTAMP_MICROS");
    try {
      writing.run();
    } finally {
      session.conf().unset(setting);
    }
  }

  private Task.MaterializeInterval task(Graph graph, Project project) {
    Interval eighth =
        new Interval(Instant.parse("2024-03-08T00:00:00Z"), Instant.parse("2024-03-09T00:00:00Z"));
    return Objects.requireNonNull(
        Planner.materialize(graph, project.environment(), List.of("spend.v1"), eighth)
            .tasks()
            .get(0)
            .<Task.MaterializeInterval>match(
                build -> null, view -> view, latest -> null, score -> null));
  }

  /** The scans of a plan that has run. */
  private static void scans(SparkPlan plan, List<SparkPlan> found) {
    if (plan instanceof FileSourceScanExec || plan instanceof BatchScanExec) {
      found.add(plan);
    } else if (plan instanceof AdaptiveSparkPlanExec adaptive) {
      scans(adaptive.executedPlan(), found);
    } else if (plan instanceof QueryStageExec stage) {
      scans(stage.plan(), found);
    }
    SparkPlans.list(plan.children()).forEach(child -> scans(child, found));
  }

  private static long filesRead(SparkPlan scan) {
    String metric = scan instanceof FileSourceScanExec ? "numFiles" : "resultDataFiles";
    return scan.metrics().apply(metric).value();
  }

  private static long rowsRead(SparkPlan scan) {
    return scan.metrics().apply("numOutputRows").value();
  }

  private List<SparkPlan> run(Compiler compiler, Task.MaterializeInterval task) {
    Dataset<Row> rows = compiler.view(task, PinnedSources.current()).explained();
    assertThat(rows.collectAsList()).hasSize(ROWS_OF_A_DAY);
    List<SparkPlan> scans = new ArrayList<>();
    scans(
        ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().executedPlan(), scans);
    return scans;
  }

  private Compiler compiler(Graph graph) {
    return new Compiler(session, story.folder(), graph, Engine.of(session));
  }

  @ParameterizedTest
  @EnumSource
  void an_interval_reads_the_files_of_its_look_back_as_was_told_before(Stored stored)
      throws Exception {
    write(stored);
    define(stored, "spend { aggregate = \"sum(amount)\", windows = [1d, 2d] }");
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Task.MaterializeInterval task = task(graph, project);
    ReadEstimate estimate = compiler(graph).estimate(task, PinnedSources.current());
    assertThat(estimate.sources()).hasSize(1);
    ReadEstimate.Size size = Objects.requireNonNull(estimate.sources().get(0).size());
    assertThat(size).isEqualTo(estimate.total());
    assertThat(size.files()).isEqualTo(stored.files);
    assertThat(size.rows())
        .isEqualTo(stored.knowsRows() ? (long) stored.files * ROWS_OF_A_DAY : null);
    List<SparkPlan> scans = run(compiler(graph), task);
    assertThat(scans).hasSizeGreaterThanOrEqualTo(2);
    assertThat(scans).allSatisfy(scan -> assertThat(filesRead(scan)).isEqualTo(stored.files));
    if (stored == Stored.PARQUET) {
      // Of the other files only the footers are read.
      assertThat(scans)
          .allSatisfy(scan -> assertThat(rowsRead(scan)).isEqualTo(2L * ROWS_OF_A_DAY));
    }
    assertThat(size.bytes()).isEqualTo(bytes(stored));
  }

  /** The sizes of the files that hold the days, by the format's own account. */
  private long bytes(Stored stored) {
    String days = "('2024-03-06', '2024-03-07', '2024-03-08')";
    String sizes =
        switch (stored) {
          case ICEBERG ->
              "SELECT sum(file_size_in_bytes) FROM %s.files WHERE date_trunc('day', readable_metrics.at.lower_bound) IN ('2024-03-06', '2024-03-07')"
                  .formatted(table);
          case DELTA ->
              "SELECT sum(size) FROM (SELECT DISTINCT _metadata.file_path, _metadata.file_size AS size FROM delta.`%s` WHERE day IN ('2024-03-06', '2024-03-07'))"
                  .formatted(story.folder().resolve("payments"));
          case PARQUET_BY_DAY ->
              "SELECT sum(size) FROM (SELECT DISTINCT _metadata.file_path, _metadata.file_size AS size FROM parquet.`%s` WHERE day IN %s)"
                  .formatted(story.folder().resolve("payments"), days);
          case PARQUET, CSV ->
              "SELECT sum(size) FROM (SELECT DISTINCT _metadata.file_path, _metadata.file_size AS size FROM %s.`%s`)"
                  .formatted(
                      stored == Stored.CSV ? "csv" : "parquet", story.folder().resolve("payments"));
        };
    return session.sql(sizes).first().getLong(0);
  }

  @Test
  void what_the_reference_engine_computes_reads_no_more_files() throws Exception {
    write(Stored.DELTA);
    define(
        Stored.DELTA,
        "by_amount { aggregate = \"count(*)\", by = amount, windows = [2d] }"
            + ", amounts { aggregate = \"count(DISTINCT amount)\", windows = [2d] }");
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Task.MaterializeInterval task = task(graph, project);
    assertThat(compiler(graph).estimate(task, PinnedSources.current()).total().files())
        .isEqualTo(2);
    assertThat(run(compiler(graph), task))
        .allSatisfy(scan -> assertThat(filesRead(scan)).isEqualTo(2));
  }

  @Test
  void an_estimate_runs_no_task() throws Exception {
    write(Stored.ICEBERG);
    define(Stored.ICEBERG, "spend { aggregate = \"sum(amount)\", windows = [2d] }");
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Task.MaterializeInterval task = task(graph, project);
    AtomicInteger tasks = new AtomicInteger();
    SparkListener counting =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            tasks.incrementAndGet();
          }
        };
    session.sparkContext().addSparkListener(counting);
    try {
      compiler(graph).estimate(task, PinnedSources.current());
      session.sparkContext().listenerBus().waitUntilEmpty();
    } finally {
      session.sparkContext().removeSparkListener(counting);
    }
    assertThat(tasks).hasValue(0);
  }

  @Test
  void what_has_no_files_is_not_known_or_nothing_and_a_table_of_two_sources_counts_once()
      throws Exception {
    write(Stored.DELTA);
    session
        .sql(
            "SELECT id AS customer_id, TIMESTAMP '2024-03-07T00:00:00Z' AS at, 1L AS amount, DATE '2024-03-07' AS day FROM range(3)")
        .localCheckpoint()
        .createOrReplaceTempView("elsewhere");
    story.define(
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { path = payments, format = delta, event-time = at }
        sources.again.v1 { path = payments, format = delta, event-time = at }
        transformations.both.v1 {
          inputs { a = sources.payments.v1, b = sources.again.v1 }
          sql = "SELECT * FROM a WHERE customer_id IN (SELECT customer_id FROM b)", event-time = at
        }
        sources.made.v1 {
          sql = "SELECT id AS customer_id, TIMESTAMP '2024-03-07T00:00:00Z' AS at, DATE '2024-03-07' AS day, 1L AS amount FROM range(3)", event-time = at
        }
        sources.elsewhere.v1 { table = elsewhere, event-time = at }
        feature-views.spend.v1 {
          entity = customer, sources = [transformations.both.v1, sources.made.v1, sources.elsewhere.v1]
          features { spend { aggregate = "sum(amount)", windows = [2d] } }
          materialize { every = 1d, start = "2024-03-01" }
        }
        """);
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    ReadEstimate estimate = compiler(graph).estimate(task(graph, project), PinnedSources.current());
    assertThat(estimate.sources())
        .extracting(of -> of.source().shortName())
        .containsExactlyInAnyOrder("payments.v1", "again.v1", "made.v1", "elsewhere.v1");
    // The subquery has no filter by time, so it reads all of what is the same table.
    assertThat(estimate.total().files()).isEqualTo(DAYS);
    assertThat(size(estimate, "payments")).isEqualTo(estimate.total());
    assertThat(size(estimate, "again")).isEqualTo(estimate.total());
    assertThat(size(estimate, "made")).isEqualTo(ReadEstimate.Size.NOTHING);
    assertThat(size(estimate, "elsewhere")).isNull();
  }

  private static ReadEstimate.@Nullable Size size(ReadEstimate estimate, String source) {
    return estimate.sources().stream()
        .filter(of -> of.source().name().equals(source))
        .findFirst()
        .orElseThrow()
        .size();
  }
}
