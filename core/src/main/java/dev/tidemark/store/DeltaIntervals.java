package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tidemark.plan.Interval;
import io.delta.exceptions.DeltaConcurrentModificationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.RemoveFile;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Intervals whose files are written, in a Delta table.
 *
 * <p>A commit removes the files of the interval and adds ours. Which files those are is asked of
 * the table once for {@value IntervalRows#ASKED_TOGETHER} intervals, so that the driver holds no
 * more of the table than that; what is committed afterwards says by its mark of which interval it
 * is. A file that was made of several by compaction is replaced with those of its rows that stay.
 *
 * <p>Delta's own transaction ids ({@code txnAppId}) are not used: a rerun that computes other rows
 * under the same id would be skipped in silence.
 */
final class DeltaIntervals implements StagedIntervals {
  private static final int MOST_ATTEMPTS = 100;

  private final SparkSession session;
  private final DeltaLog log;
  private final IntervalRows rows;
  private final Map<Interval, List<AddFile>> files = new HashMap<>();
  private final LocalLock lock;

  /** What was committed since the base, by whomever, as far as it was looked at. */
  private final List<PastCommit> since = new ArrayList<>();

  /** The last version that was looked at; at first the base. */
  private long seen;

  /** The files that there are of some of the intervals; null: to be asked for. */
  private @Nullable Known stored;

  DeltaIntervals(
      SparkSession session,
      DeltaLog log,
      IntervalRows rows,
      List<AddFile> written,
      long base,
      LocalLock lock) {
    this.session = session;
    this.log = log;
    this.rows = rows;
    this.seen = base;
    this.lock = lock;
    for (AddFile file : written) {
      files.computeIfAbsent(intervalOf(file), interval -> new ArrayList<>()).add(file);
    }
  }

  /** A file of the table with the bounds of its event times. */
  private record Stored(AddFile file, DeltaStatistics times) {}

  /** All files of the table that may hold rows of a span. */
  private record Known(Interval span, List<Stored> files) {}

  private Interval intervalOf(AddFile file) {
    List<Interval> intervals = rows.intervals();
    if (intervals.size() == 1) {
      return intervals.get(0);
    }
    DeltaStatistics times = DeltaStatistics.of(file);
    for (int i = intervals.size() - 1; i >= 0; i--) {
      if (times.beginsIn(intervals.get(i))) {
        return intervals.get(i);
      }
    }
    throw new IllegalStateException("rows of no interval in " + file.path());
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

  /** Somebody committed between our look at the table and our commit. */
  private static final class LostRace extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LostRace(DeltaConcurrentModificationException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private String attempt(Interval interval, CommitMark mark) {
    Snapshot now = DeltaCommits.newest(log);
    look(now.version());
    for (PastCommit commit : since) {
      if (commit.mayTouch(interval)) {
        throw new OverlapException(interval, commit);
      }
    }
    OptimisticTransaction transaction = log.startTransaction(Option.empty(), Option.apply(now));
    // Whatever comes between now and the commit has to be looked at first.
    transaction.readWholeTable();
    List<Action> actions = new ArrayList<>(files.getOrDefault(interval, List.of()));
    List<AddFile> partial = new ArrayList<>();
    for (Stored file : stored(now, interval)) {
      if (file.times().mayHold(interval)) {
        actions.add(file.file().removeWithTimestamp(System.currentTimeMillis(), true));
        if (!file.times().isWithin(interval)) {
          partial.add(file.file());
        }
      }
    }
    actions.addAll(kept(transaction, now, partial, interval));
    try {
      String predicate =
          "event_time >= '%s' AND event_time < '%s'".formatted(interval.start(), interval.end());
      return DeltaCommits.commit(
          transaction, actions, SaveMode.Overwrite, predicate, DeltaCommits.json(mark));
    } catch (DeltaConcurrentModificationException e) {
      throw new LostRace(e);
    }
  }

  /** Takes notice of the versions that have come. */
  private void look(long newest) {
    DeltaCommits.each(
        log,
        seen + 1,
        newest,
        (version, actions) -> {
          lookUpTo(version - 1);
          since.add(DeltaCommits.past(version, actions));
          forget(actions);
          seen = version;
        });
    lookUpTo(newest);
  }

  /** What the log does not say any more may have been anything. */
  private void lookUpTo(long version) {
    if (seen < version) {
      since.add(new PastCommit("that is forgotten", Map.of(), false));
      seen = version;
    }
  }

  /** Files that somebody has taken away have others in their place. */
  private void forget(List<Action> actions) {
    Known known = stored;
    if (known == null) {
      return;
    }
    for (Action action : actions) {
      if (action instanceof RemoveFile removed
          && known.files().stream().anyMatch(file -> file.file().path().equals(removed.path()))) {
        stored = null;
      }
    }
  }

  private List<Stored> stored(Snapshot now, Interval interval) {
    Known known = stored;
    if (known == null || !known.span().covers(interval)) {
      Interval ahead = rows.ahead(interval);
      List<Stored> found = new ArrayList<>();
      for (AddFile file : now.allFiles().where(DeltaStatistics.held(ahead)).collectAsList()) {
        found.add(new Stored(file, DeltaStatistics.of(file)));
      }
      known = new Known(ahead, found);
      stored = known;
    }
    return known.files();
  }

  /** New files with the rows of some files that are not of the interval. */
  private List<AddFile> kept(
      OptimisticTransaction transaction, Snapshot now, List<AddFile> partial, Interval interval) {
    if (partial.isEmpty()) {
      return List.of();
    }
    Column inside =
        col(IntervalRows.EVENT_TIME)
            .geq(lit(interval.start()))
            .and(col(IntervalRows.EVENT_TIME).lt(lit(interval.end())));
    Dataset<Row> all =
        log.createDataFrame(
            now, CollectionConverters.asScala(partial).toSeq(), false, Option.empty());
    return DeltaCommits.write(session, transaction, rows.apart(all.where(not(inside))));
  }
}
