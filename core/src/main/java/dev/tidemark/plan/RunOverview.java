package dev.tidemark.plan;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was run of one resource.
 *
 * @param from where the first interval begins; null for what has no intervals
 * @param to where the last interval ends; null for what has no intervals
 * @param last when the newest run committed; null: never
 * @param runs how many rows the history has of it
 * @param newest the newest runs, newest first
 */
public record RunOverview(
    @Nullable Instant from,
    @Nullable Instant to,
    @Nullable Instant last,
    long runs,
    List<Run> newest) {
  /** Of what never ran. */
  public static final RunOverview NONE = new RunOverview(null, null, null, 0, List.of());

  /**
   * One run, or one interval of a run.
   *
   * @param manifest where it is; null if none was written
   * @param definition the hash of what was computed
   * @param version Tidemark's
   * @param cost null where it is not known, or where it is told of a later interval of the task
   */
  public record Run(
      String runId,
      String task,
      Instant committedAt,
      @Nullable Instant intervalStart,
      @Nullable Instant intervalEnd,
      long rows,
      @Nullable String manifest,
      String definition,
      String version,
      List<Input> inputs,
      List<Table> tables,
      @Nullable Cost cost) {
    public Run {
      inputs = List.copyOf(inputs);
      tables = List.copyOf(tables);
    }
  }

  /** A state of a source that was read; see {@link InputSnapshot}. */
  public record Input(String source, String location, String kind, String id) {}

  /** See {@link TaskMetrics}, of which the run history has all. */
  public record Cost(
      double seconds,
      long rowsRead,
      long bytesRead,
      long rowsWritten,
      long bytesWritten,
      double executorSeconds,
      double cpuSeconds) {}

  /** A commit. */
  public record Table(String provider, String name, String format, String snapshot) {}

  public RunOverview {
    newest = List.copyOf(newest);
  }
}
