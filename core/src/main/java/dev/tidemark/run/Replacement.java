package dev.tidemark.run;

import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.CommitOutcome;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.RunRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

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
      tools.progress().step("writing " + table.name());
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

  /** Makes the commits count. */
  void record(CommitMark mark, List<TaskReport.Written> written, String manifest) {
    List<RunRecord.TableCommit> commits =
        written.stream()
            .map(
                table ->
                    Recorder.commit(
                        table.target(),
                        table.table(),
                        String.valueOf(tools.table(table.target()).state().tableId()),
                        table.snapshot()))
            .toList();
    Recorder recorder = new Recorder(tools.history());
    recorder.add(
        new RunRecord(
            mark.runId(),
            task.id(),
            mark.resource(),
            mark.definition(),
            Map.of(),
            null,
            mark.inputs(),
            commits,
            mark.rows(),
            mark.version(),
            Instant.now(),
            manifest));
    recorder.flush();
  }
}
