package dev.tidemark.run;

import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Target;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.CommitOutcome;
import dev.tidemark.store.IntervalRows;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.PastCommit;
import dev.tidemark.store.RunHistory;
import dev.tidemark.store.StagedIntervals;
import dev.tidemark.store.TableState;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One of the tables to which a task writes its intervals, with what is known of it. */
final class Destination {
  final Target target;
  final OfflineTable table;

  /** Upon which the task works: what others commit after it for the same interval has won. */
  final TableState base;

  String tableId;

  /** Of the latest commit that counts; null: none yet. */
  @Nullable String snapshot;

  private @Nullable StagedIntervals staged;
  private List<PastCommit> recent = List.of();

  Destination(Target target, OfflineTable table) {
    this.target = target;
    this.table = table;
    this.base = table.state();
    this.tableId = String.valueOf(base.tableId());
  }

  /** Looks which commits there are. */
  void look() {
    recent = RunHistory.recent(table);
  }

  /** The commit that made an interval as the mark says, before the task began. */
  Optional<PastCommit> earlier(Interval interval, CommitMark mark) {
    return newest(recent, interval, mark);
  }

  /** The same since then. */
  Optional<PastCommit> later(Interval interval, CommitMark mark) {
    return newest(table.commitsSince(base.snapshot(), Integer.MAX_VALUE), interval, mark);
  }

  private static Optional<PastCommit> newest(
      List<PastCommit> commits, Interval interval, CommitMark mark) {
    return commits.stream()
        .filter(commit -> commit.mayTouch(interval))
        .findFirst()
        .filter(commit -> commit.isOf(interval, mark));
  }

  void stage(IntervalRows rows) {
    staged = table.stage(rows, base);
    tableId = String.valueOf(table.state().tableId());
  }

  CommitOutcome commit(Interval interval, CommitMark mark) {
    StagedIntervals files = staged;
    if (files == null) {
      throw new IllegalStateException("nothing is staged for " + table.name());
    }
    CommitOutcome outcome = files.commit(interval, mark);
    outcome.match(
        done -> {
          snapshot = done.snapshot();
          return true;
        },
        conflict -> false,
        unknown -> false);
    return outcome;
  }
}
