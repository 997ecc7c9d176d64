package dev.tidemark.run;

import dev.tidemark.definition.Problem;
import dev.tidemark.plan.Target;
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
 * @param tables one a target, in order
 * @param manifest where the manifest of the last commit is; null if there is none
 * @param warnings what is strange but not wrong
 */
public record TaskReport(
    String taskId,
    long rows,
    long leftOut,
    @Nullable Instant asOf,
    List<Written> tables,
    @Nullable String manifest,
    List<Problem> warnings,
    Duration elapsed) {

  /**
   * A table that was committed.
   *
   * @param table how Spark reads it: a table's full name, or a path
   * @param snapshot the Iceberg snapshot id, or the Delta version
   */
  public record Written(Target target, String table, String snapshot) {}

  /** The same with the time it took. */
  TaskReport took(Duration time) {
    return new TaskReport(taskId, rows, leftOut, asOf, tables, manifest, warnings, time);
  }

  public TaskReport {
    tables = List.copyOf(tables);
    warnings = List.copyOf(warnings);
  }
}
