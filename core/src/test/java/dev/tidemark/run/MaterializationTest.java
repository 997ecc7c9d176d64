package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Project;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.Test;

/** Intervals, from the plan to their commits in Iceberg and in Delta, run after run. */
@SparkTest
class MaterializationTest {
  private static final String VIEW =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 { path = payments, format = parquet, event-time = at, available-at = loaded }
      feature-views.spend.v1 {
        entity = customer, source = sources.payments.v1
        features { %s }
        materialize { every = 1d, start = "2024-03-01" }
      }
      """;

  private static final String SPEND = "spend { aggregate = \"sum(amount)\", windows = [2d] }";

  private final SparkSession session;
  private final FeatureStory story;

  MaterializationTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    story
        .file(
            "env/local.conf",
            """
            providers {
              lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "m%1$d" }
              delta { format = delta, warehouse = ".tidemark/delta" }
              own { format = delta, warehouse = ".tidemark/registry" }
            }
            write-to = [lake, delta]
            registry = own
            """
                .formatted(System.nanoTime()))
        .define(VIEW.formatted(SPEND));
    payments(
        """
        customer_id bigint | at timestamp         | loaded timestamp     | amount bigint
        1                  | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
        1                  | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 7
        2                  | 2024-03-02T12:00:00Z | 2024-03-02T12:00:00Z | 9
        """);
  }

  private void payments(String rows) {
    TextTable.parse(session, rows)
        .coalesce(1)
        .write()
        .mode("append")
        .parquet(story.folder().resolve("payments").toString());
  }

  private Plan plan(String start, String end, Redo redo) {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    return Planner.materialize(
        graph,
        project.environment(),
        List.of("spend.v1"),
        new Interval(Instant.parse(start + "T00:00:00Z"), Instant.parse(end + "T00:00:00Z")),
        runner(graph).history(),
        redo,
        1);
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "test", what -> {});
  }

  /** The days that were computed. */
  private List<String> run(String start, String end, Redo redo) {
    return run(plan(start, end, redo));
  }

  private List<String> run(Plan plan) {
    List<String> days = new ArrayList<>();
    for (Task task : plan.tasks()) {
      TaskReport report = runner(plan.graph()).run(task);
      assertThat(report.intervals()).isNotNull();
      task.match(
          build -> days,
          found -> {
            found.ticks().forEach(tick -> days.add(tick.toString().substring(5, 10)));
            return days;
          },
          latest -> days,
          score -> days);
    }
    return days;
  }

  private void tablesHold(String rows) {
    for (Target target : targets()) {
      TextTable.assertRows(runner(Graph.of(story.project().definitions())).read(target), rows);
    }
  }

  private List<Target> targets() {
    return story.project().environment().writeTo().stream()
        .map(provider -> new Target(provider, "spend_v1"))
        .toList();
  }

  /** How many commits each table has of a day. */
  private List<Long> commitsOf(String day) {
    Interval interval =
        new Interval(
            Instant.parse(day + "T00:00:00Z"),
            Instant.parse(day + "T00:00:00Z").plusSeconds(86_400));
    return targets().stream()
        .map(target -> OfflineTables.of(session, story.folder(), target))
        .map(
            table ->
                table.commitsSince(null, 1_000).stream()
                    .filter(commit -> commit.mayTouch(interval))
                    .count())
        .toList();
  }

  private List<Row> history() {
    return session
        .read()
        .format("delta")
        .load(story.folder().resolve(".tidemark/registry/tidemark/runs").toString())
        .orderBy("interval_start")
        .collectAsList();
  }

  private static final String FOUR_DAYS =
      """
      customer_id | event_time           | available_time       | spend_2d
      1           | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
      1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 12
      1           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 7
      2           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 9
      2           | 2024-03-04T00:00:00Z | 2024-03-04T00:00:00Z | 9
      """;

  @Test
  void missing_intervals_run_and_done_ones_do_not() {
    assertThat(run("2024-03-02", "2024-03-04", Redo.DUE)).containsExactly("03-02", "03-03");
    assertThat(run("2024-03-01", "2024-03-05", Redo.DUE)).containsExactly("03-01", "03-04");
    tablesHold(FOUR_DAYS);
    Plan again = plan("2024-03-01", "2024-03-05", Redo.DUE);
    assertThat(again.tasks()).isEmpty();
    assertThat(again.notes())
        .containsExactly(
            "feature-views.spend.v1: all 4 in [2024-03-01T00:00:00Z, 2024-03-05T00:00:00Z) are done, from this definition and these inputs: nothing to do");
  }

  @Test
  void every_interval_is_one_commit_and_one_row_of_the_history() {
    run("2024-03-01", "2024-03-05", Redo.DUE);
    for (String day : List.of("2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04")) {
      assertThat(commitsOf(day)).as(day).containsExactly(1L, 1L);
    }
    List<Row> rows = history();
    assertThat(rows)
        .extracting(row -> row.getAs("interval_start").toString().substring(0, 10))
        .containsExactly("2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04");
    assertThat(rows).extracting(row -> row.getAs("rows")).containsExactly(1L, 1L, 2L, 1L);
    for (Row row : rows) {
      assertThat(row.getList(row.fieldIndex("tables"))).hasSize(2);
      assertThat(row.getList(row.fieldIndex("inputs"))).hasSize(1);
    }
  }

  @Test
  void force_replaces_what_is_done() {
    run("2024-03-01", "2024-03-05", Redo.DUE);
    assertThat(run("2024-03-02", "2024-03-04", Redo.ALL)).containsExactly("03-02", "03-03");
    tablesHold(FOUR_DAYS);
    assertThat(commitsOf("2024-03-02")).containsExactly(2L, 2L);
    assertThat(commitsOf("2024-03-01")).containsExactly(1L, 1L);
  }

  @Test
  void late_rows_make_stale_the_ticks_that_they_reach_and_no_others() {
    run("2024-03-01", "2024-03-08", Redo.DUE);
    payments(
        """
        customer_id bigint | at timestamp         | loaded timestamp     | amount bigint
        1                  | 2024-03-02T00:00:00Z | 2024-03-03T06:00:00Z | 100
        """);
    Plan plan = plan("2024-03-01", "2024-03-09", Redo.STALE);
    assertThat(run(plan)).containsExactly("03-04");
    assertThat(
            plan.tasks()
                .get(0)
                .<String>match(b -> "", m -> m.due().get(0).because(), l -> "", s -> ""))
        .isEqualTo("stale: sources.payments.v1 got 1 rows, visible from 2024-03-03T06:00:00Z on");
    assertThat(plan.notes())
        .contains(
            "feature-views.spend.v1: 1 of 8 in [2024-03-01T00:00:00Z, 2024-03-09T00:00:00Z) are missing; without --stale they are computed too");
    assertThat(plan("2024-03-01", "2024-03-08", Redo.DUE).tasks()).isEmpty();
  }

  @Test
  void files_that_were_taken_away_make_all_stale_since_nobody_can_tell() throws IOException {
    run("2024-03-01", "2024-03-03", Redo.DUE);
    try (Stream<Path> files = Files.list(story.folder().resolve("payments"))) {
      files
          .filter(file -> file.toString().endsWith(".parquet"))
          .forEach(file -> assertThat(file.toFile().delete()).isTrue());
    }
    payments(
        """
        customer_id bigint | at timestamp         | loaded timestamp     | amount bigint
        1                  | 2024-03-09T00:00:00Z | 2024-03-09T00:00:00Z | 1
        """);
    Plan plan = plan("2024-03-01", "2024-03-03", Redo.DUE);
    assertThat(
            plan.tasks()
                .get(0)
                .<String>match(b -> "", m -> m.due().get(0).because(), l -> "", s -> ""))
        .startsWith(
            "stale: sources.payments.v1 changed, and which ticks that reaches can't be told: files of ")
        .endsWith("payments were changed or taken away");
    assertThat(run(plan)).containsExactly("03-01", "03-02");
  }

  @Test
  void a_new_feature_evolves_the_table_and_makes_the_old_intervals_stale() {
    run("2024-03-01", "2024-03-04", Redo.DUE);
    story.define(VIEW.formatted(SPEND + ", n { aggregate = \"count(*)\", windows = [2d] }"));
    Plan next = plan("2024-03-04", "2024-03-05", Redo.DUE);
    assertThat(next.notes())
        .containsExactly(
            "feature-views.spend.v1: 3 intervals outside of [2024-03-04T00:00:00Z, 2024-03-05T00:00:00Z) lack what was added to the definition since; materialize them with --stale");
    run(next);
    tablesHold(
        """
        customer_id | event_time           | available_time       | spend_2d | n_2d
        1           | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5        | null
        1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 12       | null
        1           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 7        | null
        2           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 9        | null
        2           | 2024-03-04T00:00:00Z | 2024-03-04T00:00:00Z | 9        | 1
        """);
    assertThat(run("2024-03-01", "2024-03-05", Redo.STALE))
        .containsExactly("03-01", "03-02", "03-03");
    tablesHold(
        """
        customer_id | event_time           | available_time       | spend_2d | n_2d
        1           | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5        | 1
        1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 12       | 2
        1           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 7        | 1
        2           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 9        | 1
        2           | 2024-03-04T00:00:00Z | 2024-03-04T00:00:00Z | 9        | 1
        """);
  }

  @Test
  void a_definition_that_changes_what_there_is_must_be_a_new_variant() {
    run("2024-03-01", "2024-03-02", Redo.DUE);
    story.define(VIEW.formatted(SPEND.replace("sum", "max")));
    assertThatThrownBy(() -> plan("2024-03-02", "2024-03-03", Redo.DUE))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("`spend_2d` changed since")
        .hasMessageContaining("make a new variant, such as spend.v2");
  }

  @Test
  void what_a_killed_run_committed_and_did_not_record_is_adopted() {
    run("2024-03-01", "2024-03-04", Redo.DUE);
    // The kill came after the tables' commits and before the record of them.
    session
        .sql(
            "DELETE FROM delta.`%s` WHERE interval_start >= TIMESTAMP '2024-03-02T00:00:00Z'"
                .formatted(story.folder().resolve(".tidemark/registry/tidemark/runs")))
        .count();
    Plan plan = plan("2024-03-01", "2024-03-05", Redo.DUE);
    TaskReport report = runner(plan.graph()).run(plan.tasks().get(0));
    assertThat(report.intervals()).isEqualTo(new TaskReport.Intervals(1, 2, 0));
    assertThat(commitsOf("2024-03-02")).containsExactly(1L, 1L);
    assertThat(history()).extracting(row -> row.getAs("rows")).containsExactly(1L, 1L, 2L, 1L);
    tablesHold(FOUR_DAYS);
  }

  @Test
  void a_table_that_is_gone_is_made_again_and_the_others_with_it() throws IOException {
    run("2024-03-01", "2024-03-02", Redo.DUE);
    String delta = OfflineTables.of(session, story.folder(), targets().get(1)).name();
    FileUtils.deleteDirectory(new File(delta));
    DeltaLog.clearCache();
    assertThat(run("2024-03-01", "2024-03-02", Redo.DUE)).containsExactly("03-01");
    tablesHold(
        """
        customer_id | event_time           | available_time       | spend_2d
        1           | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
        """);
  }

  @Test
  void an_interval_that_another_run_did_meanwhile_is_left_as_it_is() {
    Plan planned = plan("2024-03-01", "2024-03-03", Redo.DUE);
    run("2024-03-01", "2024-03-03", Redo.DUE);
    TaskReport report = runner(planned.graph()).run(planned.tasks().get(0));
    assertThat(report.intervals()).isEqualTo(new TaskReport.Intervals(0, 0, 2));
    assertThat(commitsOf("2024-03-01")).containsExactly(1L, 1L);
  }

  @Test
  void rows_that_no_run_came_to_record_are_not_read() {
    run("2024-03-01", "2024-03-02", Redo.DUE);
    Graph graph = Graph.of(story.project().definitions());
    Target first = targets().get(0);
    OfflineTable table = OfflineTables.of(session, story.folder(), first);
    CommitMark unrecorded =
        new CommitMark("x", "y", new Fingerprint("0".repeat(64)), List.of(), null, 0, "test");
    table.replaceAll(table.read().limit(0), unrecorded);
    assertThat(table.read().count()).isZero();
    assertThat(runner(graph).read(first).count()).isEqualTo(1);
  }
}
