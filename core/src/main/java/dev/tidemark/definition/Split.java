package dev.tidemark.definition;

import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How rows are divided into {@code train}, {@code validation} and {@code test}, in a last column
 * {@code split}.
 */
public sealed interface Split permits Split.ByTime, Split.ByEntity, Split.ByRandom {

  Origin origin();

  <R> R match(
      Function<ByTime, R> byTime, Function<ByEntity, R> byEntity, Function<ByRandom, R> byRandom);

  /**
   * By T. Rows closer than {@code embargo} before a boundary are {@code embargo}: [boundary −
   * embargo, boundary).
   *
   * @param validationFrom first instant of validation; null: there is no validation
   * @param testFrom first instant of test; null: there is no test
   */
  record ByTime(
      @Nullable Instant validationFrom,
      @Nullable Instant testFrom,
      @Nullable Span embargo,
      Origin origin)
      implements Split {
    @Override
    public <R> R match(
        Function<ByTime, R> byTime,
        Function<ByEntity, R> byEntity,
        Function<ByRandom, R> byRandom) {
      return byTime.apply(this);
    }
  }

  /**
   * By a hash of an entity's keys: all rows of a key are on one side.
   *
   * @param entity which one; null where the training set has only one
   * @param validation share of keys, 0 to 1
   * @param test share of keys, 0 to 1
   */
  record ByEntity(@Nullable Named entity, double validation, double test, long seed, Origin origin)
      implements Split {
    @Override
    public <R> R match(
        Function<ByTime, R> byTime,
        Function<ByEntity, R> byEntity,
        Function<ByRandom, R> byRandom) {
      return byEntity.apply(this);
    }
  }

  /** By a hash of all keys and T: equal rows are on one side, whatever the order of rows. */
  record ByRandom(double validation, double test, long seed, Origin origin) implements Split {
    @Override
    public <R> R match(
        Function<ByTime, R> byTime,
        Function<ByEntity, R> byEntity,
        Function<ByRandom, R> byRandom) {
      return byRandom.apply(this);
    }
  }
}
