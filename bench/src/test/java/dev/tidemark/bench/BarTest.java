package dev.tidemark.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.bench.Times.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class BarTest {
  private static final Bar BAR =
      new Bar(
          Workload.WINDOWS, 0, 0.5, List.of(new Bar.Term(1, "duckdb"), new Bar.Term(2, "scan")));

  @Test
  void is_held_against_the_best_formulation_of_each_term() {
    Bar.Verdict verdict =
        BAR.verdict(
            List.of(
                measured("tidemark", 3),
                measured("duckdb frames", 9),
                measured("duckdb join", 4, 6, 100),
                measured("scan floor", 2)));
    assertThat(verdict.ratio()).isEqualTo(0.3);
    assertThat(verdict.answer()).isEqualTo(Bar.Answer.REACHED);
  }

  @Test
  void is_missed_by_a_greater_ratio() {
    Bar.Verdict verdict =
        BAR.verdict(
            List.of(measured("tidemark", 6), measured("duckdb", 8), measured("scan floor", 1)));
    assertThat(verdict.answer()).isEqualTo(Bar.Answer.MISSED);
  }

  @Test
  void a_cancelled_rival_took_its_time_limit_at_least() {
    Times cancelled = new Times("duckdb", Outcome.TIMED_OUT, List.of(), 10, "");
    Times scan = measured("scan floor", 1);
    assertThat(BAR.verdict(List.of(measured("tidemark", 3), cancelled, scan)).answer())
        .isEqualTo(Bar.Answer.REACHED);
    assertThat(BAR.verdict(List.of(measured("tidemark", 9), cancelled, scan)).answer())
        .isEqualTo(Bar.Answer.UNKNOWN);
  }

  @Test
  void is_unknown_without_a_term() {
    assertThat(BAR.verdict(List.of(measured("tidemark", 3), measured("duckdb", 9))).answer())
        .isEqualTo(Bar.Answer.UNKNOWN);
  }

  private static Times measured(String formulation, double... seconds) {
    return new Times(
        formulation, Outcome.MEASURED, java.util.Arrays.stream(seconds).boxed().toList(), 10, "");
  }
}
