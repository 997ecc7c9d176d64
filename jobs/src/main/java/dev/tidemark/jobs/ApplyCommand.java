package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.RegistryWords;
import dev.tidemark.run.Applying;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Registers definitions. */
@CommandLine.Command(
    name = "apply",
    description = {
      "Register the definitions, so that others find them and nobody changes them unawares.",
      "",
      "A variant that is registered keeps its meaning: a changed one is refused, with what changed, "
          + "what it would have touched, and the variant that is free. Owners, descriptions, tags and "
          + "properties may change. All is registered in one commit, or nothing. `tidemark plan` "
          + "tells beforehand."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  tidemark apply", "  tidemark apply --env prod --by ci --json"})
final class ApplyCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--by",
      paramLabel = "WHO",
      description = "Who applies (default: the user of the operating system).")
  @Nullable String by;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    Applying applying = spark.applying(project, graph, report);
    Map<String, @Nullable Object> document = RegistryDocument.of(applying.table(), applying.diff());
    document.put("snapshot", null);
    report.document(document);
    String snapshot =
        applying.apply(
            by == null ? System.getProperty("user.name", "unknown") : by,
            GitCommit.of(project.root()));
    document.put("snapshot", snapshot);
    report.say(RegistryWords.of(applying.diff()));
    if (snapshot != null) {
      report.say("registered in " + applying.table());
    }
  }
}
