package dev.tidemark.run;

import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.plan.TaskMetrics;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.CommitOutcome;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.PastCommit;
import dev.tidemark.store.RunHistory;
import dev.tidemark.store.RunRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/** Replaces all rows of a task's tables, in one commit each, and then records the commits. */
final class Replacement {
  private final RunTools tools;
  private final Task task;
  private final List<String> committed = new ArrayList<>();

  Replacement(RunTools tools, Task task) {
    this.tools = tools;
    this.task = task;
  }

  /** What is done with rows while they are kept. */
  interface Use<T> {
    T of(Dataset<Row> kept);
  }

  /** Keeps rows on the executors while they are counted and written, so that all see the same. */
  static <T> T kept(Dataset<Row> rows, Use<T> use) {
    Dataset<Row> kept = rows.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      return use.of(kept);
    } finally {
      kept.unpersist();
    }
  }

  /** Which tables have been committed, for an error that comes now. */
  String soFar() {
    return committed.isEmpty()
        ? "no table was changed"
        : "already committed: " + String.join(", ", committed);
  }

  /**
   * Commits to every target, in order.
   *
   * @throws TaskFailure if somebody else committed meanwhile, or nobody knows whether we did
   */
  List<TaskReport.Written> write(Dataset<Row> rows, CommitMark mark) {
    List<TaskReport.Written> written = new ArrayList<>();
    for (Target target : task.targets()) {
      OfflineTable table = tools.table(target);
      tools.step(Phase.COMMIT, "writing " + table.name());
      String snapshot =
          table
              .replaceAll(rows, mark)
              .match(
                  CommitOutcome.Committed::snapshot,
                  conflict -> {
                    throw new TaskFailure(
                        ExitCode.CONFLICT,
                        "another run changed %s meanwhile: %s\n  run again; %s"
                            .formatted(table.name(), conflict.reason(), soFar()),
                        null);
                  },
                  unknown -> {
                    throw new TaskFailure(
                        ExitCode.CONFLICT,
                        "the catalog did not answer whether %s was committed: %s\n  it holds its old rows or the new ones, whole; run again; %s"
                            .formatted(table.name(), unknown.reason(), soFar()),
                        null);
                  });
      committed.add(table.name());
      written.add(new TaskReport.Written(target, table.name(), snapshot));
    }
    return written;
  }

  /** The newest commit of a table that changed its rows. */
  static Optional<PastCommit> newest(OfflineTable table) {
    return RunHistory.recent(table).stream().filter(commit -> !commit.sameRows()).findFirst();
  }

  /**
   * The record of a run that did the same, if nobody has written the tables since. One that was cut
   * off before its record is recorded now.
   *
   * @param wanted what the tables' newest commits would have to say
   * @return nothing also where the state of an input can't be told
   */
  Optional<RunRecord> done(CommitMark wanted) {
    if (wanted.inputs().stream().anyMatch(i -> i.kind() == InputSnapshot.Kind.UNPINNED)) {
      return Optional.empty();
    }
    List<TaskReport.Written> found = new ArrayList<>();
    PastCommit first = null;
    for (Target target : task.targets()) {
      OfflineTable table = tools.table(target);
      Optional<PastCommit> newest =
          table.exists() ? newest(table).filter(c -> c.isOf(wanted)) : Optional.empty();
      if (newest.isEmpty()) {
        return Optional.empty();
      }
      first = first == null ? newest.get() : first;
      found.add(new TaskReport.Written(target, table.name(), newest.get().snapshot()));
    }
    return first == null ? Optional.empty() : Optional.of(recorded(wanted, found, first));
  }

  private RunRecord recorded(CommitMark wanted, List<TaskReport.Written> found, PastCommit commit) {
    List<RunRecord.TableCommit> commits = commits(found);
    RunRecord.TableCommit one = commits.get(0);
    return tools
        .history()
        .whole(wanted.resource(), one.tableId(), one.snapshot())
        .filter(run -> run.tables().equals(commits))
        .orElseGet(() -> add(wanted, commit.runId().orElseThrow(), commit.rows(), commits, null));
  }

  /** Makes the commits count. */
  void record(CommitMark mark, List<TaskReport.Written> written, String manifest) {
    add(mark, mark.runId(), mark.rows(), commits(written), manifest);
  }

  private List<RunRecord.TableCommit> commits(List<TaskReport.Written> written) {
    return written.stream()
        .map(
            table ->
                Recorder.commit(
                    table.target(),
                    table.table(),
                    String.valueOf(tools.table(table.target()).state().tableId()),
                    table.snapshot()))
        .toList();
  }

  private RunRecord add(
      CommitMark mark,
      String runId,
      long rows,
      List<RunRecord.TableCommit> commits,
      @Nullable String manifest) {
    tools.enter(Phase.RECORD);
    // Of what another run did the cost is not known.
    TaskMetrics cost = runId.equals(tools.runId()) ? tools.metrics() : null;
    RunRecord run =
        new RunRecord(
            runId,
            task.id(),
            mark.resource(),
            mark.definition(),
            Map.of(),
            null,
            mark.inputs(),
            commits,
            rows,
            mark.version(),
            Instant.now(),
            manifest,
            cost);
    Recorder recorder = new Recorder(tools.history());
    recorder.add(run);
    recorder.flush();
    return run;
  }
}
