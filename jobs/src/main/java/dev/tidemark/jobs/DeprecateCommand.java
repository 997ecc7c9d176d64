package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Lifecycle;
import dev.tidemark.plan.Registered;
import dev.tidemark.run.RegisteredVariants;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Marks a registered variant as not to be used any more. */
@CommandLine.Command(
    name = "deprecate",
    description = {
      "Mark a registered variant as not to be used any more.",
      "",
      "Whoever builds or materializes something that is made of it is warned, with what to use "
          + "instead, until when, and why. Nothing that is built changes, and nothing is refused. "
          + "--undo takes it back."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark deprecate customer_spend.v1 --successor customer_spend.v2 --until 2025-01-01",
      "  tidemark deprecate sources.payments.v1 --by payments-team --reason superseded",
      "  tidemark deprecate customer_spend.v1 --undo"
    })
final class DeprecateCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Who who = new Who();

  @Parameters(paramLabel = "NAME", description = "A registered variant, such as fraud.v1.")
  String name = "";

  @Option(
      names = "--successor",
      paramLabel = "NAME",
      description = "The registered variant that is to be used instead.")
  @Nullable String successor;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "From when on nobody should use it: a date, or an instant (default: at once).")
  @Nullable Instant until;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for those who are warned.")
  @Nullable String reason;

  @Option(names = "--undo", description = "It may be used again.")
  boolean undo;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    if (undo && (successor != null || until != null || reason != null)) {
      throw new RefusedException(
          Status.REFUSED, "--undo takes it all back: leave --successor, --until and --reason out");
    }
    Project project = ProjectReader.read(common.project, common.environment);
    RegisteredVariants variants = spark.variants(project, report);
    Registered what = variants.find(name);
    String commit = GitCommit.of(project.root());
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    report.document(document);
    document.put("id", what.id());
    document.put("registry", variants.table());
    spark
        .auditing(project, who, report)
        .of(
            undo ? "reinstate" : "deprecate",
            List.of(what.id()),
            () ->
                document.put(
                    "snapshot",
                    undo
                        ? variants.reinstate(what, who.name(), commit)
                        : variants.deprecate(what, successor, until, reason, who.name(), commit)));
    SortedSet<String> users = new Lifecycle(variants.registered()).users(what.id());
    document.put("used_by", List.copyOf(users));
    if (document.get("snapshot") == null) {
      report.say(
          undo
              ? "%s is not deprecated: nothing to do".formatted(what.id())
              : "%s is deprecated already, in the same words: nothing to do".formatted(what.id()));
      return;
    }
    report.say(
        undo
            ? "%s may be used again".formatted(what.id())
            : "%s is deprecated".formatted(what.id()));
    if (!users.isEmpty()) {
      report.say("  used by " + String.join(", ", users));
    }
    report.say("registered in " + variants.table());
  }
}
