package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.Provider.TableFormat;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Target;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.spark.Spark3Util;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The layout of tables, and what upkeep makes of those that have another. */
@SparkTest
class UpkeepTest {
  private static final Instant START = Instant.parse("2024-03-01T00:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final int DAYS = 3;
  private static final long KEYS = 40;
  private static final Arrangement VIEW = new Arrangement(List.of("k", "event_time"), true);

  private final SparkSession session;
  private final String database = "d" + UUID.randomUUID().toString().replace("-", "");
  @TempDir Path folder = Path.of(".");

  UpkeepTest(SparkSession session) {
    this.session = session;
  }

  private OfflineTable table(SparkSession session, TableFormat format) {
    return OfflineTables.of(session, folder, new Target(provider(format), "t_v1"));
  }

  private Provider provider(TableFormat format) {
    return new Provider(
        "lake",
        format,
        format == TableFormat.ICEBERG ? "tidemark" : null,
        "warehouse",
        database,
        Map.of(),
        new Origin(new SourceFile("env/local.conf", "lake"), 1, 1, 1));
  }

  /** A session in which a file is full soon. */
  private SparkSession small() {
    SparkSession small = ((org.apache.spark.sql.classic.SparkSession) session).cloneSession();
    small.conf().set(Layout.ROWS_OF_A_FILE, "10");
    return small;
  }

  private static Interval day(int n) {
    Instant start = START.plus(DAY.multipliedBy(n));
    return new Interval(start, start.plus(DAY));
  }

  /** Every key at the first instant of every day. */
  private static Dataset<Row> rows(SparkSession session, double v) {
    return session
        .range(DAYS * KEYS)
        .select(
            col("id").mod(lit(KEYS)).as("k"),
            lit(START)
                .plus(expr("make_dt_interval(cast(floor(id / %d) as int))".formatted(KEYS)))
                .as("event_time"),
            lit(v).as("v"));
  }

  private static IntervalRows days(Dataset<Row> rows) {
    List<Interval> intervals = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    for (int n = 0; n < DAYS; n++) {
      intervals.add(day(n));
      counts.add(KEYS);
    }
    return new IntervalRows(rows, intervals, counts, List.of("k"));
  }

  private static void write(OfflineTable table, Dataset<Row> rows) {
    commit(table.stage(days(rows), table.state()));
  }

  private static void commit(StagedIntervals staged) {
    for (int n = 0; n < DAYS; n++) {
      assertThat(commit(staged, n)).isInstanceOf(CommitOutcome.Committed.class);
    }
  }

  private static CommitOutcome commit(StagedIntervals staged, int n) {
    return staged.commit(
        day(n),
        new CommitMark(
            "r",
            "feature-views.t.v1",
            new Fingerprint("ab".repeat(32)),
            List.of(),
            day(n),
            1,
            "t"));
  }

  private Table iceberg() throws Exception {
    Table table = Spark3Util.loadIcebergTable(session, "tidemark." + database + ".t_v1");
    table.refresh();
    return table;
  }

  private static Retention nothing() {
    Instant now = Instant.now();
    return new Retention(List.of(), Set.of(), null, now, now.minus(Duration.ofDays(3)));
  }

  /** The lengths of the files that a reader with a condition opens. */
  private List<Long> files(Expression condition) throws Exception {
    List<Long> lengths = new ArrayList<>();
    try (CloseableIterable<FileScanTask> files =
        iceberg().newScan().filter(condition).planFiles()) {
      files.forEach(file -> lengths.add(file.length()));
    }
    return lengths;
  }

  @Test
  void large_days_are_in_buckets_of_the_first_key_with_a_file_each() throws Exception {
    OfflineTable table = table(small(), TableFormat.ICEBERG);
    write(table, rows(session, 1));
    assertThat(Layout.of(iceberg())).isEqualTo(new Layout(Layout.Unit.DAY, 4));
    assertThat(files(Expressions.alwaysTrue())).hasSize(DAYS * 4);
    assertThat(files(Expressions.equal("k", 7))).hasSize(DAYS);
    TextTable.assertSame(table.read(), rows(session, 1));
  }

  @Test
  void a_table_gets_the_layout_of_its_size_and_runs_that_began_before_go_on() throws Exception {
    OfflineTable large = table(small(), TableFormat.ICEBERG);
    write(large, rows(session, 1));
    OfflineTable table = table(session, TableFormat.ICEBERG);
    StagedIntervals began = table.stage(days(rows(session, 2)), table.state());
    Upkeep.Compaction look = table.upkeep(VIEW).compact(true);
    Upkeep.Compaction done = table.upkeep(VIEW).compact(false);
    assertThat(look).isEqualTo(new Upkeep.Compaction(DAYS * 4, DAYS * 4, 1, "year"));
    assertThat(done).isEqualTo(look);
    assertThat(Layout.of(iceberg())).isEqualTo(new Layout(Layout.Unit.YEAR, 1));
    TextTable.assertSame(table.read(), rows(session, 1));
    commit(began);
    TextTable.assertSame(table.read(), rows(session, 2));
    // What the later intervals of the same run replace was split off at once.
    assertThat(files(Expressions.alwaysTrue())).hasSize(DAYS * 4);
    // And back again, should it grow.
    assertThat(large.upkeep(VIEW).compact(false).layout()).isEqualTo("day, 4 buckets");
    write(large, rows(session, 3));
    TextTable.assertSame(table.read(), rows(session, 3));
  }

  @Test
  void a_table_of_days_as_an_earlier_version_made_it_goes_on() throws Exception {
    session.sql("CREATE NAMESPACE IF NOT EXISTS tidemark." + database);
    session.sql(
        "CREATE TABLE tidemark.%s.t_v1 (k bigint, event_time timestamp, v double) USING iceberg PARTITIONED BY (days(event_time))"
            .formatted(database));
    OfflineTable table = table(session, TableFormat.ICEBERG);
    write(table, rows(session, 1));
    assertThat(table.upkeep(VIEW).compact(false).merged()).isEqualTo(DAYS);
    write(table, rows(session, 2));
    TextTable.assertSame(table.read(), rows(session, 2));
    assertThat(iceberg().properties()).containsEntry("write.target-file-size-bytes", "134217728");
  }

  @Test
  void a_delta_table_without_clustering_gets_it() {
    OfflineTable table = table(session, TableFormat.DELTA);
    session
        .createDataFrame(List.<Row>of(), rows(session, 1).schema())
        .write()
        .format("delta")
        .save(table.name());
    write(table, rows(session, 1));
    StagedIntervals began = table.stage(days(rows(session, 2)), table.state());
    assertThat(table.upkeep(VIEW).compact(false).merged()).isEqualTo(DAYS);
    Row detail = session.sql("DESCRIBE DETAIL delta.`%s`".formatted(table.name())).first();
    assertThat(detail.<Object>getAs("clusteringColumns").toString()).contains("k, event_time");
    // Readers that are not Spark look at this alone.
    assertThat(detail.<Integer>getAs("minReaderVersion")).isEqualTo(1);
    TextTable.assertSame(table.read(), rows(session, 1));
    commit(began);
    TextTable.assertSame(table.read(), rows(session, 2));
    assertThat(table.upkeep(VIEW).compact(false).written()).isEqualTo(1);
    assertThat(table.upkeep(VIEW).compact(false).merged()).isZero();
  }

  @Test
  void few_keys_are_in_few_of_the_files_of_a_large_partition() throws Exception {
    OfflineTable table = table(session, TableFormat.ICEBERG);
    write(table, rows(session, 1));
    assertThat(files(Expressions.equal("k", 7))).hasSize(DAYS);
    double largest = Collections.max(files(Expressions.alwaysTrue()));
    // All rows need two files; each of the three is less than two fifths of one.
    iceberg()
        .updateProperties()
        .set("write.target-file-size-bytes", String.valueOf((long) (largest * 2.6)))
        .commit();
    assertThat(table.upkeep(VIEW).compact(false).written()).isEqualTo(2);
    assertThat(files(Expressions.alwaysTrue())).hasSize(2);
    assertThat(files(Expressions.equal("k", 7))).hasSize(1);
    TextTable.assertSame(table.read(), rows(session, 1));
  }

  @Test
  void a_run_whose_base_is_forgotten_does_not_guess_what_came_since() {
    OfflineTable table = table(session, TableFormat.ICEBERG);
    write(table, rows(session, 1));
    StagedIntervals began = table.stage(days(rows(session, 2)), table.state());
    commit(table.stage(days(rows(session, 3)), table.state()));
    assertThat(table.upkeep(VIEW).clean(nothing(), false).expired()).isPositive();
    assertThat(commit(began, 0)).isInstanceOf(CommitOutcome.Conflict.class);
    TextTable.assertSame(table.read(), rows(session, 3));
    // Its base is the very one that the oldest known was made from: nothing is missing.
    StagedIntervals later = table.stage(days(rows(session, 4)), table.state());
    commit(later);
    TextTable.assertSame(table.read(), rows(session, 4));
  }

  @ParameterizedTest
  @EnumSource
  void only_pinned_snapshots_are_left_of_those_that_were_replaced(TableFormat format) {
    OfflineTable table = table(session, format);
    write(table, rows(session, 1));
    String pinned = String.valueOf(table.state().snapshot());
    write(table, rows(session, 2));
    String other = String.valueOf(table.state().snapshot());
    write(table, rows(session, 3));
    Retention retention =
        new Retention(
            List.of(new Retention.Pin(pinned, 2, "m.json")),
            Set.of(),
            null,
            Instant.now(),
            // Files are removed at once, as if they were old.
            Instant.now().plusSeconds(5));
    Upkeep.Cleaning look = table.upkeep(VIEW).clean(retention, true);
    Upkeep.Cleaning done = table.upkeep(VIEW).clean(retention, false);
    assertThat(done.pinned()).containsExactly(new Retention.Pin(pinned, 2, "m.json"));
    assertThat(look.pinned()).isEqualTo(done.pinned());
    assertThat(done.removed()).isGreaterThanOrEqualTo(DAYS);
    TextTable.assertSame(table.readAt(pinned), rows(session, 1));
    TextTable.assertSame(table.read(), rows(session, 3));
    if (format == TableFormat.DELTA) {
      // For writers that shorten the log, and for others' VACUUM.
      assertThat(
              session
                  .sql("DESCRIBE DETAIL delta.`%s`".formatted(table.name()))
                  .select("properties")
                  .first()
                  .getJavaMap(0)
                  .toString())
          .contains("logRetentionDuration=interval 36500 days")
          .contains("deletedFileRetentionDuration=interval 61 days");
    }
    assertThatThrownBy(() -> table.readAt(other).collectAsList()).isInstanceOf(Exception.class);
    assertThat(table.upkeep(VIEW).clean(retention, false).removed()).isZero();
  }

  @Test
  void a_delta_version_is_read_however_old_it_is() {
    OfflineTable table = table(session, TableFormat.DELTA);
    write(table, rows(session, 1));
    String old = String.valueOf(table.state().snapshot());
    write(table, rows(session, 2));
    session.sql(
        "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 0 hours')"
            .formatted(table.name()));
    String setting =
        "spark.databricks.delta.vacuum.enforceTimeTravelWithinDeletedFileRetentionDuration";
    SparkSession strict = session.newSession();
    strict.conf().set(setting, "true");
    assertThatThrownBy(() -> table(strict, TableFormat.DELTA).readAt(old).count())
        .hasMessageContaining("deletedFileRetentionDuration");
    Provider provider = provider(TableFormat.DELTA);
    assertThat(
            OfflineTables.settings(
                new Environment("local", List.of(provider), List.of(provider), provider, Map.of()),
                folder))
        .containsEntry(setting, "false");
    TextTable.assertSame(table.readAt(old), rows(session, 1));
  }

  @Test
  void somebody_elses_expiry_leaves_what_is_pinned() throws Exception {
    OfflineTable table = table(session, TableFormat.ICEBERG);
    write(table, rows(session, 1));
    String pinned = String.valueOf(table.state().snapshot());
    write(table, rows(session, 2));
    Instant now = Instant.now();
    table
        .upkeep(VIEW)
        .clean(
            new Retention(
                List.of(new Retention.Pin(pinned, 1, "m.json")),
                Set.of(),
                null,
                Instant.EPOCH,
                now),
            false);
    iceberg().expireSnapshots().expireOlderThan(now.toEpochMilli()).retainLast(1).commit();
    TextTable.assertSame(table.readAt(pinned), rows(session, 1));
    table.upkeep(VIEW).clean(nothing(), false);
    assertThat(iceberg().refs()).containsOnlyKeys("main");
  }

  @Test
  void the_latest_recorded_commit_is_found_through_compactions_and_after_they_are_forgotten() {
    PastCommit rows = new PastCommit("1", Map.of(), false);
    PastCommit arranged = new PastCommit("2", Map.of(), true);
    PastCommit again = new PastCommit("3", Map.of(), true);
    PastCommit unrecorded = new PastCommit("4", Map.of(), false);
    assertThat(PastCommit.latest(List.of(rows), Set.of("1"))).contains("1");
    assertThat(PastCommit.latest(List.of(again, arranged, rows), Set.of("1"))).contains("3");
    assertThat(PastCommit.latest(List.of(unrecorded, again, rows), Set.of("1"))).contains("3");
    assertThat(PastCommit.latest(List.of(unrecorded, again, arranged), Set.of("1"))).contains("3");
    assertThat(PastCommit.latest(List.of(unrecorded), Set.of("1"))).isEmpty();
  }
}
