package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.Provider.TableFormat;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A run that dies at any of the steps in which it changes the disk, from the first table's making
 * to the record of the last interval. Before the next run, readers see whole intervals; after it,
 * the rows are those of an undisturbed run, and each interval is recorded once.
 *
 * <p>Every ninth step by default, all of them with {@code -Dtidemark.faults=all}.
 */
@Tag("faults")
@SparkTest
class KilledAtEveryStepTest {
  private static final int STRIDE = "all".equals(System.getProperty("tidemark.faults")) ? 1 : 9;

  private static final String EXPECTED =
      """
      customer_id | event_time           | available_time       | spend_5d
      1           | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
      1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 12
      2           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 9
      """;

  private final SparkSession session;

  KilledAtEveryStepTest(SparkSession session) {
    this.session = session;
    Configuration hadoop = session.sparkContext().hadoopConfiguration();
    hadoop.set("fs.dying.impl", DyingFileSystem.class.getName());
    hadoop.set("fs.AbstractFileSystem.dying.impl", DyingFileSystem.Context.class.getName());
  }

  /** One project with tables of its own on the dying disk. */
  private final class Life {
    final FeatureStory story = new FeatureStory(session);

    Life(TableFormat format) {
      String name = "dying" + System.nanoTime();
      String warehouse = "dying:" + story.folder().resolve("warehouse");
      if (format == TableFormat.ICEBERG) {
        String catalog = "spark.sql.catalog." + name;
        session.conf().set(catalog, "org.apache.iceberg.spark.SparkCatalog");
        session.conf().set(catalog + ".type", "hadoop");
        session.conf().set(catalog + ".warehouse", warehouse);
      }
      story
          .file(
              "env/local.conf",
              "providers { lake { format = %s%s, warehouse = \"%s\" } }"
                  .formatted(
                      format,
                      format == TableFormat.ICEBERG ? ", catalog = " + name : "",
                      warehouse))
          .define(
              """
              entities.customer { keys { customer_id = bigint } }
              sources.payments.v1 { path = payments, format = parquet, event-time = at }
              feature-views.spend.v1 {
                entity = customer, source = sources.payments.v1
                features { spend { aggregate = "sum(amount)", windows = [5d] } }
                materialize { every = 1d, start = "2024-03-01" }
                gates { rows { min = 1 } }
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

    Plan plan() {
      Project project = story.project();
      Graph graph = Graph.of(project.definitions());
      return Planner.materialize(
          graph,
          project.environment(),
          List.of("spend.v1"),
          new Interval(
              Instant.parse("2024-03-01T00:00:00Z"), Instant.parse("2024-03-03T00:00:00Z")),
          runner(graph).history(),
          Redo.DUE,
          1);
    }

    Runner runner(Graph graph) {
      return new Runner(
          session, story.folder(), story.project().environment(), graph, "test", what -> {});
    }

    void run() {
      Plan plan = plan();
      for (Task task : plan.tasks()) {
        runner(plan.graph()).run(task);
      }
    }

    /** How many steps a run takes that is not disturbed. */
    long steps() {
      DyingFileSystem.STEPS.set(Long.MAX_VALUE);
      run();
      return Long.MAX_VALUE - DyingFileSystem.STEPS.get();
    }

    /** True if the run failed. */
    boolean dies(long step) {
      DyingFileSystem.STEPS.set(step);
      try {
        run();
        return false;
      } catch (TaskFailure failure) {
        return true;
      } finally {
        DyingFileSystem.STEPS.set(Long.MAX_VALUE);
        // The next process remembers nothing.
        DeltaLog.clearCache();
      }
    }

    Dataset<Row> read() {
      Project project = story.project();
      Target target = new Target(project.environment().writeTo().get(0), "spend_v1");
      return runner(Graph.of(project.definitions())).read(target);
    }

    /** How many rows each day has. */
    Map<String, Long> days() {
      Map<String, Long> days = new TreeMap<>();
      try {
        for (Row row : read().groupBy("event_time").count().collectAsList()) {
          days.put(row.getTimestamp(0).toInstant().toString().substring(0, 10), row.getLong(1));
        }
      } catch (TaskFailure none) {
        assertThat(none.exitCode()).isEqualTo(ExitCode.INPUT_NOT_READY);
      }
      return days;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenever_a_refused_run_dies_the_table_is_as_before(TableFormat format) {
    Life first = new Life(format);
    first.story.file("definitions/story.conf", refusing(first));
    DyingFileSystem.STEPS.set(Long.MAX_VALUE);
    assertThat(first.dies(Long.MAX_VALUE)).isTrue();
    assertThat(first.days()).isEmpty();
    for (long step = 0; step < 60; step += STRIDE * 2L) {
      Life life = new Life(format);
      String good = definitions(life);
      life.story.file("definitions/story.conf", refusing(life));
      assertThat(life.dies(step)).isTrue();
      assertThat(life.days()).isEmpty();
      life.story.file("definitions/story.conf", good);
      life.run();
      TextTable.assertRows(life.read(), EXPECTED);
    }
  }

  private static String definitions(Life life) {
    try {
      return Files.readString(life.story.folder().resolve("definitions/story.conf"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String refusing(Life life) {
    return definitions(life).replace("min = 1 }", "min = 2 }");
  }

  @ParameterizedTest
  @EnumSource
  void whenever_a_run_dies_the_next_one_repairs_it(TableFormat format) {
    long steps = new Life(format).steps();
    assertThat(steps).isGreaterThan(20);
    int died = 0;
    for (long step = 0; step < steps; step += STRIDE) {
      Life life = new Life(format);
      died += life.dies(step) ? 1 : 0;
      life.days()
          .forEach(
              (day, rows) ->
                  assertThat(rows).as(day).isEqualTo(day.equals("2024-03-01") ? 1L : 2L));
      life.run();
      TextTable.assertRows(life.read(), EXPECTED);
      assertThat(life.plan().tasks()).as("after step " + step).isEmpty();
    }
    // The last steps are of what nobody waits for, such as a checksum.
    assertThat(died).isGreaterThan((int) (steps / STRIDE / 2));
  }
}
