package dev.tidemark.store;

import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.KeysFile;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a build, a committed interval of a view, a view's newest values or scored keys were made of
 * and what it came to: enough to make the same rows again and to prove that they are the same. Its
 * JSON is {@link ManifestJson}'s.
 *
 * @param resource such as {@code training-sets.fraud.v1}
 * @param kind of task
 * @param task the task's id
 * @param runId of the run that wrote it
 * @param versions by what has them: tidemark, spark, iceberg, delta, java
 * @param definition the hash of what was computed
 * @param definitions all definitions that it depends on, a JSON object that reads as HOCON
 * @param asOf the as-of time of a build, or null where there is none; T of newest values and of
 *     scored keys
 * @param keys where the scored keys are; null: all keys, or it is no scoring
 * @param interval of a view's rows; null for what is no interval
 * @param times the least and the greatest T; null if there are no rows
 * @param inputs the states that were read
 * @param spineRows how many rows the result had to have; null where nothing tells beforehand
 * @param leftOut how many rows of the spine are left out, by reason
 * @param rows what came out
 * @param settings Spark settings that may change a result
 * @param checks what was checked before the commit
 * @param outputs the commits
 */
public record Manifest(
    String resource,
    Kind kind,
    String task,
    String runId,
    Map<String, String> versions,
    Fingerprint definition,
    String definitions,
    @Nullable Instant asOf,
    @Nullable KeysFile keys,
    @Nullable Interval interval,
    @Nullable Times times,
    List<Input> inputs,
    @Nullable Long spineRows,
    Map<String, Long> leftOut,
    RowsSummary rows,
    Map<String, String> settings,
    List<Check> checks,
    List<Output> outputs) {

  /** The reason for which a row of the spine may be left out. */
  public static final String LABEL_NOT_KNOWN = "label_not_known";

  /** What was done. */
  public enum Kind {
    BUILD,
    INTERVAL,
    LATEST,
    SCORING;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The first and the last of some times. */
  public record Times(Instant first, Instant last) {}

  /**
   * A source's state.
   *
   * @param isStatic whether the source has no time, so that reading it is not point-in-time
   * @param files of a source of plain files
   */
  public record Input(InputSnapshot snapshot, boolean isStatic, List<File> files) {
    public Input {
      files = List.copyOf(files);
    }
  }

  /**
   * A plain file.
   *
   * @param sha256 null if it was not read for that
   */
  public record File(InputFile file, @Nullable String sha256) {}

  /**
   * What was checked.
   *
   * @param verdict passed or failed
   * @param detail a few words for people; of a gate, what was found
   * @param asked of a gate what it asks; null for what is always checked
   */
  public record Check(String name, boolean verdict, String detail, @Nullable Asked asked) {
    /** Of what is always checked. */
    public Check(String name, boolean verdict, String detail) {
      this(name, verdict, detail, null);
    }
  }

  /**
   * What a gate asks.
   *
   * @param column null: of the rows as a whole
   * @param severity {@code fail} or {@code warn}
   * @param expected a few words for people
   */
  public record Asked(@Nullable String column, String severity, String expected) {}

  /**
   * A table that has the rows.
   *
   * @param provider the provider's name
   * @param format such as {@code iceberg}
   * @param table how Spark reads it
   * @param snapshot the Iceberg snapshot id, or the Delta version
   */
  public record Output(String provider, String format, String table, String snapshot) {}

  public Manifest {
    versions = copy(versions);
    inputs = List.copyOf(inputs);
    leftOut = copy(leftOut);
    settings = copy(settings);
    checks = List.copyOf(checks);
    outputs = List.copyOf(outputs);
  }

  private static <T> Map<String, T> copy(Map<String, T> map) {
    return java.util.Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
