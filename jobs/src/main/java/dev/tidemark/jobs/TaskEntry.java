package dev.tidemark.jobs;

import dev.tidemark.plan.TaskMetrics;
import dev.tidemark.run.TaskReport;
import dev.tidemark.run.Trace;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the JSON says of one task.
 *
 * @param id the task's
 * @param status of this task alone
 * @param rows how many rows were written; null if it did not come to that
 * @param leftOut how many of the spine's rows are left out; null likewise
 * @param asOf the as-of time of a build, where there is one
 * @param intervals what became of a view's intervals; null for a build
 * @param whole of newest values and scored keys; null for all else
 * @param promoted how many of the rows were taken from another environment; null for none
 * @param tables the tables it committed to
 * @param manifest where the manifest of its last commit is
 * @param checks what was checked before its last commit, or of rows that were refused
 * @param seconds how long it took
 * @param metrics what it cost; null if it did not come to that
 */
record TaskEntry(
    String id,
    Status status,
    @Nullable Long rows,
    @Nullable Long leftOut,
    @Nullable Instant asOf,
    TaskReport.@Nullable Intervals intervals,
    TaskReport.@Nullable Whole whole,
    @Nullable Long promoted,
    List<TableEntry> tables,
    @Nullable String manifest,
    List<Trace.Check> checks,
    double seconds,
    @Nullable TaskMetrics metrics) {

  /**
   * One committed table.
   *
   * @param provider the provider's name
   * @param format such as {@code iceberg}
   * @param name how Spark reads it: a table's full name, or a path
   * @param snapshot the Iceberg snapshot id or the Delta version
   */
  record TableEntry(String provider, String format, String name, @Nullable String snapshot) {}

  TaskEntry {
    tables = List.copyOf(tables);
    checks = List.copyOf(checks);
  }
}
