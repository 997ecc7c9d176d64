package dev.tidemark.run;

import dev.tidemark.definition.Environment;
import dev.tidemark.plan.AuditEntry;
import dev.tidemark.store.AuditLog;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** Reads the audit log, and tells whether somebody tampered with it. */
public final class AuditReading {
  private final AuditLog log;

  /**
   * @param root relative paths are relative to it
   */
  public AuditReading(SparkSession session, Path root, Environment environment) {
    this.log = new AuditLog(session, root, environment.registry());
  }

  /** How Spark reads it. */
  public String table() {
    return log.name();
  }

  /** The newest rows, newest first. */
  public List<AuditEntry> last(int most) {
    try {
      return most == 0 ? List.of() : log.last(most);
    } catch (Exception e) {
      // Scala declares no exceptions.
      throw Failures.of(e, "nothing was changed");
    }
  }

  /**
   * Whether the chain is whole.
   *
   * @param rows how many are
   * @param hash of the last of them
   * @param broken what is wrong behind them, in words; null: nothing
   */
  public record Verdict(long rows, String hash, @Nullable String broken) {}

  /**
   * Goes through all rows.
   *
   * @param expected a hash that must be in the chain; null: none
   */
  public Verdict verify(@Nullable String expected) {
    try {
      AuditLog.Verdict verdict = log.verify(expected);
      String broken = verdict.broken();
      if (broken == null && !verdict.found()) {
        broken = "the hash that was expected is not in it; the table was made anew";
      }
      return new Verdict(verdict.head().number(), verdict.head().hash(), broken);
    } catch (Exception e) {
      // Scala declares no exceptions.
      throw Failures.of(e, "nothing was changed");
    }
  }
}
