package dev.tidemark.definition;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a feature view computes under one name: one column, or one a window. */
public sealed interface Feature permits Feature.Latest, Feature.Windowed {

  String name();

  /** Its description and tags; it has no owner and no properties of its own. */
  About about();

  Origin origin();

  /** The output columns, in order. */
  List<String> columns();

  <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed);

  /**
   * The latest visible value as of T.
   *
   * @param value a row-level expression over the source's columns
   * @param where rows for which it is not true are not seen by this feature
   * @param ignoreNulls true: rows whose value is null are passed over
   */
  record Latest(
      String name, Sql value, @Nullable Sql where, boolean ignoreNulls, About about, Origin origin)
      implements Feature {
    @Override
    public List<String> columns() {
      return List.of(name);
    }

    @Override
    public <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed) {
      return latest.apply(this);
    }
  }

  /**
   * An aggregate over windows that end at T; one column {@code name_window} a window.
   *
   * @param aggregate an expression of Spark aggregates over the source's columns
   * @param windows at least one, in the order written
   * @param where rows for which it is not true are not aggregated by this feature
   * @param by if given, the column is a map from this expression's values to the aggregate over the
   *     rows that have it; rows where it is null are in no entry
   * @param whenEmpty a literal in place of the aggregate where no row is in the window
   */
  record Windowed(
      String name,
      Sql aggregate,
      List<Window> windows,
      @Nullable Sql where,
      @Nullable Sql by,
      @Nullable Sql whenEmpty,
      About about,
      Origin origin)
      implements Feature {

    public Windowed {
      windows = List.copyOf(windows);
    }

    @Override
    public List<String> columns() {
      return windows.stream().map(this::column).toList();
    }

    /** The output column of one window: {@code spend_7d}, {@code first_seen_unbounded}. */
    public String column(Window window) {
      return name + "_" + window.suffix();
    }

    @Override
    public <R> R match(Function<Latest, R> latest, Function<Windowed, R> windowed) {
      return windowed.apply(this);
    }
  }
}
