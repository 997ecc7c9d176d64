package dev.tidemark.jobs;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Planner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks a project. */
@CommandLine.Command(
    name = "validate",
    description = {
      "Check a project's definitions, also against its sources.",
      "",
      "Checked are the language, the references, and every expression against the columns and types "
          + "that the sources have. All problems are told at once; nothing is built."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark validate",
      "  tidemark validate --offline        without looking at the sources, in a second",
      "  tidemark validate --env prod --json"
    })
final class ValidateCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(names = "--offline", description = "Check what can be checked without the sources.")
  boolean offline;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    List<Problem> unsupported = Planner.unsupported(graph);
    if (!unsupported.isEmpty()) {
      throw new DefinitionException(unsupported);
    }
    if (!offline) {
      Tasks.warn(spark.open(project, graph, report).check(), report);
    }
    Map<String, Integer> counts = counts(project.definitions());
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("checked", counts);
    document.put("against_sources", !offline);
    report.document(document);
    report.say(
        "checked: "
            + counts.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining(", ")));
    report.say(
        offline
            ? "all is well, as far as can be told without looking at the sources"
            : "all is well");
  }

  private static Map<String, Integer> counts(Definitions definitions) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    counts.put("entities", definitions.entities().size());
    counts.put("sources", definitions.sources().size());
    counts.put("transformations", definitions.transformations().size());
    counts.put("feature-views", definitions.featureViews().size());
    counts.put("labels", definitions.labels().size());
    counts.put("training-sets", definitions.trainingSets().size());
    counts.put("models", definitions.models().size());
    counts.put("tests", definitions.tests().size());
    return counts;
  }
}
