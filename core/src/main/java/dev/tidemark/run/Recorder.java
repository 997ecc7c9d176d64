package dev.tidemark.run;

import dev.tidemark.plan.Target;
import dev.tidemark.plan.TaskMetrics;
import dev.tidemark.store.RunHistory;
import dev.tidemark.store.RunRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records in the run history what is in its tables, several intervals at once: a row that comes a
 * moment later costs nothing but a second look, should the run be killed in that moment.
 */
final class Recorder {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(3);

  private final RunHistory history;
  private final List<RunRecord> pending = new ArrayList<>();
  private long since;

  Recorder(RunHistory history) {
    this.history = history;
  }

  /** The parts of a record that tell of one table. */
  static RunRecord.TableCommit commit(Target target, String name, String tableId, String snapshot) {
    return new RunRecord.TableCommit(
        target.provider().name(), name, target.provider().format().toString(), tableId, snapshot);
  }

  void add(RunRecord run) {
    // Before and not after: the last record waits for what the whole task cost.
    if (!pending.isEmpty() && System.nanoTime() - since > LONGEST_WAIT.toNanos()) {
      flush();
    }
    if (pending.isEmpty()) {
      since = System.nanoTime();
    }
    pending.add(run);
  }

  /**
   * Records what has not been yet; the last of it with what all that was recorded cost.
   *
   * @param cost null: not known
   */
  void flush(@Nullable TaskMetrics cost) {
    if (!pending.isEmpty()) {
      int last = pending.size() - 1;
      pending.set(last, pending.get(last).with(cost));
    }
    flush();
  }

  /** Records what has not been yet. */
  void flush() {
    if (pending.isEmpty()) {
      return;
    }
    List<RunRecord> now = List.copyOf(pending);
    pending.clear();
    history
        .add(now)
        .match(
            committed -> committed,
            conflict -> {
              throw unrecorded(conflict.reason());
            },
            unknown -> {
              throw unrecorded(unknown.reason());
            });
  }

  private TaskFailure unrecorded(String reason) {
    return new TaskFailure(
        ExitCode.CONFLICT,
        "the tables are written, but %s did not take the record of it: %s\n  run again; what is written is found and recorded"
            .formatted(history.name(), reason),
        null);
  }
}
