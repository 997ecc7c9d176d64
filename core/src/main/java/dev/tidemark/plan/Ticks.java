package dev.tidemark.plan;

import dev.tidemark.definition.Materialize;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The instants at which a view is materialized: the first, and every so often from there on.
 *
 * @param every at least a microsecond
 */
public record Ticks(Instant first, Duration every) {

  /**
   * A view's.
   *
   * @throws IllegalArgumentException if it has no `materialize`
   */
  public static Ticks of(ResolvedView view) {
    Materialize materialize = view.view().materialize();
    if (materialize == null) {
      throw new IllegalArgumentException(view.view().ref() + " is not materialized");
    }
    return new Ticks(materialize.start(), materialize.every().duration());
  }

  /**
   * The intervals of those ticks that are the latest at some instant of a span, in order; none
   * where the span ends before the first tick.
   *
   * @param from the first instant of the span
   * @param to the last, not before {@code from}
   */
  public List<Interval> latestAt(Instant from, Instant to) {
    List<Interval> intervals = new ArrayList<>();
    Instant tick =
        from.isBefore(first)
            ? first
            : first.plus(every.multipliedBy(Duration.between(first, from).dividedBy(every)));
    for (; !tick.isAfter(to); tick = tick.plus(every)) {
      intervals.add(new Interval(tick, tick.plus(every)));
    }
    return intervals;
  }
}
