package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.UpkeepPlan;
import dev.tidemark.run.Maintenance;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compacts tables, forgets old snapshots, and removes what killed runs have left. */
@CommandLine.Command(
    name = "maintain",
    description = {
      "Compact tables, forget old snapshots, and remove what killed runs have left.",
      "",
      "Small files are merged, and rows are sorted or clustered by key and time. Snapshots that "
          + "were replaced long ago are forgotten, unless a manifest names them: those are kept, and "
          + "told of. No row changes, and runs may go on meanwhile. --all includes Tidemark's own "
          + "tables and manifests."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark maintain --all --as-of now",
      "  tidemark maintain customer_spend.v1 --dry-run",
      "  tidemark maintain fraud.v1 --older-than 30d --as-of 2024-07-01 --json"
    })
final class MaintainCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Names names = new Names();

  @Option(
      names = "--older-than",
      paramLabel = "AGE",
      converter = Age.class,
      description =
          "What was replaced so long before the as-of time can go, such as 12h or 7d (default: 7d).")
  Duration olderThan = Duration.ofDays(7);

  @Option(
      names = "--as-of",
      paramLabel = "TIME",
      converter = AsOf.OrNow.class,
      description =
          "From when ages are counted: an instant, a date, or now (default: of each table the time "
              + "of its last change).")
  @Nullable Instant asOf;

  @Option(names = "--dry-run", description = "Tell what would be done, and do none of it.")
  boolean dryRun;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    List<String> chosen = names.orAll();
    Project project = ProjectReader.read(common.project, common.environment);
    UpkeepPlan plan = UpkeepPlan.of(Graph.of(project.definitions()), project.environment(), chosen);
    List<Map<String, @Nullable Object>> documents = new ArrayList<>();
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("dry_run", dryRun);
    document.put("tables", documents);
    report.document(document);
    Maintenance.Report done =
        spark
            .maintenance(project, report)
            .run(
                plan,
                new Maintenance.Wish(olderThan, asOf, dryRun),
                one -> {
                  tell(one, report);
                  documents.add(document(one));
                });
    document.put("left_over_manifests", done.manifests());
    if (!done.absent().isEmpty()) {
      report.say("not there yet: " + String.join(", ", done.absent()));
    }
    if (done.manifests() > 0) {
      report.say(
          "%s %,d manifests of runs that were killed"
              .formatted(dryRun ? "would remove" : "removed", done.manifests()));
    }
    if (dryRun) {
      report.say("nothing was changed");
    }
  }

  private void tell(Maintenance.Done one, Report report) {
    report.say("%s (%s)".formatted(one.table(), one.target().provider().format()));
    report.say(
        one.merged() == 0
            ? "  files       %,d, none worth merging".formatted(one.files())
            : "  files       %,d; %s %,d into %,d"
                .formatted(
                    one.files(), dryRun ? "would merge" : "merged", one.merged(), one.written()));
    if (!one.layout().isEmpty()) {
      report.say("  partitions  by " + one.layout());
    }
    report.say(
        "  %s%,d %s and %,d files"
            .formatted(
                dryRun ? "would go    " : "removed     ",
                one.expired(),
                snapshots(one.expired()),
                one.removed()));
    if (!one.pinned().isEmpty()) {
      Maintenance.Pinned first = one.pinned().get(0);
      report.say(
          "  kept        %,d old %s that manifests name, such as %s for %s"
              .formatted(
                  one.pinned().size(),
                  snapshots(one.pinned().size()),
                  first.snapshot(),
                  first.manifest()));
      report.say("              who removes a manifest's file lets go of its snapshots");
    }
  }

  private static String snapshots(long count) {
    return count == 1 ? "snapshot" : "snapshots";
  }

  private static Map<String, @Nullable Object> document(Maintenance.Done one) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("resource", one.resource());
    fields.put("table", one.table());
    fields.put("provider", one.target().provider().name());
    fields.put("format", one.target().provider().format().toString());
    fields.put("as_of", one.asOf() == null ? null : one.asOf().toString());
    fields.put("files", one.files());
    fields.put("merged", one.merged());
    fields.put("written", one.written());
    fields.put("layout", one.layout());
    fields.put("expired", one.expired());
    fields.put("removed_files", one.removed());
    fields.put("pinned", one.pinned().stream().map(MaintainCommand::pin).toList());
    return fields;
  }

  private static Map<String, @Nullable Object> pin(Maintenance.Pinned pin) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("snapshot", pin.snapshot());
    fields.put("manifests", pin.manifests());
    fields.put("manifest", pin.manifest());
    return fields;
  }
}
