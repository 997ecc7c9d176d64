package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.run.Runner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes the values of feature views. */
@CommandLine.Command(
    name = "materialize",
    description = {
      "Write the values of feature views at every tick of an interval.",
      "",
      "A view's ticks are what its `materialize` says; from one to the next is an interval, which is "
          + "committed for itself, oldest first. Those that are done already, from the same "
          + "definition and the same inputs, are left as they are; those that are missing or stale "
          + "are computed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-08",
      "  tidemark materialize customer_spend.v1 --start 2024-01-01 --end 2024-07-01 --parallel 2",
      "  tidemark materialize customer_spend.v1 --start 2024-01-01 --end 2024-07-01 --stale",
      "  tidemark materialize --all --start 2024-03-01T06:00:00Z --end 2024-03-01T07:00:00Z"
    })
final class MaterializeCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Names names = new Names();

  @Mixin private Span span = new Span();

  @Option(
      names = "--stale",
      description =
          "Only what is done and would be otherwise now: late data came, or the definition got new "
              + "columns.")
  boolean stale;

  @Option(names = "--force", description = "Also what is done and as it should be.")
  boolean force;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description = "How many parts are computed at once (default: 1).")
  int parallel = 1;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    List<String> chosen = names.orAll();
    Interval interval = span.required();
    Redo redo = redo();
    if (parallel < 1) {
      throw new RefusedException(Status.REFUSED, "--parallel is how many at once, 1 or more");
    }
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    // Without the past: whatever is wrong is told before Spark starts.
    Plan whole = Planner.materialize(graph, project.environment(), chosen, interval);
    if (whole.tasks().isEmpty()) {
      report.say(PlanText.of(whole).stripTrailing());
      return;
    }
    Runner runner = spark.open(project, graph, report);
    Plan plan =
        Planner.materialize(
            graph, project.environment(), chosen, interval, runner.history(), redo, parallel);
    if (plan.tasks().isEmpty()) {
      report.say(PlanText.of(plan).stripTrailing());
      return;
    }
    List<Map<String, @Nullable Object>> documents = new ArrayList<>();
    report.document(documents);
    Tasks.run(plan, runner, report, parallel, task -> documents.add(Map.of("id", task.id())));
  }

  private Redo redo() {
    if (stale && force) {
      throw new RefusedException(
          Status.REFUSED, "--stale and --force together: give either, what is stale or all");
    }
    return force ? Redo.ALL : stale ? Redo.STALE : Redo.DUE;
  }
}
