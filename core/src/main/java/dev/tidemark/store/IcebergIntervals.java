package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tidemark.plan.Interval;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.StrictMetricsEvaluator;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Intervals whose files are written, in an Iceberg table.
 *
 * <p>A commit overwrites by the interval as a row filter. Since Tidemark's own files hold rows of
 * one interval each, whole files fall to the filter. A file that was made of several by compaction
 * is replaced with those of its rows that stay.
 */
final class IcebergIntervals implements StagedIntervals {
  private static final int MOST_ATTEMPTS = 100;

  private final SparkSession session;
  private final Table table;
  private final IntervalRows staged;
  private final Map<Interval, List<DataFile>> files = new HashMap<>();
  private final @Nullable String base;
  private final LocalLock lock;

  IcebergIntervals(
      SparkSession session,
      Table table,
      IntervalRows rows,
      List<DataFile> written,
      @Nullable String base,
      LocalLock lock) {
    this.session = session;
    this.table = table;
    this.staged = rows;
    this.base = base;
    this.lock = lock;
    for (DataFile file : written) {
      files.computeIfAbsent(intervalOf(table, rows, file), interval -> new ArrayList<>()).add(file);
    }
  }

  private static Interval intervalOf(Table table, IntervalRows rows, DataFile file) {
    Instant earliest = IcebergFiles.earliest(table, file);
    Instant latest = IcebergFiles.latest(table, file);
    if (earliest == null || latest == null) {
      throw new IllegalStateException("no event times in the statistics of " + file.location());
    }
    Interval interval = rows.intervalOf(earliest);
    if (!latest.isBefore(interval.end())) {
      throw new IllegalStateException("rows of two intervals in " + file.location());
    }
    return interval;
  }

  @Override
  public CommitOutcome commit(Interval interval, CommitMark mark) {
    for (int attempt = 1; ; attempt++) {
      try {
        return lock.holding(() -> Conflicts.of(() -> attempt(interval, mark)));
      } catch (LostRace e) {
        if (attempt == MOST_ATTEMPTS) {
          return new CommitOutcome.Conflict(String.valueOf(e.getMessage()));
        }
        LocalLock.pause(50L * Math.min(attempt, 20));
      }
    }
  }

  /** Somebody committed between our look at the table and our commit, and not our interval. */
  private static final class LostRace extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LostRace(RuntimeException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private String attempt(Interval interval, CommitMark mark) {
    table.refresh();
    for (PastCommit commit : IcebergTable.commitsUpon(table, base)) {
      if (commit.mayTouch(interval)) {
        throw new OverlapException(interval, commit);
      }
    }
    Snapshot before = table.currentSnapshot();
    Expression rows = within(interval);
    OverwriteFiles overwrite =
        table
            .newOverwrite()
            .overwriteByRowFilter(rows)
            .conflictDetectionFilter(rows)
            .validateNoConflictingData()
            .validateNoConflictingDeletes();
    if (before != null) {
      overwrite.validateFromSnapshot(before.snapshotId());
    }
    files.getOrDefault(interval, List.of()).forEach(overwrite::addFile);
    List<DataFile> partial = before == null ? List.of() : partial(before, rows);
    partial.forEach(overwrite::deleteFile);
    kept(before, partial, interval).forEach(overwrite::addFile);
    mark.properties().forEach(overwrite::set);
    try {
      overwrite.commit();
    } catch (ValidationException | CommitFailedException e) {
      throw new LostRace(e);
    }
    return IcebergTable.snapshotOf(table, mark);
  }

  private static Expression within(Interval interval) {
    return Expressions.and(
        Expressions.greaterThanOrEqual(IntervalRows.EVENT_TIME, micros(interval.start())),
        Expressions.lessThan(IntervalRows.EVENT_TIME, micros(interval.end())));
  }

  private static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  /** Files that may hold rows of the interval, and others. */
  private List<DataFile> partial(Snapshot before, Expression rows) {
    StrictMetricsEvaluator whole = new StrictMetricsEvaluator(table.schema(), rows);
    List<DataFile> partial = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks =
        table
            .newScan()
            .useSnapshot(before.snapshotId())
            .filter(rows)
            .includeColumnStats()
            .planFiles()) {
      for (FileScanTask task : tasks) {
        if (!whole.eval(task.file())) {
          partial.add(task.file().copyWithoutStats());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return partial;
  }

  /** New files with the rows of some files that are not of the interval. */
  private List<DataFile> kept(
      @Nullable Snapshot before, List<DataFile> partial, Interval interval) {
    if (before == null || partial.isEmpty()) {
      return List.of();
    }
    Object[] paths = partial.stream().map(DataFile::location).toArray();
    Dataset<Row> rows =
        session
            .read()
            .option("versionAsOf", String.valueOf(before.snapshotId()))
            .table(quoted(table.name()))
            .where(col("_file").isin(paths))
            .where(
                not(
                    col(IntervalRows.EVENT_TIME)
                        .geq(lit(interval.start()))
                        .and(col(IntervalRows.EVENT_TIME).lt(lit(interval.end())))));
    return IcebergFiles.write(session, table, staged.apart(rows));
  }

  private static String quoted(String name) {
    return "`" + name.replace(".", "`.`") + "`";
  }
}
