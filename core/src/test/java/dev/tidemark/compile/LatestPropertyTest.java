package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Project;
import dev.tidemark.pit.Engine;
import dev.tidemark.plan.FileChanges;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.History;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/**
 * Run after run over a source that grows, newest values that are merged are those that are computed
 * from all events; and keys that nothing has changed are not computed.
 */
@SparkTest
class LatestPropertyTest {
  private static final int SEEDS = Integer.getInteger("tidemark.latest.seeds", 4);
  private static final int RUNS = 5;

  private final SparkSession session;

  LatestPropertyTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void merged_rows_are_computed_rows() {
    long kept = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      kept += runs(seed);
    }
    // Else nothing was tried.
    assertThat(kept).isPositive();
  }

  private long runs(long seed) {
    FeatureStory story = new FeatureStory(session);
    RandomViews views = new RandomViews(session, story, seed, 8);
    String definitions = views.definitions();
    story.define(definitions);
    views.addEvents();
    Map<String, List<InputFile>> files = new HashMap<>();
    LatestBefore before = null;
    long kept = 0;
    Instant asOf = RandomViews.START;
    for (int run = 0; run < RUNS; run++) {
      PinnedSources sources = PinnedSources.current();
      Graph graph = Graph.of(story.project().definitions());
      Compiler compiler = new Compiler(session, story.folder(), graph, Engine.of(session));
      Task.MaterializeLatest task = task(story, asOf);
      compiler.pin(List.of(task), sources);
      List<InputSnapshot> inputs = sources.snapshots(compiler.sources(task));
      inputs.forEach(input -> files.put(input.id(), sources.files(input.source())));
      CompiledLatest merged =
          compiler.latest(
              task,
              sources,
              before,
              (then, now) ->
                  Optional.ofNullable(files.get(then.id())).map(old -> changes(old, now)));
      Dataset<Row> all =
          compiler.latest(task, sources, null, (then, now) -> Optional.empty()).rows();
      Dataset<Row> rows = merged.rows().drop(CompiledLatest.KEPT).localCheckpoint();
      try {
        assertThat(TextTable.format(rows))
            .isEqualTo(TextTable.format(all.drop(CompiledLatest.KEPT)));
      } catch (AssertionError e) {
        throw new AssertionError(
            "seed %d, run %d, T %s after %s%n%s"
                .formatted(seed, run, asOf, before == null ? null : before.asOf(), definitions + e),
            e);
      }
      assertThat(merged.whole() == null).isEqualTo(before != null);
      kept += merged.rows().where(CompiledLatest.KEPT).count();
      before = new LatestBefore(asOf, inputs, rows);
      if (views.random.nextInt(3) == 0) {
        views.addEvents();
      }
      asOf = asOf.plus(views.random.nextInt(3) * RandomViews.HOUR / 2, ChronoUnit.MICROS);
    }
    return kept;
  }

  private static FileChanges changes(List<InputFile> then, List<InputFile> now) {
    return new FileChanges(
        now.stream().filter(file -> !then.contains(file)).toList(), !now.containsAll(then));
  }

  private static Task.MaterializeLatest task(FeatureStory story, Instant asOf) {
    Project project = story.project();
    return Planner.latest(
            Graph.of(project.definitions()),
            project.environment(),
            List.of("v.v1"),
            asOf,
            History.NONE,
            false)
        .tasks()
        .get(0)
        .match(b -> null, m -> null, latest -> latest, s -> null);
  }
}
