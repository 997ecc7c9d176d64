package dev.tidemark.pit;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way to bring events and spine together gives the reference engine's rows. */
@SparkTest
class StrategiesTest {
  private static final long DAY = TimeUnit.DAYS.toMicros(1);
  private static final List<String> SETTINGS =
      List.of(
          "spark.sql.adaptive.enabled",
          Strategy.SETTING,
          StrategyChoice.PARTITIONS,
          SlotJoinExec.MEMORY_LIMIT);

  private final SparkSession session;
  private @TempDir Path folder;

  StrategiesTest(SparkSession session, @TempDir Path folder) {
    this.session = session;
    this.folder = folder;
  }

  private Dataset<Row> spine() {
    return session
        .range(0, 3_000, 1, 3)
        .selectExpr(
            "id",
            "if(id % 50 = 0, null, concat('k', pmod(xxhash64(id, 1), 150))) as k",
            "timestamp_micros(1700000000000000 + pmod(xxhash64(id, 2), 40) * 21600000000) as t");
  }

  private Dataset<Row> events() {
    return session
        .range(0, 20_000, 1, 4)
        .selectExpr(
            "concat('k', pmod(xxhash64(id, 3), 200)) as k",
            "timestamp_micros(1699000000000000 + pmod(xxhash64(id, 4), 2000) * 1000000000) as at",
            "pmod(xxhash64(id, 5), 1000) / 10.0D as v",
            "cast(pmod(xxhash64(id, 6), 20) as string) as s")
        .withColumn(EventColumns.EVENT_TIME, col("at"))
        .withColumn(EventColumns.AVAILABLE_TIME, col("at"))
        .withColumn(EventColumns.VISIBLE_FROM, col("at"))
        .withColumn(EventColumns.DELETED, lit(false));
  }

  private PointInTimeJoin join(Dataset<Row> spine, Dataset<Row> events) {
    Lookup latest =
        lookup("latest", events, List.of(new Output.Latest("last", "v", null, 3 * DAY, false)));
    Lookup windows =
        lookup(
            "windows",
            events,
            List.of(
                new Output.Windowed("spend", "sum(v)", null, null, DAY, null),
                new Output.Windowed("greatest", "max(v)", "s != '3'", null, 5 * DAY, null),
                new Output.Windowed("kinds", "collect_set(s)", null, null, DAY / 2, null)));
    return new PointInTimeJoin(spine, "t", List.of(latest, windows), PitStory.asked(spine, "t"));
  }

  private static Lookup lookup(String title, Dataset<Row> events, List<Output> outputs) {
    return new Lookup(
        title,
        events,
        List.of(new Lookup.Key("k", "k")),
        true,
        false,
        0,
        List.of(),
        List.of("v"),
        List.of(),
        null,
        outputs);
  }

  private List<String> rows(Engine engine) {
    return rows(engine, join(spine(), events()));
  }

  private static List<String> rows(Engine engine, PointInTimeJoin join) {
    return engine
        .join(join)
        .withColumn("kinds", org.apache.spark.sql.functions.array_sort(col("kinds")))
        .withColumn("spend", org.apache.spark.sql.functions.round(col("spend"), 6))
        .toJSON()
        .collectAsList()
        .stream()
        .sorted()
        .toList();
  }

  @Test
  void all_give_the_rows_of_the_reference_engine() {
    List<String> expected = rows(new ReferenceEngine());
    assertThat(expected).hasSize(3_000);
    for (String adaptive : List.of("true", "false")) {
      for (Strategy strategy : Strategy.values()) {
        for (String partitions : List.of("1", "7")) {
          for (String memory : List.of("1g", "64k")) {
            List<String> values = List.of(adaptive, strategy.title(), partitions, memory);
            assertThat(with(values, () -> rows(new SlotEngine())))
                .as("%s = %s", SETTINGS, values)
                .isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void events_of_keys_that_the_spine_has_not_are_left_out_before_the_shuffle() {
    Map<String, String> off =
        Map.of(
            "spark.sql.adaptive.enabled",
            "false",
            Strategy.SETTING,
            "shuffle",
            KeyFilter.SETTING,
            "off");
    Map<String, String> on = new java.util.HashMap<>(off);
    on.put(KeyFilter.SETTING, "on");
    Dataset<Row> noneAsked = spine().where("k is null");
    Dataset<Row> wider = spine().withColumn("k", expr("cast(substr(k, 2) as bigint)"));
    Dataset<Row> narrow = events().withColumn("k", expr("cast(substr(k, 2) as smallint)"));
    Dataset<Row> decimal = events().withColumn("k", expr("cast(substr(k, 2) as decimal(5, 0))"));
    for (PointInTimeJoin join :
        List.of(
            join(spine(), events()),
            join(noneAsked, events()),
            join(spine().where("false"), events()),
            join(wider, narrow),
            join(wider, decimal))) {
      List<String> expected = Settings.with(session, off, () -> rows(new SlotEngine(), join));
      assertThat(Settings.with(session, on, () -> rows(new SlotEngine(), join)))
          .isEqualTo(expected);
    }
    long all = Settings.with(session, off, () -> eventsRead(join(spine(), events())));
    assertThat(all).isGreaterThan(15_000);
    assertThat(Settings.with(session, on, () -> eventsRead(join(spine(), events()))))
        .isBetween(all / 2, all * 4 / 5);
    assertThat(Settings.with(session, on, () -> eventsRead(join(wider, narrow))))
        .isBetween(all / 2, all * 4 / 5);
    assertThat(Settings.with(session, on, () -> eventsRead(join(noneAsked, events()))))
        .isLessThan(all / 50);
    assertThat(
            Settings.with(
                session,
                Map.of(Strategy.SETTING, "hot-keys"),
                () ->
                    Settings.with(
                        session, Map.of(KeyFilter.SETTING, "on"), () -> rows(new SlotEngine()))))
        .isEqualTo(rows(new ReferenceEngine()));
    assertThatThrownBy(
            () ->
                Settings.with(
                    session,
                    Map.of(KeyFilter.SETTING, "perhaps"),
                    () -> rows(new SlotEngine(), join(spine(), events()))))
        .hasMessage("spark.tidemark.key-filter = perhaps: it is auto, on or off");
  }

  private long eventsRead(PointInTimeJoin join) {
    return value(metrics(SlotJoinExec.class, join), SlotMetric.EVENTS_READ);
  }

  @Test
  void a_spine_that_may_be_another_one_when_it_is_read_again_is_read_once() {
    for (Dataset<Row> spine :
        List.of(
            spine().limit(50),
            spine().sample(0.5, 1),
            spine().dropDuplicates("k"),
            spine().where("rand() < 0.5"))) {
      String plan =
          explained(
              join(spine, events()),
              Map.of(Strategy.SETTING, "broadcast-spine", KeyFilter.SETTING, "on"));
      assertThat(plan).contains("SlotJoin").doesNotContain("PackSlots", "might_contain");
    }
  }

  private <T> T with(List<String> values, java.util.function.Supplier<T> run) {
    Map<String, String> settings = new java.util.HashMap<>();
    for (int i = 0; i < SETTINGS.size(); i++) {
      settings.put(SETTINGS.get(i), values.get(i));
    }
    return Settings.with(session, settings, run);
  }

  @Test
  void a_partition_that_does_not_fit_is_split() {
    Map<String, SQLMetric> fits =
        with(List.of("false", "shuffle", "1", "1g"), () -> metrics(SlotJoinExec.class));
    Map<String, SQLMetric> split =
        with(List.of("false", "shuffle", "1", "64k"), () -> metrics(SlotJoinExec.class));
    assertThat(value(fits, SlotMetric.SPLITS)).isZero();
    assertThat(value(split, SlotMetric.SPLITS)).isPositive();
    for (Map<String, SQLMetric> metrics : List.of(fits, split)) {
      assertThat(value(metrics, SlotMetric.SPINE_ROWS)).isEqualTo(3_000);
      assertThat(value(metrics, SlotMetric.KEYS)).isEqualTo(150);
      assertThat(value(metrics, SlotMetric.MEMORY)).isPositive();
    }
    assertThat(value(split, SlotMetric.EVENTS_MATCHED))
        .isEqualTo(value(fits, SlotMetric.EVENTS_MATCHED));
  }

  @Test
  void events_go_into_slots_where_they_are_while_memory_lasts() {
    for (String strategy : List.of("broadcast-spine", "hot-keys")) {
      Map<String, SQLMetric> fits =
          with(List.of("false", strategy, "3", "1g"), () -> metrics(PackSlotsExec.class));
      Map<String, SQLMetric> tooLittle =
          with(List.of("false", strategy, "3", "48k"), () -> metrics(PackSlotsExec.class));
      long read = count(fits, PartialSlots.Metric.READ);
      assertThat(count(fits, PartialSlots.Metric.IN_SLOTS)).as(strategy).isPositive();
      assertThat(count(fits, PartialSlots.Metric.IN_SLOTS)).isLessThanOrEqualTo(read);
      assertThat(count(tooLittle, PartialSlots.Metric.IN_SLOTS))
          .isLessThan(count(fits, PartialSlots.Metric.IN_SLOTS));
      assertThat(count(tooLittle, PartialSlots.Metric.SENT))
          .isGreaterThan(count(fits, PartialSlots.Metric.SENT));
    }
  }

  private static long count(Map<String, SQLMetric> metrics, PartialSlots.Metric metric) {
    return java.util.Objects.requireNonNull(metrics.get(metric.name())).value();
  }

  private static long value(Map<String, SQLMetric> metrics, SlotMetric metric) {
    return java.util.Objects.requireNonNull(metrics.get(metric.name())).value();
  }

  private Map<String, SQLMetric> metrics(Class<? extends SparkPlan> operator) {
    return metrics(operator, join(spine(), events()));
  }

  private static Map<String, SQLMetric> metrics(
      Class<? extends SparkPlan> operator, PointInTimeJoin join) {
    SparkPlan plan = plan(new SlotEngine().join(join));
    plan.execute().count();
    List<SparkPlan> found = new ArrayList<>();
    collect(plan, operator, found);
    assertThat(found).hasSize(1);
    return scala.jdk.javaapi.CollectionConverters.asJava(found.get(0).metrics());
  }

  private static SparkPlan plan(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().executedPlan();
  }

  private static void collect(
      SparkPlan plan, Class<? extends SparkPlan> operator, List<SparkPlan> found) {
    if (operator.isInstance(plan)) {
      found.add(plan);
    }
    Columns.list(plan.children()).forEach(child -> collect(child, operator, found));
  }

  @Test
  void few_events_are_broadcast_and_a_setting_forces_a_strategy() {
    spine().write().parquet(folder.resolve("spine").toString());
    events()
        .select("k", "at", "v", "s")
        .limit(20)
        .write()
        .parquet(folder.resolve("few").toString());
    Dataset<Row> spine = session.read().parquet(folder.resolve("spine").toString());
    Column at = col("at");
    Dataset<Row> few =
        session
            .read()
            .parquet(folder.resolve("few").toString())
            .withColumn(EventColumns.EVENT_TIME, at)
            .withColumn(EventColumns.AVAILABLE_TIME, at)
            .withColumn(EventColumns.VISIBLE_FROM, at)
            .withColumn(EventColumns.DELETED, lit(false));
    Golden.check("plans/broadcast-events.txt", explained(join(spine, few), Map.of()));
    Golden.check(
        "plans/shuffle.txt",
        explained(
            join(spine, few), Map.of(Strategy.SETTING, "shuffle", StrategyChoice.PARTITIONS, "4")));
    Golden.check(
        "plans/key-filter.txt",
        explained(
            join(spine, few),
            Map.of(
                Strategy.SETTING,
                "shuffle",
                StrategyChoice.PARTITIONS,
                "4",
                KeyFilter.SETTING,
                "on")));
    for (String strategy : List.of("broadcast-spine", "hot-keys")) {
      Golden.check(
          "plans/" + strategy + ".txt",
          explained(
              join(spine, few),
              Map.of(Strategy.SETTING, strategy, StrategyChoice.PARTITIONS, "4")));
    }
    assertThatThrownBy(() -> explained(join(spine, few), Map.of(Strategy.SETTING, "guess")))
        .hasMessage(
            "spark.tidemark.strategy = guess: the strategies are auto, shuffle, broadcast-events,"
                + " broadcast-spine, hot-keys");
  }

  @Test
  void a_join_of_small_tables_is_no_reason_for_many_partitions() {
    Dataset<Row> ids = session.range(50_000).toDF("id");
    Dataset<Row> joined =
        spine().join(ids, "id").join(ids.as("again"), "id").join(ids.as("x"), "id");
    Map<String, String> settings =
        Map.of(
            Strategy.SETTING,
            "shuffle",
            "spark.sql.adaptive.enabled",
            "false",
            "spark.sql.cbo.enabled",
            "false");
    for (Dataset<Row> spine : List.of(joined, joined.persist())) {
      String plan = explained(join(spine, events()), settings);
      assertThat(plan).containsPattern("Pack \\[k\\], true, [1-9],");
    }
    joined.unpersist();
  }

  @Test
  void what_is_kept_has_the_size_of_what_it_reads_until_it_is_there_and_then_its_own() {
    session.range(50_000).toDF("id").createOrReplaceTempView("ids");
    spine().createOrReplaceTempView("spine");
    // Spark keeps the plan as it was written, with references that are of any size to it.
    Dataset<Row> kept =
        session
            .sql(
                """
                WITH some AS (SELECT * FROM spine JOIN ids USING (id))
                SELECT * FROM some JOIN ids USING (id)
                """)
            .persist();
    Map<String, String> settings =
        Map.of(
            Strategy.SETTING,
            "shuffle",
            "spark.sql.adaptive.enabled",
            "false",
            "spark.sql.cbo.enabled",
            "false");
    String few = "Pack \\[k\\], true, [1-9],";
    assertThat(explained(join(kept, events()), settings)).containsPattern(few);
    kept.count();
    assertThat(explained(join(kept, events()), settings)).containsPattern(few);
    kept.unpersist();
  }

  /** Without what differs from run to run. */
  private String explained(PointInTimeJoin join, Map<String, String> settings) {
    return Settings.with(session, settings, () -> plan(new SlotEngine().join(join)).toString())
        .replaceAll("#\\d+L?", "")
        .replaceAll("\\[plan_id=\\d+]", "[plan_id]")
        .replaceAll("InMemoryFileIndex\\([^)]*\\)\\[[^]]*]", "[files]")
        .replaceAll("slot_\\d+", "slot");
  }
}
