package dev.tidemark.store;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@SparkTest
class OfflineTablesTest {
  private static final Fingerprint DEFINITION = new Fingerprint("ab".repeat(32));
  private static final Interval SECOND_OF_MARCH = interval("2024-03-02", "2024-03-03");

  private static final String THREE_DAYS =
      """
      k bigint | event_time timestamp | v double
      1        | 2024-03-01T00:00:00Z | 1
      1        | 2024-03-02T06:00:00Z | 2
      1        | 2024-03-03T00:00:00Z | 3
      """;

  private final SparkSession session;
  @TempDir Path folder = Path.of(".");

  OfflineTablesTest(SparkSession session) {
    this.session = session;
  }

  @ParameterizedTest
  @EnumSource
  void a_commit_says_what_it_is_in_the_tables_own_metadata(TableFormat format) {
    OfflineTable table = table(format);
    threeDays(table);
    CommitOutcome outcome =
        table.replaceInterval(
            rows(
                """
                k bigint | event_time timestamp | v double
                1        | 2024-03-02T06:00:00Z | 20
                """),
            SECOND_OF_MARCH,
            mark("second", SECOND_OF_MARCH));
    String snapshot = committed(outcome);
    Map<String, String> expected =
        Map.of(
            "tidemark.run-id",
            "second",
            "tidemark.resource",
            "training-sets.t.v1",
            "tidemark.definition-hash",
            DEFINITION.sha256(),
            "tidemark.interval-start",
            "2024-03-02T00:00:00Z",
            "tidemark.interval-end",
            "2024-03-03T00:00:00Z",
            "tidemark.version",
            "test");
    assertThat(metadata(format, table, snapshot)).containsAllEntriesOf(expected);
  }

  @ParameterizedTest
  @EnumSource
  void an_interval_replaces_its_half_open_span_and_nothing_else(TableFormat format) {
    OfflineTable table = table(format);
    threeDays(table);
    Interval sixHours =
        new Interval(Instant.parse("2024-03-02T06:00:00Z"), Instant.parse("2024-03-03T00:00:00Z"));
    committed(
        table.replaceInterval(
            rows(
                """
                k bigint | event_time timestamp        | v double
                1        | 2024-03-02T06:00:00.000001Z | 21
                """),
            sixHours,
            mark("second", sixHours)));
    TextTable.assertRows(
        table.read(),
        """
        k | event_time                  | v
        1 | 2024-03-01T00:00:00Z        | 1
        1 | 2024-03-02T06:00:00.000001Z | 21
        1 | 2024-03-03T00:00:00Z        | 3
        """);
  }

  @ParameterizedTest
  @EnumSource
  void a_new_column_is_null_in_the_rows_of_other_intervals(TableFormat format) {
    OfflineTable table = table(format);
    threeDays(table);
    committed(
        table.replaceInterval(
            rows(
                """
                k bigint | event_time timestamp | v double | w int
                1        | 2024-03-02T06:00:00Z | 2        | 7
                """),
            SECOND_OF_MARCH,
            mark("second", SECOND_OF_MARCH)));
    TextTable.assertRows(
        table.read(),
        """
        k | event_time           | v | w
        1 | 2024-03-01T00:00:00Z | 1 | null
        1 | 2024-03-02T06:00:00Z | 2 | 7
        1 | 2024-03-03T00:00:00Z | 3 | null
        """);
  }

  @ParameterizedTest
  @EnumSource
  void replacing_all_may_change_the_schema(TableFormat format) {
    OfflineTable table = table(format);
    table.replaceAll(rows(THREE_DAYS), mark("first", null));
    String other =
        """
        name string | event_time timestamp | n int
        a           | 2024-03-01T00:00:00Z | 1
        """;
    committed(table.replaceAll(rows(other), mark("second", null)));
    TextTable.assertSame(table.read(), rows(other));
  }

  @ParameterizedTest
  @EnumSource
  void of_two_that_replace_all_at_once_the_second_is_told_and_leaves_the_firsts_rows(
      TableFormat format) {
    OfflineTable table = table(format);
    table.replaceAll(rows(THREE_DAYS), mark("first", null));
    Race race = new Race();
    CommitOutcome outcome =
        race.during(
            () -> table.replaceAll(race.slowed(rows(THREE_DAYS)), mark("slow", null)),
            () ->
                committed(
                    table.replaceAll(
                        rows(
                            """
                            k bigint | event_time timestamp | v double
                            9        | 2024-03-01T00:00:00Z | 9
                            """),
                        mark("fast", null))));
    assertThat(outcome).isInstanceOf(CommitOutcome.Conflict.class);
    TextTable.assertRows(
        table.read(),
        """
        k | event_time           | v
        9 | 2024-03-01T00:00:00Z | 9
        """);
  }

  @ParameterizedTest
  @EnumSource
  void of_two_that_replace_one_interval_at_once_the_second_is_told(TableFormat format) {
    OfflineTable table = table(format);
    threeDays(table);
    String mine =
        """
        k bigint | event_time timestamp | v double
        1        | 2024-03-02T06:00:00Z | 100
        """;
    Race race = new Race();
    CommitOutcome outcome =
        race.during(
            () ->
                table.replaceInterval(
                    race.slowed(rows(mine)), SECOND_OF_MARCH, mark("slow", SECOND_OF_MARCH)),
            () ->
                committed(
                    table.replaceInterval(
                        rows(mine.replace("100", "200")),
                        SECOND_OF_MARCH,
                        mark("fast", SECOND_OF_MARCH))));
    assertThat(outcome).isInstanceOf(CommitOutcome.Conflict.class);
    assertThat(table.read().where("v = 200").count()).isEqualTo(1);
    assertThat(table.read().count()).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource
  void rows_that_are_written_again_with_part_of_a_day_are_not_lost_to_a_race(TableFormat format) {
    OfflineTable table = table(format);
    threeDays(table);
    Interval morning =
        new Interval(Instant.parse("2024-03-02T00:00:00Z"), Instant.parse("2024-03-02T06:00:00Z"));
    Interval evening =
        new Interval(Instant.parse("2024-03-02T18:00:00Z"), Instant.parse("2024-03-03T00:00:00Z"));
    Race race = new Race();
    CommitOutcome outcome =
        race.during(
            () ->
                table.replaceInterval(
                    race.slowed(
                        rows(
                            """
                            k bigint | event_time timestamp | v double
                            5        | 2024-03-02T01:00:00Z | 5
                            """)),
                    morning,
                    mark("slow", morning)),
            () ->
                committed(
                    table.replaceInterval(
                        rows(
                            """
                            k bigint | event_time timestamp | v double
                            6        | 2024-03-02T20:00:00Z | 6
                            """),
                        evening,
                        mark("fast", evening))));
    boolean both = outcome.match(done -> true, conflict -> false, unknown -> false);
    assertThat(table.read().where("v = 6").count()).isEqualTo(1);
    assertThat(table.read().where("v = 5").count()).isEqualTo(both ? 1 : 0);
    assertThat(table.read().count()).isEqualTo(both ? 5 : 4);
  }

  private void threeDays(OfflineTable table) {
    Interval all = interval("2024-03-01", "2024-03-04");
    committed(table.replaceInterval(rows(THREE_DAYS), all, mark("first", all)));
  }

  private OfflineTable table(TableFormat format) {
    return OfflineTables.of(session, folder, new Target(provider(format), "t_v1"));
  }

  private Provider provider(TableFormat format) {
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

  private static Interval interval(String start, String end) {
    return new Interval(Instant.parse(start + "T00:00:00Z"), Instant.parse(end + "T00:00:00Z"));
  }

  private static CommitMark mark(
      String runId, @org.jspecify.annotations.Nullable Interval interval) {
    return new CommitMark(
        runId, "training-sets.t.v1", DEFINITION, java.util.List.of(), interval, 1, "test");
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

  private Map<String, String> metadata(TableFormat format, OfflineTable table, String snapshot) {
    return switch (format) {
      case ICEBERG ->
          session
              .sql(
                  "SELECT summary FROM %s.snapshots WHERE snapshot_id = %s"
                      .formatted(table.name(), snapshot))
              .first()
              .getJavaMap(0);
      case DELTA ->
          session
              .sql("DESCRIBE HISTORY delta.`%s`".formatted(table.name()))
              .where("version = " + snapshot)
              .select(functions.expr("from_json(userMetadata, 'map<string,string>')"))
              .first()
              .getJavaMap(0);
    };
  }

  /** Holds one write between its start and its commit, until another one is done. */
  private static final class Race {
    private static final Map<String, Race> RUNNING = new java.util.concurrent.ConcurrentHashMap<>();

    private final String id = UUID.randomUUID().toString();
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    /** Its rows come when the race lets them. */
    Dataset<Row> slowed(Dataset<Row> rows) {
      String self = id;
      UDF1<Double, Double> wait =
          value -> {
            java.util.Objects.requireNonNull(RUNNING.get(self)).hold();
            return value;
          };
      return rows.coalesce(1)
          .withColumn("v", functions.udf(wait, DataTypes.DoubleType).apply(rows.col("v")));
    }

    private void hold() throws InterruptedException {
      started.countDown();
      assertThat(go.await(2, TimeUnit.MINUTES)).isTrue();
    }

    CommitOutcome during(java.util.function.Supplier<CommitOutcome> slow, Runnable fast) {
      RUNNING.put(id, this);
      try {
        CompletableFuture<CommitOutcome> outcome = CompletableFuture.supplyAsync(slow);
        assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
        fast.run();
        go.countDown();
        return outcome.get(2, TimeUnit.MINUTES);
      } catch (InterruptedException
          | java.util.concurrent.ExecutionException
          | java.util.concurrent.TimeoutException e) {
        throw new AssertionError(e);
      } finally {
        go.countDown();
        RUNNING.remove(id);
      }
    }
  }
}
