package dev.tidemark.store;

import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.TaskMetrics;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row of the run history: an interval, or a build, that is in its tables; or, where it names no
 * table, one whose rows were refused by their gates.
 *
 * @param runId of the run whose commits these are
 * @param taskId the task's
 * @param resource such as {@code feature-views.spend.v1}
 * @param definition the hash of what was computed
 * @param parts the hashes of its parts, by which a change that loses nothing is told from others
 * @param interval null for a build
 * @param inputs the states that were read
 * @param tables the commits, one a provider; none: the rows were refused
 * @param rows how many rows each table got, or would have got
 * @param version Tidemark's
 * @param committedAt by the clock of the machine that ran it
 * @param manifest where the manifest is; null if none was written
 * @param cost what the task cost until this was written; of a task that leaves several rows it is
 *     in the last; null: in another row, or not known
 */
public record RunRecord(
    String runId,
    String taskId,
    String resource,
    Fingerprint definition,
    Map<String, String> parts,
    @Nullable Interval interval,
    List<InputSnapshot> inputs,
    List<TableCommit> tables,
    long rows,
    String version,
    Instant committedAt,
    @Nullable String manifest,
    @Nullable TaskMetrics cost) {

  /** Of unknown cost. */
  public RunRecord(
      String runId,
      String taskId,
      String resource,
      Fingerprint definition,
      Map<String, String> parts,
      @Nullable Interval interval,
      List<InputSnapshot> inputs,
      List<TableCommit> tables,
      long rows,
      String version,
      Instant committedAt,
      @Nullable String manifest) {
    this(
        runId,
        taskId,
        resource,
        definition,
        parts,
        interval,
        inputs,
        tables,
        rows,
        version,
        committedAt,
        manifest,
        null);
  }

  /** The same with its cost. */
  public RunRecord with(@Nullable TaskMetrics measured) {
    return new RunRecord(
        runId,
        taskId,
        resource,
        definition,
        parts,
        interval,
        inputs,
        tables,
        rows,
        version,
        committedAt,
        manifest,
        measured);
  }

  /**
   * One table's commit.
   *
   * @param provider the provider's name
   * @param name how Spark reads the table
   * @param format such as {@code iceberg}
   * @param tableId see {@link TableState}
   * @param snapshot the Iceberg snapshot id, or the Delta version
   */
  public record TableCommit(
      String provider, String name, String format, String tableId, String snapshot) {}

  public RunRecord {
    parts = Map.copyOf(parts);
    inputs = List.copyOf(inputs);
    tables = List.copyOf(tables);
  }
}
