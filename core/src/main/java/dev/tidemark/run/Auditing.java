package dev.tidemark.run;

import dev.tidemark.definition.Environment;
import dev.tidemark.plan.AuditEntry;
import dev.tidemark.plan.AuditEntry.Outcome;
import dev.tidemark.store.AuditLog;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Enters what somebody does into the audit log: before it is done, so that nothing is done without
 * a trace, and again if it is refused or fails. That it came to its end is told by what it wrote:
 * the registry, or the run history.
 */
public final class Auditing {
  private final AuditLog log;
  private final Environment environment;
  private final String by;
  private final @Nullable String gitCommit;
  private final String version;
  private final String runId = UUID.randomUUID().toString();

  /**
   * @param root relative paths are relative to it
   * @param by a person or a service
   * @param gitCommit what the definitions are in Git; null: nobody knows
   * @param version Tidemark's
   */
  public Auditing(
      SparkSession session,
      Path root,
      Environment environment,
      String by,
      @Nullable String gitCommit,
      String version) {
    this.log = new AuditLog(session, root, environment.registry());
    this.environment = environment;
    this.by = by;
    this.gitCommit = gitCommit;
    this.version = version;
  }

  /**
   * Does something.
   *
   * @param action such as {@code build}
   * @param subjects the ids of the resources
   * @throws TaskFailure with nothing done, if it can't be entered; else whatever the work throws
   */
  public void of(String action, List<String> subjects, Runnable work) {
    enter(action, Outcome.BEGUN, subjects, null);
    try {
      work.run();
    } catch (TaskFailure failure) {
      boolean refused = failure.exitCode() == ExitCode.DEFINITION;
      ended(action, refused ? Outcome.REFUSED : Outcome.FAILED, subjects, failure);
      throw failure;
    } catch (RuntimeException | Error failure) {
      ended(action, Outcome.FAILED, subjects, failure);
      throw failure;
    }
  }

  /** Enters that something was not done. */
  public void refused(String action, List<String> subjects, String because) {
    enter(action, Outcome.REFUSED, subjects, because);
  }

  /** The failure itself is what its owner must hear of, also where it can't be entered. */
  private void ended(String action, Outcome outcome, List<String> subjects, Throwable failure) {
    try {
      String said = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
      enter(action, outcome, subjects, environment.withoutSecrets(said));
    } catch (TaskFailure unentered) {
      failure.addSuppressed(unentered);
    }
  }

  private void enter(
      String action, Outcome outcome, List<String> subjects, @Nullable String because) {
    try {
      log.add(
          head ->
              new AuditEntry(
                  head.number() + 1,
                  Instant.now(),
                  by,
                  action,
                  outcome,
                  subjects,
                  because,
                  environment.name(),
                  gitCommit,
                  runId,
                  version,
                  head.hash()));
    } catch (Exception e) {
      // Scala declares no exceptions.
      throw Failures.of(e, "nothing was done, since it could not be entered into the audit log");
    }
  }
}
