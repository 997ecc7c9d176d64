package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Registered;
import dev.tidemark.run.RegisteredVariants;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Ends a registered variant. */
@CommandLine.Command(
    name = "delete",
    description = {
      "End a registered variant.",
      "",
      "Refused while something that is registered uses it: what does is named. A tombstone stays in "
          + "the registry, so that nobody gives the name another meaning. Tables stay as they are "
          + "unless --tables says otherwise; then what manifests tell of them can't be read again."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark delete customer_spend.v1",
      "  tidemark delete training-sets.fraud.v1 --tables --by risk-team"
    })
final class DeleteCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Who who = new Who();

  @Parameters(paramLabel = "NAME", description = "A registered variant, such as fraud.v1.")
  String name = "";

  @Option(
      names = "--tables",
      description = "Drop its tables too, with all their rows and snapshots, in this environment.")
  boolean tables;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Project project = ProjectReader.read(common.project, common.environment);
    RegisteredVariants variants = spark.variants(project, report);
    Registered what = variants.find(name);
    List<String> dropped = new ArrayList<>();
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    report.document(document);
    document.put("id", what.id());
    document.put("registry", variants.table());
    spark
        .auditing(project, who, report)
        .of(
            "delete",
            List.of(what.id()),
            () -> {
              document.put(
                  "snapshot", variants.delete(what, who.name(), GitCommit.of(project.root())));
              if (tables) {
                dropped.addAll(variants.dropTables(what));
              }
            });
    document.put("dropped_tables", dropped);
    boolean before = document.get("snapshot") == null;
    report.say(what.id() + (before ? " was deleted before" : " is deleted"));
    dropped.forEach(table -> report.say("  dropped " + table));
    if (!before) {
      report.say("registered in " + variants.table());
    }
    new Resources(project.definitions())
        .all().stream()
            .filter(resource -> resource.id().equals(what.id()))
            .forEach(
                resource ->
                    report.warn(
                        "%s:%d still defines %s: take it out, or `apply` and `build` refuse it"
                            .formatted(
                                resource.origin().file().name(),
                                resource.origin().line(),
                                what.id())));
  }
}
