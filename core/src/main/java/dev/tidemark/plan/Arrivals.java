package dev.tidemark.plan;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What came to the sources of a view after an interval was computed. */
public sealed interface Arrivals permits Arrivals.None, Arrivals.Untold, Arrivals.Rows {

  <R> R match(Function<None, R> none, Function<Untold, R> untold, Function<Rows, R> rows);

  /** True if the values at a tick may be others now. */
  boolean mayReach(Instant tick);

  /** Nothing: the sources are as they were. */
  record None() implements Arrivals {
    @Override
    public <R> R match(Function<None, R> none, Function<Untold, R> untold, Function<Rows, R> rows) {
      return none.apply(this);
    }

    @Override
    public boolean mayReach(Instant tick) {
      return false;
    }
  }

  /**
   * Something, and it can't be told which ticks it reaches.
   *
   * @param why in words, such as {@code sources.payments.v1 has changed, and ...}
   */
  record Untold(String why) implements Arrivals {
    @Override
    public <R> R match(Function<None, R> none, Function<Untold, R> untold, Function<Rows, R> rows) {
      return untold.apply(this);
    }

    @Override
    public boolean mayReach(Instant tick) {
      return true;
    }
  }

  /**
   * Rows that were added, and none that was changed or taken away.
   *
   * @param source whose they are, in words
   * @param count how many
   * @param visibleFrom the earliest instant at which one of them is visible
   * @param latestEvent the greatest event time of them; null: they reach all later ticks
   * @param lookBack how far back the view looks; null: without bound
   */
  record Rows(
      String source,
      long count,
      Instant visibleFrom,
      @Nullable Instant latestEvent,
      @Nullable Duration lookBack)
      implements Arrivals {
    @Override
    public <R> R match(Function<None, R> none, Function<Untold, R> untold, Function<Rows, R> rows) {
      return rows.apply(this);
    }

    @Override
    public boolean mayReach(Instant tick) {
      boolean visible = !tick.isBefore(visibleFrom);
      // An event at T - w is in the window of an exclusive view, so the bound counts.
      boolean inWindow =
          latestEvent == null || lookBack == null || !tick.isAfter(latestEvent.plus(lookBack));
      return visible && inWindow;
    }
  }
}
