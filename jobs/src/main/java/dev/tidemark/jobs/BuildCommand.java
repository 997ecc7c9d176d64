package dev.tidemark.jobs;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.jobs.openlineage.RunEvents;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.run.Runner;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Builds training sets. */
@CommandLine.Command(
    name = "build",
    description = {
      "Build training sets and write them to their tables.",
      "",
      "Tells the time rules, builds, writes to every provider of the environment, reads back and "
          + "shows the first rows. Of several, the first that fails ends the command; those before "
          + "it are written.",
      "",
      "With --scoring: the features that a model is asked with, by the same definitions, for the "
          + "rows of a file or for all keys, as of --as-of. A rerun with the same inputs is nothing "
          + "to do."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark build fraud.v1",
      "  tidemark build fraud.v1 churn.v2 --project shop --head 10",
      "  tidemark build --all --as-of 2024-06-01 --summary run.json",
      "  tidemark build fraud.v1 --as-of now",
      "  tidemark build fraud.v1 --env prod --from dev",
      "  tidemark build fraud.v1 --scoring --as-of 2024-06-01 --keys customers.csv",
      "  tidemark build fraud.v1 --scoring --as-of now"
    })
final class BuildCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Names names = new Names();
  @Mixin private AsOf asOf = new AsOf();
  @Mixin private Keys keys = new Keys();
  @Mixin private Who who = new Who();
  @Mixin private From from = new From();

  @Option(names = "--head", paramLabel = "N", description = "How many rows to show (default: 5).")
  int head = 5;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    List<String> chosen = names.orAll();
    if (head < 0) {
      throw new RefusedException(Status.REFUSED, "--head is how many rows to show, 0 or more");
    }
    KeysFile file = keys.keys();
    Instant time = keys.scoring ? Keys.time(asOf) : null;
    Project project = ProjectReader.read(common.project, common.environment);
    Environment other = from.read(common);
    if (other != null && keys.scoring) {
      throw new RefusedException(
          Status.REFUSED, "--from is for training sets: what is scored is computed");
    }
    Graph graph = Graph.of(project.definitions());
    Plan plan =
        time == null
            ? Planner.build(graph, project.environment(), chosen, asOf.instant)
            : Planner.score(graph, project.environment(), chosen, time, file);
    if (plan.tasks().isEmpty()) {
      report.say(PlanText.of(plan).stripTrailing());
      return;
    }
    new Admission(project, graph, who, report, spark)
        .run(
            "build",
            plan,
            () -> {
              Runner runner = spark.open(project, plan.graph(), report, other);
              run(
                  plan,
                  runner,
                  spark.events(project, plan.graph(), runner, "build", report),
                  report);
            });
  }

  private void run(Plan plan, Runner runner, RunEvents events, Report report) {
    List<Map<String, @Nullable Object>> documents = new ArrayList<>();
    report.document(documents);
    Tasks.run(
        plan,
        runner,
        events,
        report,
        task -> {
          List<Row> first = first(task, runner);
          documents.add(
              Map.of("id", task.id(), "first_rows", first.stream().map(Values::object).toList()));
          if (!first.isEmpty()) {
            report.say("");
            report.say(
                RowPrinter.table(
                    List.of(first.get(0).schema().fieldNames()),
                    first,
                    report.terminal().columns()));
          }
        });
  }

  /**
   * The first rows by time and keys, read back from the table, so that they are always the same.
   */
  private List<Row> first(Task task, Runner runner) {
    return head == 0
        ? List.of()
        : Tables.first(runner.read(task.targets().get(0)), Tables.keys(task), head).collectAsList();
  }
}
