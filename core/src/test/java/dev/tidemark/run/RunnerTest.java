package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Project;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

@SparkTest
class RunnerTest {
  private final SparkSession session;
  private final FeatureStory story;

  RunnerTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    story
        .given(
            "payments",
            """
            customer_id bigint | at timestamp         | amount double
            1                  | 2024-03-01T00:00:00Z | 5
            1                  | 2024-03-02T00:00:00Z | 7
            2                  | 2024-03-02T12:00:00Z | 9
            """)
        .file(
            "env/local.conf",
            """
            providers {
              lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "d%d" }
              delta { format = delta, warehouse = ".tidemark/delta" }
            }
            """
                .formatted(System.nanoTime()))
        .define(
            """
            entities.customer { keys { customer_id = bigint } }
            sources.payments.v1 { table = payments, event-time = at }
            feature-views.spend.v1 {
              entity = customer, source = sources.payments.v1
              features { spend { aggregate = "sum(amount)", windows = [2d] } }
              materialize { every = 1d, start = "2024-03-01" }
            }
            labels.big.v1 { entity = customer, source = sources.payments.v1, value = "amount > 6" }
            training-sets.t.v1 { label = labels.big.v1, features = [ spend.v1 ] }
            """);
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "test", what -> {});
  }

  @Test
  void a_training_set_is_written_to_every_provider_and_reads_back() {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Plan plan = Planner.build(graph, project.environment(), List.of("t.v1"), null);
    for (int i = 0; i < 2; i++) {
      Runner runner = runner(graph);
      TaskReport report = runner.run(plan.tasks().get(0));
      assertThat(report.rows()).isEqualTo(3);
      assertThat(report.tables()).hasSize(2);
      for (TaskReport.Written written : report.tables()) {
        TextTable.assertRows(
            runner.read(written.target()),
            """
            customer_id | event_time           | big   | spend_2d
            1           | 2024-03-01T00:00:00Z | false | 5
            1           | 2024-03-02T00:00:00Z | true  | 12
            2           | 2024-03-02T12:00:00Z | true  | 9
            """);
      }
    }
  }

  @Test
  void an_interval_replaces_its_own_ticks_only() {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    for (String[] interval :
        new String[][] {
          {"2024-03-01T00:00:00Z", "2024-03-03T00:00:00Z"},
          {"2024-03-02T00:00:00Z", "2024-03-05T00:00:00Z"}
        }) {
      Plan plan =
          Planner.materialize(
              graph,
              project.environment(),
              List.of("spend.v1"),
              new Interval(Instant.parse(interval[0]), Instant.parse(interval[1])));
      Runner runner = runner(graph);
      TaskReport report = runner.run(plan.tasks().get(0));
      assertThat(report.tables()).hasSize(2);
    }
    Plan plan =
        Planner.materialize(
            graph,
            project.environment(),
            List.of("spend.v1"),
            new Interval(
                Instant.parse("2024-03-01T00:00:00Z"), Instant.parse("2024-03-02T00:00:00Z")));
    plan.tasks()
        .get(0)
        .targets()
        .forEach(
            target ->
                TextTable.assertRows(
                    runner(graph).read(target),
                    """
                    customer_id | event_time           | available_time       | spend_2d
                    1           | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
                    1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 12
                    1           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 7
                    2           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 9
                    2           | 2024-03-04T00:00:00Z | 2024-03-04T00:00:00Z | 9
                    """));
  }
}
