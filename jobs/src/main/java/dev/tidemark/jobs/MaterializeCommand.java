package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Planner;
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
      "A view's ticks are what its `materialize` says. The rows of the interval are replaced; all "
          + "others stay."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-08",
      "  tidemark materialize --all --start 2024-03-01T06:00:00Z --end 2024-03-01T07:00:00Z"
    })
final class MaterializeCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Names names = new Names();

  @Option(
      names = "--start",
      required = true,
      paramLabel = "TIME",
      description = "The first instant of the interval, or a date for midnight UTC.")
  @Nullable Instant start;

  @Option(
      names = "--end",
      required = true,
      paramLabel = "TIME",
      description = "The first instant after it, or a date for midnight UTC.")
  @Nullable Instant end;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    List<String> chosen = names.orAll();
    Interval interval = interval();
    Project project = ProjectReader.read(common.project, common.environment);
    Plan plan =
        Planner.materialize(
            Graph.of(project.definitions()), project.environment(), chosen, interval);
    if (plan.tasks().isEmpty()) {
      report.say(PlanText.of(plan).stripTrailing());
      return;
    }
    List<Map<String, @Nullable Object>> documents = new ArrayList<>();
    report.document(documents);
    Tasks.run(
        plan,
        spark.open(project, plan.graph(), report),
        report,
        task -> documents.add(Map.of("id", task.id())));
  }

  private Interval interval() {
    if (start == null || end == null) {
      throw new IllegalStateException("required options without a value");
    }
    if (!start.isBefore(end)) {
      throw new RefusedException(
          Status.REFUSED,
          "--end is not after --start: %s, %s; the interval is [start, end)".formatted(end, start));
    }
    return new Interval(start, end);
  }
}
