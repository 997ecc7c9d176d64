package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes the catalogue of all resources as a site. */
@CommandLine.Command(
    name = "docs",
    description = {
      "Write a catalogue of all resources as pages, to be opened from disk or put on any web server.",
      "",
      "Every resource and feature with its definition, time rules in words, lineage by columns, how "
          + "it stands with it, its runs and manifests, statistics and samples; with search. What the "
          + "policy keeps from whoever writes it is left out. Nothing is loaded from the network."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark docs --out site",
      "  tidemark docs --out site --no-values --env prod",
      "  tidemark docs --out site --offline         of the definitions alone, without Spark"
    })
final class DocsCommand implements Command {
  /** Of each resource; a page with more of them is not read. */
  private static final int RUNS = 200;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Who who = new Who();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder to write to (default: site). A site that is there is replaced.")
  Path out = Path.of("site");

  @Option(
      names = "--no-values",
      description = "Without statistics and samples: tables are not read.")
  boolean noValues;

  @Option(names = "--offline", description = "Only what the definitions say, without Spark.")
  boolean offline;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    SiteFolder folder = new SiteFolder(out.toAbsolutePath().normalize());
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    SiteData data =
        offline
            ? SiteData.ofDefinitions(project, graph)
            : SiteData.of(
                project,
                graph,
                new Facts(project, spark.catalogue(project, report), RUNS, null),
                spark.catalogue(project, report).lineage(graph),
                noValues ? null : who.name(),
                report);
    data.write(folder);
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("folder", folder.path().toString());
    document.put("index", folder.path().resolve("index.html").toUri().toString());
    document.put("resources", data.size());
    report.document(document);
    report.say("%,d resources in %s".formatted(data.size(), folder.path()));
    report.say("open " + folder.path().resolve("index.html").toUri());
  }
}
