package dev.tidemark.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.jobs.export.ExportException;
import dev.tidemark.jobs.export.Settings;
import dev.tidemark.jobs.export.StarterFile;
import dev.tidemark.jobs.export.Tool;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Schedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a starter file for what schedules the project's tasks. */
@CommandLine.Command(
    name = "export",
    description = {
      "Print or write a starter file for what schedules the tasks: a DAG for Airflow, definitions for "
          + "Dagster, a workflow for Argo, a script for cron, a workflow for GitHub Actions.",
      "",
      "It is made of the plan of every interval (`plan --template`), and is yours to edit from then on. "
          + "Each says at its top how far it was tested. No Spark is started, and nothing of the past "
          + "is looked at."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark export dagster --all --out tidemark_shop.py",
      "  tidemark export airflow --all --env prod --schedule '0 6 * * *' --out dags/tidemark_shop.py",
      "  tidemark export argo --all --env prod --image registry.example.com/tidemark:1 --out shop.yaml",
      "  tidemark export cron customer_spend.v1 fraud.v1 --command /opt/tidemark/bin/tidemark --out shop.sh",
      "  tidemark export github --all --env prod --out .github/workflows/tidemark.yaml"
    })
final class ExportCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      index = "0",
      paramLabel = "TOOL",
      description = "airflow, dagster, argo, cron or github.")
  String tool = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "NAME",
      description = "Feature views and training sets with their variant, such as fraud.v1.")
  List<String> names = List.of();

  @Option(names = "--all", description = "All that the project defines.")
  boolean all;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write it there, unless there is one.")
  @Nullable Path out;

  @Option(names = "--force", description = "Write it there even if there is one.")
  boolean force;

  @Option(
      names = "--schedule",
      paramLabel = "CRON",
      description =
          "When to run, in UTC, as five fields of cron (default: as often as the view that ticks most often).")
  @Nullable String schedule;

  @Option(
      names = "--start",
      paramLabel = "TIME",
      description = "Schedule nothing before (default: the first tick of the views).")
  @Nullable Instant start;

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      description = "A container's image that has Tidemark, for argo and github.")
  @Nullable String image;

  @Option(
      names = "--command",
      paramLabel = "COMMAND",
      description = "How Tidemark is called, words with spaces between (default: tidemark).")
  String command = "tidemark";

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Tool chosen = tool();
    List<String> asked = asked();
    Project project = ProjectReader.read(common.project, common.environment);
    Path file = out;
    if (file != null && Files.exists(file) && !force) {
      throw new RefusedException(
          Status.REFUSED,
          "%s is there already, and may be edited: nothing was written; give another --out, or --force"
              .formatted(file));
    }
    String text = text(chosen, project, asked);
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("tool", chosen.toString());
    document.put("file", file == null ? null : file.toString());
    document.put("text", text);
    report.document(document);
    if (file == null) {
      report.say(text.stripTrailing());
      return;
    }
    SummaryFile.writeWhole(file, text);
    if (chosen == Tool.CRON && !file.toFile().setExecutable(true)) {
      report.warn("can't make %s executable".formatted(file));
    }
    report.say("%s: a starter file for %s, yours to edit".formatted(file, chosen));
  }

  private Tool tool() {
    return Arrays.stream(Tool.values())
        .filter(known -> known.toString().equals(tool))
        .findFirst()
        .orElseThrow(
            () ->
                new RefusedException(
                    Status.REFUSED,
                    "no starter file for `%s`; there are some for airflow, dagster, argo, cron and github"
                        .formatted(tool)));
  }

  private List<String> asked() {
    if (names.isEmpty() != all) {
      throw new RefusedException(
          Status.REFUSED,
          all
              ? "names and --all together: give either"
              : "nothing to schedule: give a NAME, or --all");
    }
    return names;
  }

  private String text(Tool chosen, Project project, List<String> asked) {
    Graph graph = Graph.of(project.definitions());
    List<Map<String, @Nullable Object>> tasks =
        Schedule.ofEveryInterval(graph, project.environment(), project.root(), asked).stream()
            .map(task -> PlanDocument.task(task, project.environment()))
            .toList();
    PlanDocument plan =
        new PlanDocument(project, common.project.toString(), true, tasks, List.of());
    try {
      return StarterFile.of(
          chosen,
          new ObjectMapper().valueToTree(plan.withText("")),
          new Settings(
              schedule,
              start,
              image,
              List.of(command.strip().split("\\s+")),
              common.folder().toString()));
    } catch (ExportException e) {
      throw new RefusedException(Status.REFUSED, String.valueOf(e.getMessage()));
    }
  }
}
