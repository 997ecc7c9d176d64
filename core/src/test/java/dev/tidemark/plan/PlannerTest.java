package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Problem;
import dev.tidemark.testkit.Golden;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

class PlannerTest {
  @TempDir Path folder;
  private String rule = "";

  @BeforeEach
  void name(TestInfo test) {
    rule = test.getTestMethod().orElseThrow().getName();
  }

  private static final String SETS =
      """
      training-sets.a.v1 { label = labels.fraud.v1, features = [spend.v1] }
      training-sets.a.v2 { label = labels.fraud.v1, features = [spend.v1.spend] }
      training-sets.gated.v1 { label = labels.fraud.v1, features = [spend.v1] }
      sources.orders.v1 { path = "jdbc:x", format = jdbc, event-time = t }
      transformations.orders.v1 { inputs { o = sources.orders.v1 }, sql = "SELECT * FROM o", event-time = t }
      feature-views.orders.v1 {
        entity = customer, source = transformations.orders.v1, features { x { value = x } }
      }
      training-sets.remote.v1 { label = labels.fraud.v1, features = [orders.v1] }
      """;

  private static final String TICKS =
      """
      feature-views.daily.v1 {
        entity = customer, source = sources.visits.v1, features { n { aggregate = "count(*)", windows = [7d] } }
        materialize { every = 1d, start = "2024-01-10T06:00:00Z" }
      }
      feature-views.fine.v1 {
        entity = customer, source = sources.visits.v1, features { n { aggregate = "count(*)", windows = [7d] } }
        materialize { every = 1us, start = "2024-01-01" }
      }
      """;

  private Plan build(String... names) {
    return Planner.build(
        PlanProject.shop(folder, SETS).graph(), PlanProject.environment(), List.of(names), null);
  }

  private Plan materialize(String start, String end, String... names) {
    return Planner.materialize(
        PlanProject.shop(folder, TICKS).graph(),
        PlanProject.environment(),
        List.of(names),
        new Interval(Instant.parse(start), Instant.parse(end)));
  }

  private void refused(ThrowingCallable planning) {
    assertThatThrownBy(planning)
        .isInstanceOfSatisfying(
            DefinitionException.class,
            refusal ->
                Golden.check("plan/errors/" + rule + ".txt", String.valueOf(refusal.getMessage())));
  }

  private static List<Instant> ticks(Plan plan) {
    return plan.tasks().stream()
        .flatMap(
            task ->
                task
                    .match(
                        b -> List.<Instant>of(),
                        m -> m.ticks(),
                        l -> List.<Instant>of(),
                        s -> List.<Instant>of())
                    .stream())
        .toList();
  }

  @Test
  void names_are_short_or_full_and_each_counts_once() {
    assertThat(build("a.v2", "training-sets.a.v1", "training-sets.a.v2").tasks())
        .extracting(Task::id)
        .containsExactly("build/a.v2", "build/a.v1");
  }

  @Test
  void every_provider_gets_the_table_name_variant() {
    assertThat(build("a.v1").tasks().get(0).targets())
        .extracting(PlanText::table)
        .containsExactly("lake.features.a_v1", ".tidemark/delta/features/a_v1");
  }

  @Test
  void unknown_names_are_told_with_the_nearest() {
    refused(
        () ->
            build("b.v1", "a", "a.v7", "spend.v1", "feature-views.spend.v1", "gatd.v1", "a.b.c.d"));
  }

  @Test
  void what_is_not_supported_is_refused_where_it_is_planned() {
    refused(() -> build("remote.v1"));
  }

  @Test
  void what_is_not_supported_does_not_stop_the_rest_of_a_project() {
    assertThat(build("a.v1").tasks()).hasSize(1);
  }

  @Test
  void all_that_is_not_supported_is_listed() {
    List<Problem> problems = Planner.unsupported(PlanProject.shop(folder, SETS).graph());
    assertThat(problems)
        .extracting(Problem::what)
        .containsExactly("format jdbc is not supported yet");
  }

  @Test
  void without_names_all_are_planned() {
    Graph graph = PlanProject.shop(folder, TICKS).graph();
    assertThat(Planner.build(graph, PlanProject.environment(), List.of(), null).notes())
        .containsExactly("the project has no training set");
  }

  @Test
  void a_tick_at_the_start_of_the_interval_counts_and_one_at_its_end_does_not() {
    assertThat(ticks(materialize("2024-01-11T06:00:00Z", "2024-01-13T06:00:00Z", "daily.v1")))
        .containsExactly(
            Instant.parse("2024-01-11T06:00:00Z"), Instant.parse("2024-01-12T06:00:00Z"));
  }

  @Test
  void ticks_begin_where_the_view_says() {
    assertThat(
            ticks(materialize("2020-01-01T00:00:00Z", "2024-01-11T06:00:00.000001Z", "daily.v1")))
        .containsExactly(
            Instant.parse("2024-01-10T06:00:00Z"), Instant.parse("2024-01-11T06:00:00Z"));
  }

  @Test
  void ticks_stay_on_their_grid_wherever_the_interval_begins() {
    assertThat(ticks(materialize("2024-02-01T00:00:00Z", "2024-02-02T00:00:00Z", "daily.v1")))
        .containsExactly(Instant.parse("2024-02-01T06:00:00Z"));
  }

  @Test
  void an_interval_without_a_tick_is_nothing_to_do() {
    Plan plan = materialize("2024-02-01T07:00:00Z", "2024-02-02T06:00:00Z", "daily.v1");
    assertThat(plan.tasks()).isEmpty();
    assertThat(plan.notes())
        .containsExactly(
            "feature-views.daily.v1 has no tick in [2024-02-01T07:00:00Z, 2024-02-02T06:00:00Z): nothing to do");
  }

  @Test
  void a_view_says_when_it_is_materialized() {
    refused(() -> materialize("2024-02-01T00:00:00Z", "2024-02-02T00:00:00Z", "spend.v1"));
  }

  @Test
  void more_ticks_than_anyone_wants_are_refused() {
    refused(() -> materialize("2024-02-01T00:00:00Z", "2024-02-02T00:00:00Z", "fine.v1"));
  }

  @Test
  void planning_twice_gives_the_same_plan() {
    assertThat(PlanText.of(build("a.v1", "a.v2"))).isEqualTo(PlanText.of(build("a.v1", "a.v2")));
  }
}
