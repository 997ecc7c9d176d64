package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.jobs.openlineage.RunEvents;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.History;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.run.Runner;
import java.time.Instant;
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
          + "are computed.",
      "",
      "With --latest: one row a key, with its newest values as of one time, in a table of its own. "
          + "Keys that nothing has changed since the run before keep their rows."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-08",
      "  tidemark materialize customer_spend.v1 --start 2024-01-01 --end 2024-07-01 --parallel 2",
      "  tidemark materialize customer_spend.v1 --start 2024-01-01 --end 2024-07-01 --stale",
      "  tidemark materialize customer_spend.v1 --start 2024-01-01 --end 2024-07-01 --env prod --from dev",
      "  tidemark materialize --all --start 2024-03-01T06:00:00Z --end 2024-03-01T07:00:00Z",
      "  tidemark materialize customer_spend.v1 --latest",
      "  tidemark materialize customer_spend.v1 --latest --as-of now"
    })
final class MaterializeCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Names names = new Names();

  @Mixin private Span span = new Span();
  @Mixin private AsOf asOf = new AsOf();
  @Mixin private Who who = new Who();
  @Mixin private From from = new From();

  @Option(
      names = "--latest",
      description =
          "The newest values of every key instead, as of --as-of or, without it, of the newest tick "
              + "that is materialized.")
  boolean latest;

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
    if (parallel < 1) {
      throw new RefusedException(Status.REFUSED, "--parallel is how many at once, 1 or more");
    }
    if (latest) {
      latest(chosen, report, spark);
      return;
    }
    if (asOf.instant != null) {
      throw new RefusedException(
          Status.REFUSED, "--as-of is for --latest; --start and --end are for intervals");
    }
    Interval interval = span.required();
    Redo redo = redo();
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    // Without the past: whatever is wrong is told before Spark starts.
    Plan whole = Planner.materialize(graph, project.environment(), chosen, interval);
    if (whole.tasks().isEmpty()) {
      report.say(PlanText.of(whole).stripTrailing());
      return;
    }
    Runner runner = spark.open(project, graph, report, from.read(common));
    Plan plan =
        Planner.materialize(
            graph, project.environment(), chosen, interval, runner.history(), redo, parallel);
    run(
        plan,
        new Admission(project, graph, who, report, spark),
        runner,
        spark.events(project, graph, runner, "materialize", report),
        report);
  }

  private void latest(List<String> chosen, Report report, Spark spark) {
    if (from.environment != null) {
      throw new RefusedException(
          Status.REFUSED, "--from is for intervals: newest values are computed");
    }
    if (span.isGiven() || stale) {
      throw new RefusedException(
          Status.REFUSED, "--latest is as of one time: leave --start, --end and --stale out");
    }
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    if (asOf.instant != null) {
      // Whatever is wrong is told before Spark starts.
      plan(project, graph, chosen, asOf.instant, History.NONE, force);
    }
    Runner runner = spark.open(project, graph, report);
    run(
        plan(project, graph, chosen, asOf.instant, runner.history(), force),
        new Admission(project, graph, who, report, spark),
        runner,
        spark.events(project, graph, runner, "materialize", report),
        report);
  }

  private static Plan plan(
      Project project,
      Graph graph,
      List<String> chosen,
      @Nullable Instant asOf,
      History history,
      boolean whole) {
    return Planner.latest(graph, project.environment(), chosen, asOf, history, whole);
  }

  private void run(Plan plan, Admission admission, Runner runner, RunEvents events, Report report) {
    if (plan.tasks().isEmpty()) {
      report.say(PlanText.of(plan).stripTrailing());
      return;
    }
    List<Map<String, @Nullable Object>> documents = new ArrayList<>();
    report.document(documents);
    admission.run(
        "materialize",
        plan,
        () ->
            Tasks.run(
                plan,
                runner,
                events,
                report,
                parallel,
                task -> documents.add(Map.of("id", task.id()))));
  }

  private Redo redo() {
    if (stale && force) {
      throw new RefusedException(
          Status.REFUSED, "--stale and --force together: give either, what is stale or all");
    }
    return force ? Redo.ALL : stale ? Redo.STALE : Redo.DUE;
  }
}
