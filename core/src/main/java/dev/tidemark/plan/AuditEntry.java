package dev.tidemark.plan;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of the audit log. Each carries the hash of the one before it, and a hash of its own over
 * all that it says: a line that is changed, taken away or put in between breaks the chain.
 *
 * @param number 1 for the first, then one more each
 * @param at by the clock of the machine that did it; microseconds
 * @param by a person or a service
 * @param action such as {@code build}
 * @param outcome how it stands with it
 * @param subjects the ids of the resources, in the order they were named
 * @param because why it was refused or failed; null otherwise
 * @param environment its name
 * @param gitCommit what the definitions were in Git; null: nobody knows
 * @param runId different for every act; what an act commits carries a run id too
 * @param version Tidemark's
 * @param previous the hash of the line before; of the first, {@link #NONE}
 */
public record AuditEntry(
    long number,
    Instant at,
    String by,
    String action,
    Outcome outcome,
    List<String> subjects,
    @Nullable String because,
    String environment,
    @Nullable String gitCommit,
    String runId,
    String version,
    String previous) {
  /** What the first line has for the hash of the one before. */
  public static final String NONE = "0".repeat(64);

  /** How it stands with an act. */
  public enum Outcome {
    /** It may begin; written before anything is done. */
    BEGUN,
    /** Nothing was done: a rule, the registry or the definitions say no. */
    REFUSED,
    /** It was begun, and did not come to its end. */
    FAILED
  }

  public AuditEntry {
    at = at.truncatedTo(ChronoUnit.MICROS);
    subjects = List.copyOf(subjects);
  }

  /** The hash of all that it says; SHA-256. */
  public Fingerprint hash() {
    return new Meaning("audit")
        .text("number", String.valueOf(number))
        .text("at", at.toString())
        .text("by", by)
        .text("action", action)
        .text("outcome", outcome.name())
        .ordered("subject", subjects, (meaning, subject) -> meaning.text("id", subject))
        .text("because", because)
        .text("environment", environment)
        .text("git-commit", gitCommit)
        .text("run-id", runId)
        .text("version", version)
        .text("previous", previous)
        .hash();
  }
}
