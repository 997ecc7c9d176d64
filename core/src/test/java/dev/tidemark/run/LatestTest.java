package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Project;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.History;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.store.ManifestSchema;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A view's newest values, run after run, in Iceberg and in Delta. */
@SparkTest
class LatestTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String VIEW =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 { path = payments, format = parquet, event-time = at, available-at = loaded }
      sources.shops.v1 { path = payments, format = parquet, static = true }
      feature-views.shops.v1 { entity = customer, source = sources.shops.v1, features { n { aggregate = "count(*)", windows = [unbounded] } } }
      feature-views.spend.v1 {
        entity = customer, source = sources.payments.v1
        features { %s }
        materialize { every = 1d, start = "2024-03-01" }
      }
      """;

  private static final String SPEND = "spend { aggregate = \"sum(amount)\", windows = [2d] }";

  private final SparkSession session;
  private final FeatureStory story;

  LatestTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    story
        .file(
            "env/local.conf",
            """
            providers {
              lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "n%1$d" }
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
        1                  | 2024-03-01T00:00:00Z | 2024-03-01T06:00:00Z | 5
        1                  | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 7
        2                  | 2024-03-02T12:00:00Z | 2024-03-02T12:00:00Z | 9
        3                  | 2024-03-02T20:00:00Z | 2024-03-02T20:00:00Z | 1
        """);
  }

  private void payments(String rows) {
    TextTable.parse(session, rows)
        .coalesce(1)
        .write()
        .mode("append")
        .parquet(story.folder().resolve("payments").toString());
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "test", what -> {});
  }

  private Plan plan(@Nullable String asOf, boolean whole) {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    return Planner.latest(
        graph,
        project.environment(),
        List.of("spend.v1"),
        asOf == null ? null : Instant.parse(asOf),
        asOf == null ? runner(graph).history() : History.NONE,
        whole);
  }

  private TaskReport run(String asOf) {
    return run(plan(asOf, false));
  }

  private TaskReport run(Plan plan) {
    return runner(plan.graph()).run(plan.tasks().get(0));
  }

  private static TaskReport.Whole kept(long rows) {
    return new TaskReport.Whole(false, rows, null);
  }

  private static TaskReport.Whole all(String because) {
    return new TaskReport.Whole(false, 0, because);
  }

  private List<OfflineTable> tables() {
    return targets().stream()
        .map(target -> OfflineTables.of(session, story.folder(), target))
        .toList();
  }

  private List<Target> targets() {
    return story.project().environment().writeTo().stream()
        .map(provider -> new Target(provider, "spend_v1__latest"))
        .toList();
  }

  private void tablesHold(String rows) {
    for (Target target : targets()) {
      TextTable.assertRows(runner(Graph.of(story.project().definitions())).read(target), rows);
    }
  }

  private Rebuild.Proof rebuild(TaskReport report) {
    return new Rebuild(session, story.folder(), story.project().environment(), "test", what -> {})
        .run(String.valueOf(report.manifest()), false);
  }

  @Test
  void only_keys_that_something_entered_or_left_are_computed() throws IOException {
    TaskReport first = run("2024-03-02T20:00:00Z");
    assertThat(first.whole()).isEqualTo(all("the table is new"));
    tablesHold(
        """
        customer_id | event_time           | available_time       | spend_2d
        1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 12
        2           | 2024-03-02T12:00:00Z | 2024-03-02T12:00:00Z | 9
        3           | 2024-03-02T20:00:00Z | 2024-03-02T20:00:00Z | 1
        """);
    // Four hours on, the first payment of 1 is two days old; nothing happened to 2 and 3.
    TaskReport second = run("2024-03-03T00:00:00Z");
    assertThat(second.whole()).isEqualTo(kept(2));
    tablesHold(
        """
        customer_id | event_time           | available_time       | spend_2d
        1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 7
        2           | 2024-03-02T12:00:00Z | 2024-03-02T12:00:00Z | 9
        3           | 2024-03-02T20:00:00Z | 2024-03-02T20:00:00Z | 1
        """);
    // A payment of before is loaded late; 1 is not seen any more and has no row.
    payments(
        """
        customer_id bigint | at timestamp         | loaded timestamp     | amount bigint
        2                  | 2024-03-02T18:00:00Z | 2024-03-03T23:00:00Z | 100
        """);
    TaskReport third = run("2024-03-04T00:00:00Z");
    assertThat(third.whole()).isEqualTo(kept(1));
    tablesHold(
        """
        customer_id | event_time           | available_time       | spend_2d
        2           | 2024-03-02T18:00:00Z | 2024-03-03T23:00:00Z | 109
        3           | 2024-03-02T20:00:00Z | 2024-03-02T20:00:00Z | 1
        """);
    assertThat(rebuild(second).rows()).isEqualTo(3);
    assertThat(rebuild(third).rows()).isEqualTo(2);
    JsonNode manifest =
        JSON.readTree(Path.of(URI.create(String.valueOf(third.manifest()))).toFile());
    assertThat(ManifestSchema.validate(manifest)).isEmpty();
    assertThat(manifest.path("kind").asText()).isEqualTo("latest");
    assertThat(manifest.path("as_of").asText()).isEqualTo("2024-03-04T00:00:00Z");
    assertThat(manifest.path("task").asText()).isEqualTo("latest/spend.v1/2024-03-04T00:00:00Z");
  }

  @Test
  void a_rerun_is_nothing_to_do_and_one_that_was_not_recorded_is_adopted() {
    TaskReport first = run("2024-03-02T20:00:00Z");
    List<Integer> commits = commits();
    TaskReport again = run("2024-03-02T20:00:00Z");
    assertThat(again.whole()).isEqualTo(new TaskReport.Whole(true, 3, null));
    assertThat(again.rows()).isEqualTo(3);
    assertThat(again.tables()).isEmpty();
    assertThat(again.manifest()).isEqualTo(first.manifest());
    assertThat(commits()).isEqualTo(commits);
    // The kill came after the tables' commits and before the record of them.
    String runs = story.folder().resolve(".tidemark/registry/tidemark/runs").toString();
    session.sql("DELETE FROM delta.`%s`".formatted(runs)).count();
    assertThat(run("2024-03-02T20:00:00Z").whole()).isEqualTo(new TaskReport.Whole(true, 3, null));
    assertThat(commits()).isEqualTo(commits);
    assertThat(session.read().format("delta").load(runs).count()).isEqualTo(1);
    assertThat(run(plan("2024-03-02T20:00:00Z", true)).whole()).isEqualTo(all("asked for"));
  }

  private List<Integer> commits() {
    return tables().stream().map(table -> table.commitsSince(null, 100).size()).toList();
  }

  @Test
  void where_it_can_not_be_told_what_changed_all_keys_are_computed() throws IOException {
    run("2024-03-03T00:00:00Z");
    assertThat(run("2024-03-02T00:00:00Z").whole())
        .isEqualTo(all("its rows are of 2024-03-03T00:00:00Z, which is later"));
    story.define(VIEW.formatted(SPEND + ", n { aggregate = \"count(*)\", windows = [2d] }"));
    assertThat(run("2024-03-03T00:00:00Z").whole())
        .isEqualTo(all("its rows are of another definition"));
    tablesHold(
        """
        customer_id | event_time           | available_time       | spend_2d | n_2d
        1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 7        | 1
        2           | 2024-03-02T12:00:00Z | 2024-03-02T12:00:00Z | 9        | 1
        3           | 2024-03-02T20:00:00Z | 2024-03-02T20:00:00Z | 1        | 1
        """);
    try (Stream<Path> files = Files.list(story.folder().resolve("payments"))) {
      files
          .filter(file -> file.toString().endsWith(".parquet"))
          .forEach(file -> assertThat(file.toFile().delete()).isTrue());
    }
    payments(
        """
        customer_id bigint | at timestamp         | loaded timestamp     | amount bigint
        3                  | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 4
        """);
    assertThat(String.valueOf(run("2024-03-03T00:00:00Z").whole())).contains("taken away");
    tablesHold(
        """
        customer_id | event_time           | available_time       | spend_2d | n_2d
        3           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 4        | 1
        """);
  }

  @Test
  void without_as_of_it_is_the_newest_tick_that_is_materialized() {
    assertThatThrownBy(() -> plan(null, false))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("has no materialized interval")
        .hasMessageContaining("give --as-of TIME");
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Interval days =
        new Interval(Instant.parse("2024-03-01T00:00:00Z"), Instant.parse("2024-03-04T00:00:00Z"));
    for (Task task :
        Planner.materialize(graph, project.environment(), List.of("spend.v1"), days).tasks()) {
      runner(graph).run(task);
    }
    Plan plan = plan(null, false);
    assertThat(plan.tasks().get(0).id()).isEqualTo("latest/spend.v1/2024-03-03T00:00:00Z");
    run(plan);
    Target view = new Target(targets().get(0).provider(), "spend_v1");
    TextTable.assertSame(
        runner(graph).read(targets().get(0)).drop("event_time", "available_time"),
        runner(graph)
            .read(view)
            .where("event_time = timestamp'2024-03-03T00:00:00Z'")
            .drop("event_time", "available_time"));
  }

  @Test
  void a_view_of_a_static_source_has_no_latest() {
    Project project = story.project();
    assertThatThrownBy(
            () ->
                Planner.latest(
                    Graph.of(project.definitions()),
                    project.environment(),
                    List.of("shops.v1"),
                    Instant.EPOCH,
                    History.NONE,
                    false))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("rows have no time, so none is the latest");
  }
}
