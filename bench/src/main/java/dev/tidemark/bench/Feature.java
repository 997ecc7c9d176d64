package dev.tidemark.bench;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** A column that a workload asks for, in terms that every rival understands. */
sealed interface Feature permits Feature.Latest, Feature.Windowed {
  /** What the workloads aggregate with. All are exact but the sum, which may differ by rounding. */
  enum Aggregate {
    SUM,
    COUNT,
    MIN,
    MAX;

    String of(String column) {
      return name().toLowerCase(java.util.Locale.ROOT) + "(" + column + ")";
    }
  }

  /** The output column's name. */
  String name();

  /** The column of the events that it needs. */
  String column();

  <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed);

  /** Whether two correct engines may differ in the last digits. */
  default boolean isRounded() {
    return match(latest -> false, windowed -> windowed.aggregate() == Aggregate.SUM);
  }

  /** The value of the newest event up to T. */
  record Latest(String name, String column) implements Feature {
    @Override
    public <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed) {
      return latest.apply(this);
    }
  }

  /** An aggregate over the events in (T − days, T]. */
  record Windowed(String name, Aggregate aggregate, String column, int days) implements Feature {
    @Override
    public <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed) {
      return windowed.apply(this);
    }

    long micros() {
      return days * 86_400_000_000L;
    }
  }

  /** Every aggregate over every window. */
  static List<Feature> windows(
      String prefix, String column, List<Integer> days, List<Aggregate> aggregates) {
    return days.stream()
        .flatMap(
            length ->
                aggregates.stream()
                    .map(
                        aggregate ->
                            (Feature)
                                new Windowed(
                                    prefix
                                        + aggregate.name().toLowerCase(java.util.Locale.ROOT)
                                        + "_"
                                        + length
                                        + "d",
                                    aggregate,
                                    column,
                                    length)))
        .toList();
  }

  /** The windows among features. */
  static Stream<Windowed> windowed(List<Feature> features) {
    return features.stream()
        .flatMap(feature -> feature.match(latest -> Stream.of(), windowed -> Stream.of(windowed)));
  }
}
