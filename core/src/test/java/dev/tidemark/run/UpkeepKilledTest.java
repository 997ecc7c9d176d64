package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Provider.TableFormat;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.plan.UpkeepPlan;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Upkeep that dies at any of the steps in which it changes the disk: whoever reads then sees all
 * rows, nothing is stale, and the next upkeep comes to its end.
 *
 * <p>A few of the steps by default, all of them with {@code -Dtidemark.faults=all}.
 */
@Tag("faults")
@SparkTest
class UpkeepKilledTest {
  private static final boolean ALL = "all".equals(System.getProperty("tidemark.faults"));
  private static final int FEW = 2;

  private static final String EXPECTED =
      """
      customer_id | event_time           | available_time       | spend_2d
      1           | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
      1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 12
      2           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 9
      """;

  private final SparkSession session;
  private final FeatureStory story;
  private final Path warehouse;
  private final Path backup;
  private int lives;

  UpkeepKilledTest(SparkSession session) throws IOException {
    this.session = session;
    this.story = new FeatureStory(session);
    this.warehouse = story.folder().resolve("warehouse");
    this.backup = story.folder().resolve("backup");
    Configuration hadoop = session.sparkContext().hadoopConfiguration();
    hadoop.set("fs.dying.impl", DyingFileSystem.class.getName());
    hadoop.set("fs.AbstractFileSystem.dying.impl", DyingFileSystem.Context.class.getName());
    story.define(
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { path = payments, format = parquet, event-time = at }
        feature-views.spend.v1 {
          entity = customer, source = sources.payments.v1
          features { spend { aggregate = "sum(amount)", windows = [2d] } }
          materialize { every = 1d, start = "2024-03-01" }
        }
        """);
    TextTable.parse(
            session,
            """
            customer_id bigint | at timestamp         | amount bigint
            1                  | 2024-03-01T00:00:00Z | 5
            1                  | 2024-03-02T00:00:00Z | 7
            2                  | 2024-03-01T12:00:00Z | 9
            """)
        .coalesce(1)
        .write()
        .parquet(story.folder().resolve("payments").toString());
  }

  /** A process that remembers nothing of the one before. */
  private void born(TableFormat format) {
    DyingFileSystem.STEPS.set(Long.MAX_VALUE);
    DeltaLog.clearCache();
    String name = "upkeep%d_%d".formatted(System.nanoTime(), lives++);
    String place = "dying:" + warehouse;
    boolean iceberg = format == TableFormat.ICEBERG;
    if (iceberg) {
      String catalog = "spark.sql.catalog." + name;
      session.conf().set(catalog, "org.apache.iceberg.spark.SparkCatalog");
      session.conf().set(catalog + ".type", "hadoop");
      session.conf().set(catalog + ".warehouse", place);
    }
    story.file(
        "env/local.conf",
        "providers { lake { format = %s%s, warehouse = \"%s\" } }"
            .formatted(format, iceberg ? ", catalog = " + name : "", place));
  }

  private Plan plan(Redo redo) {
    Graph graph = Graph.of(story.project().definitions());
    return Planner.materialize(
        graph,
        story.project().environment(),
        List.of("spend.v1"),
        new Interval(Instant.parse("2024-03-01T00:00:00Z"), Instant.parse("2024-03-03T00:00:00Z")),
        runner(graph).history(),
        redo,
        1);
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "test", what -> {});
  }

  private void materialize(Redo redo) {
    Plan plan = plan(redo);
    for (Task task : plan.tasks()) {
      runner(plan.graph()).run(task);
    }
  }

  private void maintain() {
    Graph graph = Graph.of(story.project().definitions());
    new Maintenance(session, story.folder(), story.project().environment(), what -> {})
        .run(
            UpkeepPlan.of(graph, story.project().environment(), List.of()),
            new Maintenance.Wish(Duration.ZERO, Instant.now(), false),
            done -> {});
  }

  private void holdsAll() {
    Target target = new Target(story.project().environment().writeTo().get(0), "spend_v1");
    TextTable.assertRows(runner(Graph.of(story.project().definitions())).read(target), EXPECTED);
  }

  /** The files of before, all of them old. */
  private void restore() throws IOException {
    FileUtils.deleteDirectory(warehouse.toFile());
    FileUtils.copyDirectory(backup.toFile(), warehouse.toFile(), false);
    try (Stream<Path> files = Files.walk(warehouse)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".parquet")).toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(30))));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenever_upkeep_dies_no_row_is_lost_and_the_next_comes_to_its_end(TableFormat format)
      throws IOException {
    born(format);
    materialize(Redo.DUE);
    materialize(Redo.ALL);
    FileUtils.copyDirectory(warehouse.toFile(), backup.toFile());
    restore();
    born(format);
    maintain();
    long steps = Long.MAX_VALUE - DyingFileSystem.STEPS.get();
    assertThat(steps).isGreaterThan(10);
    long stride = ALL ? 1 : steps / FEW;
    int died = 0;
    for (long step = 0; step < steps; step += stride) {
      restore();
      born(format);
      DyingFileSystem.STEPS.set(step);
      try {
        maintain();
      } catch (TaskFailure killed) {
        died++;
      }
      born(format);
      holdsAll();
      maintain();
      holdsAll();
      assertThat(plan(Redo.DUE).tasks()).as("after step " + step).isEmpty();
    }
    // The last steps are of what nobody waits for, such as a checksum.
    assertThat(died).isGreaterThanOrEqualTo((int) (steps / stride / 2));
  }
}
