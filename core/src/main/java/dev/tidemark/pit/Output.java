package dev.tidemark.pit;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One column to be looked up. Expressions are Spark SQL over the columns of the lookup's events.
 */
public sealed interface Output permits Output.Latest, Output.Windowed {

  /** The output column's name. */
  String name();

  <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed);

  /**
   * The value of the newest visible event; of the expression's type.
   *
   * @param value a row-level expression
   * @param where events for which it is not true are passed over; null: none
   * @param ttlMicros only events later than T − ttl; null: however old
   * @param ignoreNulls true: events whose value is null are passed over, deleted ones not
   */
  record Latest(
      String name,
      String value,
      @Nullable String where,
      @Nullable Long ttlMicros,
      boolean ignoreNulls)
      implements Output {
    @Override
    public <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed) {
      return latest.apply(this);
    }
  }

  /**
   * An aggregate over the visible events in (T − window, T], or [T − window, T) where the lookup is
   * exclusive; of the aggregate's type, or a map of it.
   *
   * @param aggregate an expression of aggregate functions
   * @param where events for which it is not true are not aggregated; null: all are
   * @param by a row-level expression; the column is then a map from its values to the aggregate
   *     over the events that have it, and an empty map where there are none. Events where it is
   *     null are in no entry.
   * @param windowMicros the window's length; null: unbounded
   * @param whenEmpty a constant expression in place of the aggregate over no events; null: what
   *     Spark's aggregate gives
   */
  record Windowed(
      String name,
      String aggregate,
      @Nullable String where,
      @Nullable String by,
      @Nullable Long windowMicros,
      @Nullable String whenEmpty)
      implements Output {
    @Override
    public <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed) {
      return windowed.apply(this);
    }
  }
}
