package dev.tidemark.oracle;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One feature to be looked up. */
public sealed interface Question permits Question.Latest, Question.Windowed {

  /** The column that is looked at. */
  String column();

  <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed);

  /** The latest value of a column. */
  record Latest(
      String column, @Nullable Condition where, @Nullable Long ttlMicros, boolean ignoreNulls)
      implements Question {
    @Override
    public <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed) {
      return latest.apply(this);
    }
  }

  /** An aggregate over a window, or a map of it from the values of {@code by}. */
  record Windowed(
      Aggregate aggregate,
      String column,
      @Nullable Condition where,
      @Nullable String by,
      @Nullable Long windowMicros,
      @Nullable Object whenEmpty)
      implements Question {
    @Override
    public <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed) {
      return windowed.apply(this);
    }
  }
}
