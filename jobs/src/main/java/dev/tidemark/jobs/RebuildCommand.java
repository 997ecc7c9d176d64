package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.run.Rebuild;
import dev.tidemark.run.TaskReport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Builds again what a manifest tells of, and proves that it is the same. */
@CommandLine.Command(
    name = "rebuild",
    description = {
      "Build again what a manifest tells of, and prove that the rows are the same.",
      "",
      "The definitions are those in the manifest, the sources are read as they were then: at the "
          + "Iceberg snapshot, the Delta version, or from the same files. Proved are the number of "
          + "rows and the hash of their content. Writes nothing unless told to."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark rebuild s3://lake/_manifests/training-sets/fraud.v1/RUN.json",
      "  tidemark rebuild manifest.json --project shop --json",
      "  tidemark rebuild manifest.json --write        put these rows back"
    })
final class RebuildCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Who who = new Who();

  @Parameters(
      paramLabel = "MANIFEST",
      description = "A path or URI; `build` and `materialize` tell where theirs are.")
  String manifest = "";

  @Option(
      names = "--write",
      description = "Once they are proved to be the same, make the rows the tables' current ones.")
  boolean write;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Project project = ProjectReader.read(common.project, common.environment);
    String location = ManifestLocation.of(manifest, Path.of(""));
    if (write) {
      spark
          .auditing(project, who, report)
          .of("rebuild", List.of(location), () -> prove(project, location, report, spark));
    } else {
      prove(project, location, report, spark);
    }
  }

  private void prove(Project project, String location, Report report, Spark spark) {
    Rebuild.Proof proof = spark.rebuild(project, report).run(location, write);
    proof.notes().forEach(report::warn);
    report.say(
        "%s: %,d rows, the same as then\n  content hash %s"
            .formatted(proof.resource(), proof.rows(), proof.contentHash()));
    TaskReport written = proof.written();
    if (written == null) {
      report.rows(proof.rows());
      report.say("  nothing was written");
    } else {
      report.task(Tasks.entry(written, proof.checks()));
      Tasks.tables(written, report);
    }
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", proof.taskId());
    document.put("resource", proof.resource());
    document.put("rows", proof.rows());
    document.put("content_hash", proof.contentHash());
    document.put("equal", true);
    document.put("written", written != null);
    report.document(document);
  }
}
