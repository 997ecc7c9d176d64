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
 * @param warnings what is strange but not wrong
 */
public record TaskReport(
    String taskId,
    long rows,
    long leftOut,
    @Nullable Instant asOf,
    List<Written> tables,
    List<Problem> warnings,
    Duration elapsed) {

  /**
   * A table that was committed.
   *
   * @param table how Spark reads it: a table's full name, or a path
   * @param snapshot the Iceberg snapshot id, or the Delta version
   */
  public record Written(Target target, String table, String snapshot) {}

  public TaskReport {
    tables = List.copyOf(tables);
    warnings = List.copyOf(warnings);
  }
}
