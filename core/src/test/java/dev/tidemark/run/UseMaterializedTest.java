package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.plan.Redo;
import dev.tidemark.store.ManifestSchema;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training sets that read a view's offline table, and what they refuse to read. */
@SparkTest
class UseMaterializedTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant FIRST_TICK = StoryRuns.march(2);
  private static final Duration DAY = Duration.ofDays(1);

  private static final String VIEWS =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 { path = payments, format = parquet, event-time = at, available-at = loaded }
      sources.checkouts.v1 { path = checkouts, format = parquet, event-time = at }
      feature-views.spend.v1 {
        entity = customer, source = sources.payments.v1
        features {
          last_amount { value = amount }
          spend { aggregate = "sum(amount)", windows = [2d] }
          %s
        }
        derived { double_spend = "2 * spend_2d" }
        materialize { every = 1d, start = "2024-03-02" }
        use-materialized = true
      }
      feature-views.brief.v1 {
        entity = customer, source = sources.payments.v1, ttl = 6h
        features { payments { aggregate = "count(*)", windows = [2d] } }
        materialize { every = 1d, start = "2024-03-02" }
      }
      """;

  private static final String SETS =
      """
      training-sets.t.v1 {
        spine { source = sources.checkouts.v1, entity = customer, keep = [id] }
        features = [
          spend.v1
          { view = spend.v1, lag = 36h, prefix = before }
          { feature = brief.v1.payments_2d, use-materialized = true }
          { feature = spend.v1.spend_2d, as = computed, use-materialized = false }
        ]
      }
      training-sets.short.v1 {
        spine { source = sources.checkouts.v1, entity = customer, keep = [id] }
        features = [ spend.v1, { feature = spend.v1.spend_2d, lag = 36h, as = before } ]
      }
      """;

  private final SparkSession session;
  private final FeatureStory story;
  private final StoryRuns runs;

  UseMaterializedTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    this.runs = new StoryRuns(session, story);
    define("");
    payments(
        """
        1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
        1 | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 7
        1 | 2024-03-03T00:00:01Z | 2024-03-05T12:00:00Z | 1
        2 | 2024-03-02T12:00:00Z | 2024-03-02T12:00:00Z | null
        3 | 2024-03-06T00:00:00Z | 2024-03-06T00:00:00Z | 9
        """);
  }

  private void define(String feature) {
    story.define(VIEWS.formatted(feature) + SETS);
  }

  private void payments(String rows) {
    append(
        "payments",
        "customer_id bigint | at timestamp | loaded timestamp | amount bigint\n" + rows);
  }

  private void append(String folder, String table) {
    TextTable.parse(session, table)
        .coalesce(1)
        .write()
        .mode("append")
        .parquet(story.folder().resolve(folder).toString());
  }

  private void checkouts(Instant... times) {
    StringBuilder rows = new StringBuilder("id bigint | customer_id bigint | at timestamp\n");
    for (int i = 0; i < times.length; i++) {
      rows.append("%d | 1 | %s\n".formatted(i, times[i]));
    }
    append("checkouts", rows.toString());
  }

  private List<Row> built(String table) {
    return runs.runner().read(runs.target(table)).orderBy("id").collectAsList();
  }

  /**
   * At ticks, a microsecond beside them, between them, before the first; some twice, or keyless.
   */
  private void randomCheckouts(Random random) {
    StringBuilder rows = new StringBuilder("id bigint | customer_id bigint | at timestamp\n");
    for (int id = 0; id < 120; id++) {
      Instant tick = FIRST_TICK.plus(DAY.multipliedBy(random.nextInt(6) - 1));
      long micros =
          switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> 1;
            case 3 -> Duration.ofHours(6).toNanos() / 1_000 - random.nextInt(2);
            default -> random.nextLong(86_400_000_000L);
          };
      String key = random.nextInt(10) == 0 ? "null" : String.valueOf(random.nextInt(5));
      rows.append("%d | %s | %s\n".formatted(id, key, tick.plus(micros, ChronoUnit.MICROS)));
    }
    append("checkouts", rows.toString());
  }

  /** A key at a tick. */
  private record At(long key, Instant tick) {}

  private Map<At, Row> ticks(String table) {
    Map<At, Row> ticks = new HashMap<>();
    for (Row row : runs.runner().read(runs.target(table)).collectAsList()) {
      At at = new At(row.getLong(0), row.getTimestamp(1).toInstant());
      assertThat(ticks.put(at, row)).isNull();
    }
    return ticks;
  }

  /** The plainest reading: go back tick by tick from T until one is not after it. */
  private static @Nullable Row latest(Map<At, Row> ticks, Row row, Duration lag, Duration ttl) {
    Instant at = row.<java.sql.Timestamp>getAs("event_time").toInstant().minus(lag);
    Instant tick = FIRST_TICK.plus(DAY.multipliedBy(100));
    while (tick.isAfter(at)) {
      tick = tick.minus(DAY);
    }
    boolean isExpired = !tick.isAfter(at.minus(ttl));
    Object key = row.getAs("customer_id");
    return key == null || isExpired ? null : ticks.get(new At((Long) key, tick));
  }

  private static @Nullable Object value(@Nullable Row tick, String column) {
    return tick == null ? null : tick.getAs(column);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lake", "delta"})
  void every_row_has_the_values_of_the_latest_tick(String provider) {
    runs.environment(provider);
    runs.materialize("spend.v1", 2, 8);
    runs.materialize("brief.v1", 2, 8);
    randomCheckouts(new Random(7));
    TaskReport report = runs.build("t.v1");
    assertThat(report.rows()).isEqualTo(120);
    Map<At, Row> spend = ticks("spend_v1");
    Map<At, Row> brief = ticks("brief_v1");
    assertThat(spend).hasSizeGreaterThan(8);
    int found = 0;
    for (Row row : built("t_v1")) {
      List<@Nullable Object> expected = new ArrayList<>();
      Row now = latest(spend, row, Duration.ZERO, DAY);
      Row before = latest(spend, row, Duration.ofHours(36), DAY);
      for (Row tick : new @Nullable Row[] {now, before}) {
        for (String column : List.of("last_amount", "spend_2d", "double_spend")) {
          expected.add(value(tick, column));
        }
      }
      expected.add(value(latest(brief, row, Duration.ZERO, Duration.ofHours(6)), "payments_2d"));
      List<@Nullable Object> actual = new ArrayList<>();
      for (String column :
          List.of(
              "last_amount",
              "spend_2d",
              "double_spend",
              "before_last_amount",
              "before_spend_2d",
              "before_double_spend",
              "payments_2d")) {
        actual.add(row.getAs(column));
      }
      assertThat(actual).as("%s", row).isEqualTo(expected);
      found += now == null ? 0 : 1;
      Instant time = row.<java.sql.Timestamp>getAs("event_time").toInstant();
      if (time.equals(time.truncatedTo(ChronoUnit.DAYS)) && !time.isBefore(FIRST_TICK)) {
        // At a tick, the tick is what the source says as of T.
        assertThat(row.<@Nullable Object>getAs("spend_2d")).isEqualTo(row.getAs("computed"));
      }
    }
    assertThat(found).isGreaterThan(20);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lake", "delta"})
  void the_manifest_names_the_snapshot_of_the_table_and_a_rebuild_reads_it(String provider)
      throws Exception {
    runs.environment(provider);
    runs.materialize("spend.v1", 2, 6);
    checkouts(StoryRuns.march(4), StoryRuns.march(5).plusSeconds(1));
    String manifest = String.valueOf(runs.build("short.v1").manifest());
    List<Row> then = built("short_v1");
    payments("1 | 2024-03-03T06:00:00Z | 2024-03-03T06:00:00Z | 1000");
    runs.run(runs.plan("spend.v1", 2, 6, Redo.STALE));
    runs.build("short.v1");
    assertThat(built("short_v1")).isNotEqualTo(then);
    assertThat(runs.rebuild(manifest).rows()).isEqualTo(2);
    JsonNode root = JSON.readTree(Path.of(URI.create(manifest)).toFile());
    assertThat(ManifestSchema.validate(root)).isEmpty();
    assertThat(root.get("inputs").findValuesAsText("source"))
        .containsExactlyInAnyOrder("feature-views.spend.v1", "sources.checkouts.v1");
    // What the ticks were made from is not read, but decides what they are.
    assertThat(root.at("/definitions/sources/payments").isMissingNode()).isFalse();
  }

  private OfflineTable table(String name) {
    return OfflineTables.of(session, story.folder(), runs.target(name));
  }

  private TaskFailure refused(String name) {
    TaskFailure failure = catchThrowableOfType(TaskFailure.class, () -> runs.build(name));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.INPUT_NOT_READY);
    return failure;
  }

  @Test
  void tables_that_are_not_there_are_told_together_and_where_they_are_asked_for() {
    runs.environment("delta");
    checkouts(StoryRuns.march(4));
    assertThat(refused("t.v1"))
        .hasMessageContaining("definitions/story.conf:")
        .hasMessageContaining("feature-views.spend.v1 has no offline table yet: ")
        .hasMessageContaining("feature-views.brief.v1 has no offline table yet: ")
        .hasMessageContaining(
            "tidemark materialize spend.v1 --start 2024-03-02T00:00:00Z --end TIME");
    assertThat(table("t_v1").exists()).isFalse();
    // Before the first of several tasks runs.
    TaskFailure early =
        catchThrowableOfType(
            TaskFailure.class,
            () -> runs.runner().check(List.of(runs.buildTask("t.v1"), runs.buildTask("short.v1"))));
    assertThat(early).hasMessageContaining("feature-views.spend.v1 has no offline table yet: ");
  }

  @Test
  void missing_ticks_are_named_with_the_command_that_makes_them() {
    runs.environment("delta");
    runs.materialize("spend.v1", 2, 4);
    runs.materialize("spend.v1", 5, 6);
    // With the lag of 36h, from the tick of the 2nd on; those after the last row are not asked for.
    checkouts(StoryRuns.march(4).plusSeconds(3_600), StoryRuns.march(8));
    assertThat(refused("short.v1"))
        .hasMessageContaining(
            "of the 7 intervals of feature-views.spend.v1 that the rows ask for, 4 are missing: [2024-03-04T00:00:00Z, 2024-03-05T00:00:00Z), [2024-03-06T00:00:00Z, 2024-03-09T00:00:00Z)")
        .hasMessageContaining(
            "tidemark materialize spend.v1 --start 2024-03-04T00:00:00Z --end 2024-03-09T00:00:00Z");
    assertThat(table("short_v1").exists()).isFalse();
    runs.materialize("spend.v1", 4, 9);
    assertThat(runs.build("short.v1").rows()).isEqualTo(2);
  }

  @Test
  void ticks_of_another_definition_are_not_read() {
    runs.environment("delta");
    runs.materialize("spend.v1", 2, 6);
    checkouts(StoryRuns.march(4), StoryRuns.march(5));
    define("n { aggregate = \"count(*)\", windows = [2d] }");
    assertThat(refused("short.v1"))
        .hasMessageContaining("was written by another definition of feature-views.spend.v1");
    runs.materialize("spend.v1", 5, 6);
    assertThat(refused("short.v1"))
        .hasMessageContaining("3 are of another definition: [2024-03-02T00:00:00Z, 2024-03-05")
        .hasMessageContaining("--stale");
    runs.run(runs.plan("spend.v1", 2, 6, Redo.STALE));
    assertThat(runs.build("short.v1").rows()).isEqualTo(2);
  }

  @Test
  void rows_that_no_run_has_recorded_are_not_read() {
    runs.environment("delta");
    runs.materialize("spend.v1", 2, 6);
    checkouts(StoryRuns.march(4), StoryRuns.march(5));
    session
        .sql(
            "DELETE FROM delta.`%s` WHERE interval_start = TIMESTAMP '2024-03-05T00:00:00Z'"
                .formatted(story.folder().resolve(".tidemark/delta/tidemark/runs")))
        .collectAsList();
    assertThat(refused("short.v1"))
        .hasMessageContaining("1 is missing: [2024-03-05T00:00:00Z, 2024-03-06T00:00:00Z)");
    // Adopted, and with it recorded.
    runs.materialize("spend.v1", 2, 6);
    assertThat(runs.build("short.v1").rows()).isEqualTo(2);
    session
        .sql(
            "DELETE FROM delta.`%s` WHERE event_time = TIMESTAMP '2024-03-04T00:00:00Z'"
                .formatted(table("spend_v1").name()))
        .collectAsList();
    assertThat(refused("short.v1")).hasMessageContaining("that no run has recorded: snapshot ");
  }
}
