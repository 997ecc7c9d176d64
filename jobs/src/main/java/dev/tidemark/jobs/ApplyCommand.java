package dev.tidemark.jobs;

import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Registered;
import dev.tidemark.plan.Registration;
import dev.tidemark.plan.RegistryDiff;
import dev.tidemark.plan.RegistryWords;
import dev.tidemark.run.Applying;
import dev.tidemark.run.ExitCode;
import dev.tidemark.run.TaskFailure;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

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
  @Mixin private Who who = new Who();

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
    if (!applying.diff().isNothing()) {
      spark
          .auditing(project, who, report)
          .of(
              "apply",
              subjects(applying.diff()),
              () -> {
                List<Problem> untrained =
                    applying.untrained(
                        graph,
                        named ->
                            spark
                                .catalogue(project, report)
                                .manifest(ManifestLocation.of(named, project.root())));
                if (!untrained.isEmpty()) {
                  throw new TaskFailure(ExitCode.DEFINITION, untrained, null);
                }
                document.put("snapshot", applying.apply(who.name(), GitCommit.of(project.root())));
              });
    }
    report.say(RegistryWords.of(applying.diff()));
    if (document.get("snapshot") != null) {
      report.say("registered in " + applying.table());
    }
  }

  /** What is written, or refused; columns go with their views. */
  private static List<String> subjects(RegistryDiff diff) {
    return Stream.of(
            diff.added().stream().map(Registration::id),
            diff.changed().stream().map(changed -> changed.after().id()),
            diff.described().stream().map(described -> described.after().id()),
            diff.deleted().stream().map(Registered::id))
        .flatMap(ids -> ids)
        .filter(id -> !id.startsWith("features."))
        .toList();
  }
}
