package dev.tidemark.bench;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What Tidemark has to reach.
 *
 * @param keys with how many keys; 0: any
 * @param limit what Tidemark's time may be of that of {@code against}
 * @param against times to be added up
 */
record Bar(Workload workload, long keys, double limit, List<Term> against) {
  /** All bars. */
  static final List<Bar> ALL =
      List.of(
          best(Workload.WINDOWS, 100_000, 0.5, "duckdb"),
          best(Workload.WINDOWS, 100_000, 0.15, "spark"),
          best(Workload.WINDOWS, 2_000, 0.1, "duckdb"),
          best(Workload.ASOF, 0, 1.2, "duckdb asof"),
          best(Workload.ASOF, 0, 0.4, "spark"),
          new Bar(
              Workload.THREE_VIEWS,
              0,
              1.5,
              List.of(new Term(1, Formulations.ONE_VIEW), new Term(2, Formulations.SCAN))),
          best(Workload.DOUBLE_EVENTS, 0, 2.1, Formulations.BASE),
          best(Workload.DOUBLE_SPINE, 0, 2.1, Formulations.BASE),
          best(Workload.DOUBLE_WINDOWS, 0, 1.25, Formulations.BASE),
          best(Workload.HOT_KEY, 0, 1.5, Formulations.BASE));

  /** A number of times the best formulation whose name starts so. */
  record Term(int times, String prefix) {
    private String text() {
      return times == 1 ? prefix : times + " × " + prefix;
    }

    private boolean isMeant(Times formulation) {
      return formulation.formulation().startsWith(prefix);
    }
  }

  /**
   * Whether a bar was reached.
   *
   * @param ratio of Tidemark's time to what it is held against; null: one of both is not known
   * @param atMost whether the ratio is less than that, as what Tidemark is held against was
   *     cancelled
   */
  public record Verdict(
      String bar, double limit, @Nullable Double ratio, boolean atMost, Answer answer) {}

  /** Unknown is also where a cancelled rival may or may not have been slow enough. */
  public enum Answer {
    REACHED,
    MISSED,
    UNKNOWN
  }

  Bar {
    against = List.copyOf(against);
  }

  private static Bar best(Workload workload, long keys, double limit, String prefix) {
    return new Bar(workload, keys, limit, List.of(new Term(1, prefix)));
  }

  boolean isFor(Workload measured, long measuredKeys) {
    return workload == measured && (keys == 0 || keys == measuredKeys);
  }

  Verdict verdict(List<Times> times) {
    OptionalDouble own =
        times.stream()
            .filter(each -> each.formulation().equals(Formulations.TIDEMARK) && each.isMeasured())
            .mapToDouble(Times::median)
            .findFirst();
    double sum = 0;
    boolean cancelled = false;
    for (Term term : against) {
      OptionalDouble best =
          times.stream()
              .filter(each -> term.isMeant(each) && each.isMeasured())
              .mapToDouble(Times::median)
              .min();
      OptionalDouble cut =
          times.stream()
              .filter(each -> term.isMeant(each) && each.outcome() == Times.Outcome.TIMED_OUT)
              .mapToDouble(Times::limitSeconds)
              .min();
      if (own.isEmpty() || (best.isEmpty() && cut.isEmpty())) {
        return new Verdict(text(), limit, null, false, Answer.UNKNOWN);
      }
      cancelled |= best.isEmpty();
      sum += term.times() * (best.isPresent() ? best.getAsDouble() : cut.orElseThrow());
    }
    double ratio = own.orElseThrow() / sum;
    Answer answer = ratio <= limit ? Answer.REACHED : cancelled ? Answer.UNKNOWN : Answer.MISSED;
    return new Verdict(text(), limit, ratio, cancelled, answer);
  }

  private String text() {
    String sum = against.stream().map(Term::text).collect(Collectors.joining(" + "));
    return "%s ≤ %s × %s"
        .formatted(
            Formulations.TIDEMARK,
            limit,
            against.size() > 1 ? "(" + sum + ")" : sum.contains(" ") ? sum : "best of " + sum);
  }
}
