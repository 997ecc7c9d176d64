package dev.tidemark.run;

import dev.tidemark.definition.Problem;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.TaskMetrics;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a task did.
 *
 * @param taskId the task's
 * @param rows how many rows each table got
 * @param leftOut how many rows of the spine were left out, since their label is not known at the
 *     as-of time
 * @param asOf the as-of time of a build, or null where there is none
 * @param intervals what became of the intervals of a view; null for all else
 * @param whole of newest values and scored keys; null for all else
 * @param tables one a target, in order, each at its last commit; none if nothing was written
 * @param promoted how many of the rows were not computed, but taken from another environment
 * @param manifest where the manifest of the last commit is; null if there is none
 * @param warnings what is strange but not wrong
 * @param metrics what it cost; null while it runs
 */
public record TaskReport(
    String taskId,
    long rows,
    long leftOut,
    @Nullable Instant asOf,
    @Nullable Intervals intervals,
    @Nullable Whole whole,
    List<Written> tables,
    long promoted,
    @Nullable String manifest,
    List<Problem> warnings,
    Duration elapsed,
    @Nullable TaskMetrics metrics) {

  /** Before its cost is known. */
  TaskReport(
      String taskId,
      long rows,
      long leftOut,
      @Nullable Instant asOf,
      @Nullable Intervals intervals,
      @Nullable Whole whole,
      List<Written> tables,
      long promoted,
      @Nullable String manifest,
      List<Problem> warnings,
      Duration elapsed) {
    this(
        taskId, rows, leftOut, asOf, intervals, whole, tables, promoted, manifest, warnings,
        elapsed, null);
  }

  /**
   * A table that was committed.
   *
   * @param table how Spark reads it: a table's full name, or a path
   * @param snapshot the Iceberg snapshot id, or the Delta version
   */
  public record Written(Target target, String table, String snapshot) {}

  /**
   * The intervals of a task.
   *
   * @param committed how many it computed and committed
   * @param adopted how many had been committed by a run that did not come to record it
   * @param upToDate how many another run has done meanwhile
   */
  public record Intervals(int committed, int adopted, int upToDate) {}

  /**
   * A table that is replaced whole, unless it is as it should be.
   *
   * @param upToDate true: it has these rows already, and nothing was computed or written
   * @param kept how many rows are those of the run before, since nothing entered or left them
   * @param because why all rows were computed; null where some were kept, or nothing was done
   */
  public record Whole(boolean upToDate, long kept, @Nullable String because) {}

  /** The same with the time it took, and all else that it cost. */
  TaskReport took(Duration time, TaskMetrics cost) {
    return new TaskReport(
        taskId, rows, leftOut, asOf, intervals, whole, tables, promoted, manifest, warnings, time,
        cost);
  }

  public TaskReport {
    tables = List.copyOf(tables);
    warnings = List.copyOf(warnings);
  }
}
