package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.definition.DefinitionException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which intervals are due, by what is known of the past. */
class IntervalPlannerTest {
  private static final String VIEW =
      """
      feature-views.daily.v1 {
        entity = customer, source = sources.visits.v1, features { n { aggregate = "count(*)", windows = [2d] } }
        materialize { every = 1d, start = "2024-01-01" }
      }
      """;

  @TempDir Path folder;

  private Graph graph() {
    return PlanProject.shop(folder, VIEW).graph();
  }

  /** A past in which these days of January are done, and in which this came since. */
  private static History past(Graph graph, Arrivals came, int... days) {
    ResolvedView view =
        graph.views().values().stream()
            .filter(each -> each.view().ref().name().equals("daily"))
            .findFirst()
            .orElseThrow();
    return past(view.fingerprint(), graph.parts(view), came, days);
  }

  private static History past(
      Fingerprint definition, Map<String, String> parts, Arrivals came, int... days) {
    return new History() {
      @Override
      public List<FinishedInterval> finished(ResolvedView view, Interval within) {
        return Arrays.stream(days)
            .mapToObj(IntervalPlannerTest::january)
            .filter(within::overlaps)
            .map(day -> new FinishedInterval(day, "run", definition, parts, List.of()))
            .toList();
      }

      @Override
      public Optional<Instant> newestTick(ResolvedView view) {
        return Arrays.stream(days).mapToObj(day -> january(day).start()).max(Instant::compareTo);
      }

      @Override
      public List<PastDefinition> definitions(ResolvedView view, Interval asked) {
        long outside = Arrays.stream(days).filter(day -> !january(day).overlaps(asked)).count();
        return days.length == 0
            ? List.of()
            : List.of(new PastDefinition(definition, parts, january(days[0]), outside));
      }

      @Override
      public Arrivals since(FinishedInterval finished, ResolvedView view) {
        return came;
      }

      @Override
      public @Nullable String lookBack(ResolvedView view, List<DueInterval> due) {
        return null;
      }
    };
  }

  private static Instant day(int day) {
    return Instant.parse("2024-01-%02dT00:00:00Z".formatted(day));
  }

  private static Interval january(int day) {
    return new Interval(day(day), day(day + 1));
  }

  private static Plan plan(Graph graph, History past, Redo redo, int parallel) {
    return Planner.materialize(
        graph,
        PlanProject.environment(),
        List.of("daily.v1"),
        new Interval(day(1), day(9)),
        past,
        redo,
        parallel);
  }

  /** The days of each task. */
  private static List<String> days(Plan plan) {
    return plan.tasks().stream()
        .map(
            task ->
                task.<String>match(
                    build -> "",
                    found ->
                        String.join(
                            " ",
                            found.due().stream()
                                .map(
                                    due ->
                                        due.tick().toString().substring(9, 10)
                                            + due.reason().name().charAt(0))
                                .toList()),
                    latest -> "",
                    score -> ""))
        .toList();
  }

  private static Arrivals rows(int visible, int latest) {
    return new Arrivals.Rows("sources.visits.v1", 3, day(visible), day(latest), Duration.ofDays(2));
  }

  @Test
  void what_is_missing_is_computed_and_gaps_part_the_tasks() {
    Graph graph = graph();
    History past = past(graph, new Arrivals.None(), 3, 6);
    assertThat(days(plan(graph, past, Redo.DUE, 1))).containsExactly("1M 2M", "4M 5M", "7M 8M");
    assertThat(days(plan(graph, past, Redo.STALE, 1))).isEmpty();
    assertThat(days(plan(graph, past, Redo.ALL, 1))).containsExactly("1M 2M 3F 4M 5M 6F 7M 8M");
  }

  @Test
  void rows_reach_from_when_they_are_visible_to_where_the_longest_window_loses_them() {
    Graph graph = graph();
    History past = past(graph, rows(4, 3), 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(days(plan(graph, past, Redo.DUE, 1))).containsExactly("4S 5S");
    assertThat(days(plan(graph, past, Redo.STALE, 1))).containsExactly("4S 5S");
  }

  @Test
  void rows_that_are_visible_after_the_last_tick_make_nothing_stale() {
    Graph graph = graph();
    Plan plan = plan(graph, past(graph, rows(9, 8), 1, 2, 3, 4, 5, 6, 7, 8), Redo.DUE, 1);
    assertThat(days(plan)).isEmpty();
    assertThat(plan.notes())
        .containsExactly(
            "feature-views.daily.v1: all 8 in [2024-01-01T00:00:00Z, 2024-01-09T00:00:00Z) are"
                + " done, from this definition and these inputs: nothing to do");
  }

  @Test
  void what_can_not_be_told_makes_all_stale_that_is_done() {
    Graph graph = graph();
    Plan plan = plan(graph, past(graph, new Arrivals.Untold("who knows"), 2, 3), Redo.STALE, 1);
    assertThat(days(plan)).containsExactly("2S 3S");
    assertThat(PlanText.of(plan))
        .contains("2 in [2024-01-02T00:00:00Z, 2024-01-04T00:00:00Z): stale: who knows");
  }

  @Test
  void consecutive_intervals_are_split_for_those_who_run_at_once() {
    Graph graph = graph();
    assertThat(days(plan(graph, History.NONE, Redo.DUE, 3)))
        .containsExactly("1M 2M 3M", "4M 5M 6M", "7M 8M");
    assertThat(days(plan(graph, History.NONE, Redo.DUE, 99))).hasSize(8);
  }

  @Test
  void a_definition_with_more_columns_makes_stale_what_an_earlier_one_made() {
    Graph graph = graph();
    History past = past(new Fingerprint("ab".repeat(32)), Map.of(), new Arrivals.None(), 2);
    assertThat(days(plan(graph, past, Redo.STALE, 1))).containsExactly("2S");
  }

  @Test
  void a_definition_that_lost_or_changed_a_column_is_refused() {
    Graph graph = graph();
    History past =
        past(new Fingerprint("ab".repeat(32)), Map.of("gone_2d", "x"), new Arrivals.None(), 2);
    assertThatThrownBy(() -> plan(graph, past, Redo.DUE, 1))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("`gone_2d` changed since")
        .hasMessageContaining("make a new variant, such as daily.v2");
  }
}
