package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** Tells what {@code build} would do, and does none of it. */
@CommandLine.Command(
    name = "plan",
    description = {
      "Tell what `build` would do, and do none of it.",
      "",
      "Rows, features, time rules in words, what is read and what is written. Nothing is written, "
          + "and the sources are not looked at."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark plan fraud.v1",
      "  tidemark plan --all --env prod",
      "  tidemark plan fraud.v1 --as-of 2024-06-01"
    })
final class PlanCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Names names = new Names();
  @Mixin private AsOf asOf = new AsOf();

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    List<String> chosen = names.orAll();
    Project project = ProjectReader.read(common.project, common.environment);
    Plan plan =
        Planner.build(Graph.of(project.definitions()), project.environment(), chosen, asOf.instant);
    report.say(PlanText.of(plan).stripTrailing());
    report.document(
        Map.of(
            "tasks", plan.tasks().stream().map(PlanCommand::fields).toList(),
            "notes", plan.notes(),
            "text", PlanText.of(plan)));
  }

  private static Map<String, @Nullable Object> fields(Task task) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", task.id());
    task.match(
        build -> {
          fields.put("training_set", build.trainingSet().trainingSet().ref().toString());
          fields.put("fingerprint", build.trainingSet().fingerprint().toString());
          fields.put("as_of", build.asOf() == null ? null : build.asOf().toString());
          fields.put("columns", build.trainingSet().columns());
          return fields;
        },
        materialize -> {
          fields.put("feature_view", materialize.view().view().ref().toString());
          fields.put("fingerprint", materialize.view().fingerprint().toString());
          return fields;
        });
    fields.put("writes", task.targets().stream().map(PlanText::table).toList());
    return fields;
  }
}
