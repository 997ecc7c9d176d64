package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.Provider.TableFormat;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.RunOverview;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.TaskMetrics;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Run histories that were written before runs told what they cost. */
@SparkTest
class RunHistoryColumnsTest {
  private static final String RESOURCE = "training-sets.t.v1";

  private final SparkSession session;
  @TempDir Path folder;

  RunHistoryColumnsTest(SparkSession session) {
    this.session = session;
  }

  private Provider registry(TableFormat format) {
    Origin nowhere = new Origin(new SourceFile("a", ""), 1, 1, 1);
    return new Provider(
        "lake",
        format,
        format == TableFormat.ICEBERG ? "tidemark" : null,
        folder.resolve("lake").toString(),
        "d",
        Map.of(),
        nowhere);
  }

  private static RunRecord record(String runId, Instant at) {
    return new RunRecord(
        runId,
        "build/t.v1",
        RESOURCE,
        new Fingerprint("a".repeat(64)),
        Map.of(),
        null,
        List.of(),
        List.of(new RunRecord.TableCommit("lake", "t", "iceberg", "id", runId)),
        3,
        "test",
        at,
        null);
  }

  private static TaskMetrics cost() {
    return new TaskMetrics(
        1.5, 10, 20, 30, 40, 0, 0, 0, 0, 2.5, 2.25, 0, 0, 1, 1, 1, 0, 0, Map.of(), List.of(),
        List.of(), 2.5, List.of(), true);
  }

  @ParameterizedTest
  @EnumSource
  void a_history_without_costs_is_read_and_gets_them(TableFormat format) {
    Provider registry = registry(format);
    OfflineTable table =
        OfflineTables.of(session, folder, new Target(RunHistory.own(registry), "runs"));
    table.drop();
    Dataset<Row> old =
        session
            .createDataFrame(
                List.of(RunRows.of(record("old", Instant.parse("2024-01-01T00:00:00Z")))),
                RunRows.SCHEMA)
            .select(
                "run_id",
                "task_id",
                "resource",
                "definition",
                "parts",
                "interval_start",
                "interval_end",
                "inputs",
                "tables",
                "rows",
                "version",
                "committed_at",
                "manifest")
            .coalesce(1);
    committed(table.append(old, RunHistory.mark("old", "tidemark.runs", 1, "test")));
    RunHistory history = new RunHistory(session, folder, registry);
    assertThat(history.whole(RESOURCE, "id", "old")).isPresent();
    assertThat(runs(history)).extracting(RunOverview.Run::cost).containsOnlyNulls();

    committed(
        history.add(List.of(record("new", Instant.parse("2024-01-02T00:00:00Z")).with(cost()))));
    List<RunOverview.Run> both = runs(history);
    assertThat(both).extracting(RunOverview.Run::runId).containsExactly("new", "old");
    assertThat(both.get(0).cost()).isEqualTo(new RunOverview.Cost(1.5, 10, 20, 30, 40, 2.5, 2.25));
    assertThat(both.get(1).cost()).isNull();
    assertThat(history.whole(RESOURCE, "id", "old")).isPresent();
    assertThat(history.whole(RESOURCE, "id", "new")).isPresent();
    assertThat(history.snapshots("id")).containsExactly("new", "old");
    assertThat(
            table.read().where(col("run_id").equalTo("new")).select("metrics").first().getString(0))
        .contains("\"rows_read\":10");
    table.drop();
  }

  private static List<RunOverview.Run> runs(RunHistory history) {
    return new PastRuns(history).of(5, RESOURCE).getOrDefault(RESOURCE, RunOverview.NONE).newest();
  }

  private static void committed(CommitOutcome outcome) {
    outcome.match(
        done -> done.snapshot(),
        conflict -> {
          throw new AssertionError(conflict.reason());
        },
        unknown -> {
          throw new AssertionError(unknown.reason());
        });
  }
}
