package dev.tidemark.run;

import dev.tidemark.definition.Project;
import dev.tidemark.plan.DueInterval;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.FeatureStory;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** Commands on a story's project as its files are at the moment: what is due, and what ran. */
final class StoryRuns {
  private final SparkSession session;
  private final FeatureStory story;

  StoryRuns(SparkSession session, FeatureStory story) {
    this.session = session;
    this.story = story;
  }

  /**
   * Writes an environment of two providers, of which one is written to.
   *
   * @param provider {@code lake} (Iceberg) or {@code delta}
   * @return a database of the Iceberg catalog that no other test uses
   */
  String environment(String provider) {
    String database = "runs" + System.nanoTime();
    story.file(
        "env/local.conf",
        """
        providers {
          lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "%s" }
          delta { format = delta, warehouse = ".tidemark/delta" }
        }
        write-to = [%s]
        registry = delta
        """
            .formatted(database, provider));
    session.sql("CREATE NAMESPACE IF NOT EXISTS tidemark." + database);
    return database;
  }

  Runner runner() {
    Project project = story.project();
    return new Runner(
        session,
        story.folder(),
        project.environment(),
        Graph.of(project.definitions()),
        "test",
        what -> {});
  }

  /** Of days of March 2024, the last one excluded. */
  Plan plan(String view, int first, int end, Redo redo) {
    Project project = story.project();
    return Planner.materialize(
        Graph.of(project.definitions()),
        project.environment(),
        List.of(view),
        new Interval(march(first), march(end)),
        runner().history(),
        redo,
        1);
  }

  static Instant march(int day) {
    return Instant.parse("2024-03-01T00:00:00Z").plusSeconds(86_400L * (day - 1));
  }

  private static Stream<DueInterval> due(Plan plan) {
    return plan.tasks().stream()
        .flatMap(
            task ->
                task.match(
                    build -> Stream.empty(),
                    view -> view.due().stream(),
                    latest -> Stream.empty(),
                    score -> Stream.empty()));
  }

  /** The days that are due, such as 03-02. */
  static List<String> days(Plan plan) {
    return due(plan).map(each -> each.tick().toString().substring(5, 10)).toList();
  }

  /** Why, each reason once. */
  static List<String> reasons(Plan plan) {
    return due(plan).map(DueInterval::because).distinct().toList();
  }

  void materialize(String view, int first, int end) {
    run(plan(view, first, end, Redo.DUE));
  }

  void run(Plan plan) {
    plan.tasks().forEach(task -> runner().run(task));
  }

  /** Builds a training set. */
  TaskReport build(String name) {
    return runner().run(buildTask(name));
  }

  Task buildTask(String name) {
    Project project = story.project();
    return Planner.build(
            Graph.of(project.definitions()), project.environment(), List.of(name), null)
        .tasks()
        .get(0);
  }

  Rebuild.Proof rebuild(String manifest) {
    return new Rebuild(session, story.folder(), story.project().environment(), "test", what -> {})
        .run(manifest, false);
  }

  /** The first table of a resource. */
  Target target(String table) {
    return new Target(story.project().environment().writeTo().get(0), table);
  }
}
