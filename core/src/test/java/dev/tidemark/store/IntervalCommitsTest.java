package dev.tidemark.store;

import static org.apache.spark.sql.functions.input_file_name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.Provider.TableFormat;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.PastDefinition;
import dev.tidemark.plan.Target;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.iceberg.spark.Spark3Util;
import org.apache.iceberg.spark.actions.SparkActions;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Intervals whose files are written together and that are committed one by one. */
@SparkTest
class IntervalCommitsTest {
  private static final Fingerprint DEFINITION = new Fingerprint("ab".repeat(32));
  private static final Duration SIX_HOURS = Duration.ofHours(6);

  /** Four intervals of six hours, of one day. */
  private static final String DAY =
      """
      k bigint | event_time timestamp | v double
      1        | 2024-03-02T00:00:00Z | 1
      2        | 2024-03-02T00:00:00Z | 2
      1        | 2024-03-02T06:00:00Z | 3
      1        | 2024-03-02T18:00:00Z | 4
      """;

  private final SparkSession session;
  @TempDir Path folder = Path.of(".");

  IntervalCommitsTest(SparkSession session) {
    this.session = session;
  }

  private OfflineTable table(TableFormat format) {
    return OfflineTables.of(session, folder, new Target(provider(format), "t_v1"));
  }

  private static Provider provider(TableFormat format) {
    return new Provider(
        "lake",
        format,
        format == TableFormat.ICEBERG ? "tidemark" : null,
        "warehouse",
        "d" + UUID.randomUUID().toString().replace("-", ""),
        Map.of(),
        new Origin(new SourceFile("env/local.conf", "lake"), 1, 1, 1));
  }

  private Dataset<Row> rows(String text) {
    return TextTable.parse(session, text);
  }

  /** The n-th quarter of the day. */
  private static Interval quarter(int n) {
    Instant start = Instant.parse("2024-03-02T00:00:00Z").plus(SIX_HOURS.multipliedBy(n));
    return new Interval(start, start.plus(SIX_HOURS));
  }

  private IntervalRows day(String rows) {
    return new IntervalRows(
        rows(rows),
        List.of(quarter(0), quarter(1), quarter(2), quarter(3)),
        List.of(2L, 1L, 0L, 1L),
        List.of("k"));
  }

  private static CommitMark mark(String runId, Interval interval) {
    return new CommitMark(runId, "feature-views.t.v1", DEFINITION, List.of(), interval, 1, "test");
  }

  private static String committed(CommitOutcome outcome) {
    return outcome.match(
        CommitOutcome.Committed::snapshot,
        conflict -> {
          throw new AssertionError(conflict.reason());
        },
        unknown -> {
          throw new AssertionError(unknown.reason());
        });
  }

  @ParameterizedTest
  @EnumSource
  void rows_of_an_interval_are_seen_when_it_is_committed(TableFormat format) {
    OfflineTable table = table(format);
    StagedIntervals staged = table.stage(day(DAY), table.state());
    assertThat(table.read().count()).isZero();
    committed(staged.commit(quarter(1), mark("a", quarter(1))));
    TextTable.assertRows(
        table.read(),
        """
        k | event_time           | v
        1 | 2024-03-02T06:00:00Z | 3
        """);
    for (int n : new int[] {0, 2, 3}) {
      committed(staged.commit(quarter(n), mark("a", quarter(n))));
    }
    TextTable.assertSame(table.read(), rows(DAY));
    assertThat(table.commitsSince(null, 100).stream().filter(c -> c.runId().isPresent()))
        .hasSize(4);
  }

  @ParameterizedTest
  @EnumSource
  void who_commits_an_interval_second_is_told_and_changes_nothing(TableFormat format) {
    OfflineTable table = table(format);
    TableState base = table.state();
    StagedIntervals first = table.stage(day(DAY), base);
    StagedIntervals second = table.stage(day(DAY.replace("| 3", "| 30")), base);
    committed(first.commit(quarter(1), mark("first", quarter(1))));
    assertThat(second.commit(quarter(1), mark("second", quarter(1))))
        .isInstanceOf(CommitOutcome.Conflict.class);
    // Other intervals of the same day, file and partition are no business of theirs.
    committed(second.commit(quarter(0), mark("second", quarter(0))));
    committed(first.commit(quarter(3), mark("first", quarter(3))));
    TextTable.assertSame(table.read(), rows(DAY));
  }

  @ParameterizedTest
  @EnumSource
  void eight_at_once_make_the_table_and_commit_their_intervals(TableFormat format)
      throws Exception {
    Provider provider = provider(format);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<String>> outcomes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Instant start = Instant.parse("2024-03-02T00:00:00Z").plus(Duration.ofHours(i));
      Interval hour = new Interval(start, start.plus(Duration.ofHours(1)));
      outcomes.add(
          threads.submit(
              () -> {
                OfflineTable table =
                    OfflineTables.of(session, folder, new Target(provider, "t_v1"));
                Dataset<Row> row =
                    rows(
                        """
                        k bigint | event_time timestamp | v double
                        1        | %s | 1
                        """
                            .formatted(start));
                return committed(table.replaceInterval(row, hour, mark("run", hour)));
              }));
    }
    for (Future<String> outcome : outcomes) {
      assertThat(outcome.get()).isNotEmpty();
    }
    threads.shutdown();
    OfflineTable table = OfflineTables.of(session, folder, new Target(provider, "t_v1"));
    assertThat(table.read().count()).isEqualTo(8);
    assertThat(table.read().select("event_time").distinct().count()).isEqualTo(8);
  }

  @ParameterizedTest
  @EnumSource
  void an_interval_in_files_that_compaction_made_is_replaced_and_its_neighbours_stay(
      TableFormat format) throws Exception {
    OfflineTable table = table(format);
    StagedIntervals staged = table.stage(day(DAY), table.state());
    for (int n = 0; n < 4; n++) {
      committed(staged.commit(quarter(n), mark("a", quarter(n))));
    }
    // A run that planned before the compaction, and commits after it.
    String corrected = DAY.replace("| 1\n", "| 10\n").replace("| 3\n", "| 30\n");
    StagedIntervals later = table.stage(day(corrected), table.state());
    compact(format, table.name());
    assertThat(table.read().select(input_file_name()).distinct().count()).isEqualTo(1);
    committed(later.commit(quarter(1), mark("b", quarter(1))));
    TextTable.assertSame(table.read(), rows(DAY.replace("| 3\n", "| 30\n")));
    committed(later.commit(quarter(0), mark("b", quarter(0))));
    TextTable.assertSame(table.read(), rows(corrected));
  }

  private void compact(TableFormat format, String name) throws Exception {
    if (format == TableFormat.DELTA) {
      session.sql("OPTIMIZE delta.`%s`".formatted(name)).count();
      return;
    }
    SparkActions.get(session)
        .rewriteDataFiles(Spark3Util.loadIcebergTable(session, name))
        .option("rewrite-all", "true")
        .execute();
    session.catalog().refreshTable(name);
  }

  @ParameterizedTest
  @EnumSource
  void a_column_of_another_type_is_refused_and_the_table_stays(TableFormat format) {
    OfflineTable table = table(format);
    committed(table.replaceInterval(rows(DAY).where("v = 1"), quarter(0), mark("a", quarter(0))));
    assertThatThrownBy(
            () ->
                table.replaceInterval(
                    rows(DAY.replace("v double", "v string")), quarter(1), mark("b", quarter(1))))
        .isInstanceOf(SchemaChangedException.class)
        .hasMessageContaining("column `v`")
        .hasMessageContaining("is DOUBLE, and would be STRING now")
        .hasMessageContaining("new variant");
    assertThat(table.read().count()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void the_history_is_only_added_to_by_as_many_as_like(TableFormat format) throws Exception {
    Provider registry = provider(format);
    String resource = "feature-views.t" + System.nanoTime() + ".v1";
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      RunRecord run = record(resource, "run" + i, quarter(i));
      all.add(
          threads.submit(
              () -> committed(new RunHistory(session, folder, registry).add(List.of(run, run)))));
    }
    for (Future<?> each : all) {
      each.get();
    }
    threads.shutdown();
    RunHistory history = new RunHistory(session, folder, registry);
    Interval day = new Interval(quarter(0).start(), quarter(3).end());
    assertThat(history.finished(resource, day, List.of("id"))).hasSize(4);
    assertThat(history.finished(resource, quarter(2), List.of("id")))
        .containsExactly(
            new FinishedInterval(
                quarter(2), "run2", DEFINITION, Map.of("", "a", "v", "b"), List.of()));
    assertThat(history.finished(resource, quarter(2), List.of("id", "another"))).isEmpty();
    assertThat(history.definitions(resource, quarter(2), List.of("id")))
        .containsExactly(new PastDefinition(DEFINITION, Map.of("", "a", "v", "b"), quarter(0), 3));
    assertThat(history.snapshots("id")).containsOnly("7");
    assertThat(history.snapshots("another")).isEmpty();
  }

  private static RunRecord record(String resource, String runId, Interval interval) {
    return new RunRecord(
        runId,
        "task",
        resource,
        DEFINITION,
        Map.of("", "a", "v", "b"),
        interval,
        List.of(),
        List.of(new RunRecord.TableCommit("lake", "t", "iceberg", "id", "7")),
        3,
        "test",
        Instant.parse("2024-03-03T00:00:00Z"),
        null);
  }
}
