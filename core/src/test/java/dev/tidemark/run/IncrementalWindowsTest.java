package dev.tidemark.run;

import static org.apache.spark.sql.functions.input_file_name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.compile.Compiler;
import dev.tidemark.definition.Project;
import dev.tidemark.plan.DueInterval;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.UpkeepPlan;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;

/** Runs that go on from what the runs before folded. */
@SparkTest
class IncrementalWindowsTest {
  /** The days of all events that were aggregated singly. */
  private static final Set<Instant> READ = ConcurrentHashMap.newKeySet();

  private static final String VIEW =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 { path = payments, format = parquet, event-time = at%s }
      feature-views.spend.v1 {
        entity = customer, source = sources.payments.v1
        features { %s }
        materialize { every = 1d, start = "2024-03-01" }
      }
      """;

  private static final String SPEND =
      "spend { aggregate = \"sum(amount * read_of(at))\", windows = [5d, 36h] }";

  private final SparkSession session;
  private final FeatureStory story;

  IncrementalWindowsTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    session
        .udf()
        .register(
            "read_of",
            (UDF1<Timestamp, Integer>)
                at -> {
                  READ.add(at.toInstant().truncatedTo(ChronoUnit.DAYS));
                  return 1;
                },
            DataTypes.IntegerType);
    story
        .file(
            "env/local.conf",
            """
            providers {
              lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "i%d" }
              own { format = delta, warehouse = ".tidemark/registry" }
            }
            write-to = [lake]
            registry = own
            """
                .formatted(System.nanoTime()))
        .define(VIEW.formatted("", SPEND));
    for (int day = 1; day <= 9; day++) {
      payment("2024-03-0%dT00:00:00Z".formatted(day), 1 << day);
      payment("2024-03-0%dT12:00:00Z".formatted(day), 1_000L << day);
    }
  }

  private void payment(String at, long amount) {
    TextTable.parse(
            session,
            "customer_id bigint | at timestamp | amount bigint\n1 | %s | %d".formatted(at, amount))
        .coalesce(1)
        .write()
        .mode("append")
        .parquet(story.folder().resolve("payments").toString());
  }

  private Plan plan(int first, int last, Redo redo) {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    return Planner.materialize(
        graph,
        project.environment(),
        List.of("spend.v1"),
        new Interval(day(first), day(last + 1)),
        runner(graph).history(),
        redo,
        1);
  }

  private static Instant day(int day) {
    return Instant.parse("2024-03-01T00:00:00Z").plus(day - 1, ChronoUnit.DAYS);
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "test", what -> {});
  }

  /** Runs what is due of these days; the days of March of which events were read. */
  private Set<Integer> run(int first, int last) {
    return run(plan(first, last, Redo.DUE));
  }

  private Set<Integer> run(Plan plan) {
    READ.clear();
    plan.tasks().forEach(task -> runner(plan.graph()).run(task));
    Set<Integer> days = new TreeSet<>();
    READ.forEach(at -> days.add((int) ChronoUnit.DAYS.between(day(1), at) + 1));
    return days;
  }

  private String lookBack(int first, int last) {
    return plan(first, last, Redo.ALL).tasks().stream()
        .map(
            task ->
                task.<String>match(b -> "", m -> String.valueOf(m.lookBack()), l -> "", s -> ""))
        .findFirst()
        .orElseThrow();
  }

  private Target target() {
    return new Target(story.project().environment().writeTo().get(0), "spend_v1");
  }

  private OfflineTable state() {
    return OfflineTables.of(
        session, story.folder(), new Target(target().provider(), "spend_v1__state"));
  }

  /** What the windows of five days and of 36 hours have at a day's tick. */
  private List<Long> spend(int day) {
    Row row =
        runner(Graph.of(story.project().definitions()))
            .read(target())
            .where("event_time = timestamp '%s'".formatted(day(day)))
            .first();
    return List.of(row.<Long>getAs("spend_5d"), row.<Long>getAs("spend_36h"));
  }

  /** The same by arithmetic: day d has 2^d at midnight and 1000 * 2^d at noon. */
  private static List<Long> expected(int day) {
    long five = 0;
    for (int d = Math.max(1, day - 4); d <= day; d++) {
      five += 1L << d;
    }
    for (int d = Math.max(1, day - 5); d < day; d++) {
      five += 1_000L << d;
    }
    // At noon of the day before the last begins the window, without its bound.
    long hours = (1L << day) + (1_000L << (day - 1)) + (1L << (day - 1));
    return List.of(five, hours);
  }

  @Test
  void one_more_day_reads_that_days_events_and_no_others() {
    assertThat(run(7, 7)).containsExactly(2, 3, 4, 5, 6, 7);
    assertThat(spend(7)).isEqualTo(expected(7));
    assertThat(run(8, 8)).containsExactly(7, 8);
    assertThat(spend(8)).isEqualTo(expected(8));
    assertThat(run(9, 9)).containsExactly(8, 9);
    assertThat(spend(9)).isEqualTo(expected(9));
    assertThat(state().commitsSince(null, 10)).hasSize(3);
  }

  @Test
  void a_backfill_leaves_a_state_of_the_last_look_back() {
    run(3, 8);
    for (int day = 3; day <= 8; day++) {
      assertThat(spend(day)).as("day %d", day).isEqualTo(expected(day));
    }
    assertThat(
            state().read().selectExpr("min(__tidemark_cell)").first().getTimestamp(0).toInstant())
        .isAfter(day(3));
    assertThat(run(9, 9)).containsExactly(8, 9);
    assertThat(spend(9)).isEqualTo(expected(9));
  }

  @Test
  void late_events_are_folded_into_the_cells_that_they_belong_to() {
    run(7, 7);
    payment("2024-03-05T18:00:00Z", 1_000_000);
    assertThat(run(8, 8)).containsExactly(5, 7, 8);
    assertThat(spend(8)).containsExactly(expected(8).get(0) + 1_000_000, expected(8).get(1));
    // The day that is done is stale. Of it the state has forgotten the oldest events, and no
    // others.
    Plan stale = plan(7, 7, Redo.STALE);
    assertThat(stale.tasks()).hasSize(1);
    assertThat(run(stale)).containsExactly(2, 3);
    assertThat(spend(7))
        .containsExactly(expected(7).get(0) + 1_000_000, expected(7).get(1) + 1_000_000);
  }

  @Test
  void an_earlier_day_reads_only_what_is_older_than_the_state() {
    run(8, 8);
    assertThat(run(6, 6)).containsExactly(1, 2, 3);
    assertThat(spend(6)).isEqualTo(expected(6));
    assertThat(run(9, 9)).containsExactly(8, 9);
    assertThat(spend(9)).isEqualTo(expected(9));
  }

  @Test
  void another_definition_begins_with_another_state() {
    run(7, 7);
    story.define(VIEW.formatted("", SPEND + ", n { aggregate = \"count(*)\", windows = [3d] }"));
    assertThat(run(8, 8)).containsExactly(3, 4, 5, 6, 7, 8);
    assertThat(spend(8)).isEqualTo(expected(8));
    assertThat(run(9, 9)).containsExactly(8, 9);
    assertThat(spend(9)).isEqualTo(expected(9));
  }

  @Test
  void a_state_that_somebody_else_wrote_to_is_not_believed() {
    run(7, 7);
    session.sql("DELETE FROM " + state().name() + " WHERE __tidemark_cell > '2024-03-05'");
    assertThat(run(8, 8)).containsExactly(3, 4, 5, 6, 7, 8);
    assertThat(spend(8)).isEqualTo(expected(8));
  }

  @Test
  void a_state_whose_files_were_merged_goes_on() {
    run(7, 7);
    run(8, 8);
    Maintenance upkeep =
        new Maintenance(session, story.folder(), story.project().environment(), what -> {});
    UpkeepPlan all =
        UpkeepPlan.of(
            Graph.of(story.project().definitions()), story.project().environment(), List.of());
    for (int i = 0; i < 2; i++) {
      upkeep.run(all, new Maintenance.Wish(Duration.ZERO, Instant.now(), false), done -> {});
    }
    assertThat(state().read().select(input_file_name()).distinct().count()).isEqualTo(1);
    assertThat(run(9, 9)).containsExactly(8, 9);
    assertThat(spend(9)).isEqualTo(expected(9));
  }

  @Test
  void files_that_were_rewritten_begin_another_state() {
    run(7, 7);
    session
        .createDataFrame(
            List.<Row>of(),
            TextTable.parse(session, "customer_id bigint | at timestamp | amount bigint").schema())
        .write()
        .mode("overwrite")
        .parquet(story.folder().resolve("payments").toString());
    payment("2024-03-08T00:00:00Z", 5);
    assertThat(run(8, 8)).containsExactly(8);
    assertThat(spend(8)).containsExactly(5L, 5L);
  }

  @Test
  void an_interval_made_of_a_state_is_proved_by_the_single_events() {
    run(7, 7);
    Plan plan = plan(8, 8, Redo.DUE);
    TaskReport report = runner(plan.graph()).run(plan.tasks().get(0));
    // The sources get more, and the state too.
    payment("2024-03-04T18:00:00Z", 1_000_000);
    run(9, 9);
    Rebuild.Proof proof =
        new Rebuild(session, story.folder(), story.project().environment(), "test", what -> {})
            .run(String.valueOf(report.manifest()), false);
    assertThat(proof.rows()).isEqualTo(1);
    assertThat(Objects.requireNonNull(proof.contentHash())).startsWith("sum-sha256-1:");
  }

  @Test
  void without_a_bound_old_cells_become_one() {
    story.define(
        VIEW.formatted(
            "",
            "all { aggregate = \"sum(read_of(at))\", windows = [unbounded, 2d] }, last { value ="
                + " amount }"));
    run(3, 3);
    assertThat(run(4, 4)).containsExactly(3, 4);
    long cells = state().read().count();
    assertThat(run(5, 6)).containsExactly(4, 5, 6);
    assertThat(state().read().count()).isGreaterThan(cells);
    // Far from the cell of all that is old, so that it grows.
    assertThat(run(60, 60)).containsExactly(6, 7, 8, 9);
    assertThat(state().read().count()).isEqualTo(1);
    Row row =
        runner(Graph.of(story.project().definitions()))
            .read(target())
            .where("event_time = timestamp '%s'".formatted(day(60)))
            .first();
    assertThat(row.<Long>getAs("all_unbounded")).isEqualTo(18);
    assertThat(row.<Long>getAs("all_2d")).isNull();
    assertThat(row.<Long>getAs("last")).isEqualTo(1_000L << 9);
  }

  @Test
  void the_plan_tells_what_is_read_and_why() {
    assertThat(lookBack(7, 7))
        .startsWith("all of it is read, and folded into tidemark.i")
        .endsWith("spend_v1__state for later runs");
    run(7, 7);
    assertThat(lookBack(8, 8))
        .endsWith(
            "spend_v1__state holds events after 2024-03-02T00:00:00Z through 2024-03-07T00:00:00Z;"
                + " later ones are read and folded into it");
    assertThat(PlanText.of(plan(8, 8, Redo.DUE))).contains("\n  look-back\n    tidemark.i");
    assertThat(lookBack(7, 7)).endsWith("it stays as it is but for what came late");
    story.define(VIEW.formatted(", row-key = [amount]", SPEND));
    assertThat(reason()).isEqualTo("all of it is read: row-key corrections replace single rows");
    story.define(VIEW.formatted("", SPEND.replace("[5d, 36h]", "[2d]")));
    assertThat(reason())
        .isEqualTo("all of it is read: no feature looks back further than two ticks");
    story.define(VIEW.formatted("", SPEND.replace("sum(", "stddev(")));
    assertThat(reason())
        .matches(
            "all of it is read: stddev.*depends, in its last digits or its choice, on how rows are"
                + " grouped");
    story.define(VIEW.formatted("", SPEND.replace("sum(", "count(DISTINCT ")));
    assertThat(reason()).contains("is a map or a DISTINCT aggregate, which needs single rows");
    session.conf().set(Compiler.INCREMENTAL, "false");
    try {
      assertThat(reason()).isEqualTo("all of it is read: spark.tidemark.incremental = false");
    } finally {
      session.conf().unset(Compiler.INCREMENTAL);
    }
  }

  private String reason() {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    return String.valueOf(
        runner(graph).history().lookBack(graph.views().values().iterator().next(), due()));
  }

  private List<DueInterval> due() {
    return List.of(
        new DueInterval(new Interval(day(8), day(9)), DueInterval.Reason.MISSING, "missing"));
  }

  @Test
  void with_the_setting_off_no_state_is_made() {
    session.conf().set(Compiler.INCREMENTAL, "false");
    try {
      run(7, 8);
    } finally {
      session.conf().unset(Compiler.INCREMENTAL);
    }
    assertThat(spend(8)).isEqualTo(expected(8));
    assertThat(state().exists()).isFalse();
  }
}
