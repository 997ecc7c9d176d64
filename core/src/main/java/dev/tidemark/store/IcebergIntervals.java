package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tidemark.plan.Interval;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.InclusiveMetricsEvaluator;
import org.apache.iceberg.expressions.StrictMetricsEvaluator;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Intervals whose files are written, in an Iceberg table.
 *
 * <p>A commit overwrites by the interval as a row filter, or only adds, if there is nothing of the
 * interval. Since Tidemark's own files hold rows of one interval each, whole files fall to the
 * filter. A file that was made of several by compaction is replaced with those of its rows that
 * stay. Which files there are is asked once for {@value IntervalRows#ASKED_TOGETHER} intervals, as
 * long as nobody else commits.
 */
final class IcebergIntervals implements StagedIntervals {
  private static final int MOST_ATTEMPTS = 100;

  private final SparkSession session;
  private final Table table;
  private final IntervalRows staged;
  private final Map<Interval, List<DataFile>> files = new HashMap<>();
  private final @Nullable String base;
  private final LocalLock lock;

  /** The files that there are of some of the intervals; null: to be asked for. */
  private @Nullable Known stored;

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

  /** All files of the table at a snapshot that may hold rows of a span. */
  private record Known(long snapshot, Interval span, List<DataFile> files) {}

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
    List<DataFile> there = before == null ? List.of() : stored(before, interval);
    StrictMetricsEvaluator whole = new StrictMetricsEvaluator(table.schema(), rows);
    List<DataFile> partial = there.stream().filter(file -> !whole.eval(file)).toList();
    OverwriteFiles overwrite =
        table
            .newOverwrite()
            .writeManifestsWith(InPlace.EXECUTOR, 1)
            .conflictDetectionFilter(rows)
            .validateNoConflictingData()
            .validateNoConflictingDeletes();
    if (before != null) {
      overwrite.validateFromSnapshot(before.snapshotId());
    }
    if (there.isEmpty()) {
      // Nothing but the new manifest is written, or merged with a few.
      overwrite.scanManifestsWith(InPlace.EXECUTOR);
    } else {
      overwrite.overwriteByRowFilter(rows);
    }
    files.getOrDefault(interval, List.of()).forEach(overwrite::addFile);
    partial.forEach(overwrite::deleteFile);
    kept(before, partial, interval).forEach(overwrite::addFile);
    mark.properties().forEach(overwrite::set);
    try {
      overwrite.commit();
    } catch (ValidationException | CommitFailedException e) {
      throw new LostRace(e);
    }
    String snapshot = IcebergTable.snapshotOf(table, mark);
    proceed(before, snapshot, partial);
    return snapshot;
  }

  /** What is known of the files of later intervals stays true if only ours came in between. */
  private void proceed(@Nullable Snapshot before, String made, List<DataFile> replaced) {
    Known known = stored;
    Snapshot ours = table.snapshot(Long.parseLong(made));
    stored =
        known != null
                && before != null
                && replaced.isEmpty()
                && Objects.equals(ours.parentId(), before.snapshotId())
            ? new Known(ours.snapshotId(), known.span(), known.files())
            : null;
  }

  private static Expression within(Interval interval) {
    return Expressions.and(
        Expressions.greaterThanOrEqual(IntervalRows.EVENT_TIME, micros(interval.start())),
        Expressions.lessThan(IntervalRows.EVENT_TIME, micros(interval.end())));
  }

  private static long micros(Instant instant) {
    return Interval.micros(instant);
  }

  /** Files that may hold rows of the interval. */
  private List<DataFile> stored(Snapshot now, Interval interval) {
    Known known = stored;
    if (known == null || known.snapshot() != now.snapshotId() || !known.span().covers(interval)) {
      Interval ahead = staged.ahead(interval);
      known = new Known(now.snapshotId(), ahead, stored(now, within(ahead)));
      stored = known;
    }
    InclusiveMetricsEvaluator some =
        new InclusiveMetricsEvaluator(table.schema(), within(interval));
    return known.files().stream().filter(some::eval).toList();
  }

  private List<DataFile> stored(Snapshot now, Expression rows) {
    int time = table.schema().findField(IntervalRows.EVENT_TIME).fieldId();
    List<DataFile> found = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks =
        table
            .newScan()
            .useSnapshot(now.snapshotId())
            .filter(rows)
            .includeColumnStats(Set.of(IntervalRows.EVENT_TIME))
            .planFiles()) {
      for (FileScanTask task : tasks) {
        found.add(task.file().copyWithStats(Set.of(time)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
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
