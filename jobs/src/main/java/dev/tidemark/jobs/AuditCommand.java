package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.AuditEntry;
import dev.tidemark.run.AuditReading;
import dev.tidemark.run.ExitCode;
import dev.tidemark.run.TaskFailure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells who did what, and whether that was tampered with. */
@CommandLine.Command(
    name = "audit",
    description = {
      "Tell who did what, and prove that nobody changed the record of it.",
      "",
      "Every apply, build, materialize, deprecate and delete is entered into a table before it is "
          + "done, and again if it is refused or fails. Each row carries the hash of the one before "
          + "it. All are gone through: exit code 3 if one was changed, taken away or put in. Keep "
          + "the last hash somewhere else, and --expect it later: then it shows as well if the whole "
          + "table was replaced."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  tidemark audit", "  tidemark audit --last 100 --json"})
final class AuditCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--last",
      paramLabel = "N",
      description = "How many of the newest to tell (default: 20).")
  int last = 20;

  @Option(
      names = "--expect",
      paramLabel = "HASH",
      description = "A hash that was told before, and must be in the chain.")
  @Nullable String expected;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    if (last < 0) {
      throw new RefusedException(Status.REFUSED, "--last is how many to tell, 0 or more");
    }
    Project project = ProjectReader.read(common.project, common.environment);
    AuditReading audit = spark.audit(project, report);
    List<AuditEntry> entries = audit.last(last);
    AuditReading.Verdict verdict = audit.verify(expected);
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("table", audit.table());
    document.put("rows", verdict.rows());
    document.put("hash", verdict.hash());
    document.put("broken", verdict.broken());
    document.put("entries", entries.stream().map(AuditCommand::fields).toList());
    report.document(document);
    List<List<String>> rows = entries.stream().map(AuditCommand::line).toList();
    Terminal terminal = report.terminal();
    if (!rows.isEmpty()) {
      report.say(
          Grid.list(
                  List.of("number", "at", "by", "action", "outcome", "environment", "what"),
                  rows,
                  terminal.outIsTerminal() ? terminal.columns() : Integer.MAX_VALUE)
              .stripTrailing());
    }
    if (verdict.broken() != null) {
      throw new TaskFailure(
          ExitCode.GATE,
          "%s was tampered with: %s\n  the rows before it are as they were written"
              .formatted(audit.table(), verdict.broken()),
          null);
    }
    report.say("%,d rows, none changed, missing or put in".formatted(verdict.rows()));
    report.say("hash %s".formatted(verdict.hash()));
  }

  private static List<String> line(AuditEntry entry) {
    String because = entry.because();
    return List.of(
        String.valueOf(entry.number()),
        entry.at().toString(),
        entry.by(),
        entry.action(),
        entry.outcome().name().toLowerCase(Locale.ROOT),
        entry.environment(),
        String.join(", ", entry.subjects()) + (because == null ? "" : ": " + because));
  }

  private static Map<String, @Nullable Object> fields(AuditEntry entry) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("number", entry.number());
    fields.put("at", entry.at().toString());
    fields.put("by", entry.by());
    fields.put("action", entry.action());
    fields.put("outcome", entry.outcome().name().toLowerCase(Locale.ROOT));
    fields.put("subjects", entry.subjects());
    fields.put("because", entry.because());
    fields.put("environment", entry.environment());
    fields.put("git_commit", entry.gitCommit());
    fields.put("run_id", entry.runId());
    fields.put("version", entry.version());
    fields.put("hash", entry.hash().sha256());
    return fields;
  }
}
