package dev.tidemark.definition;

import java.util.List;
import java.util.function.Function;

/**
 * Something with rows in time, that feature views, labels and spines read: a source, or a
 * transformation used as one.
 */
public sealed interface Rows extends Resource permits Source, Transformation {
  ResourceName ref();

  /** When its rows happened and when they could be known. */
  TimeRules time();

  /** What is said of some of its columns. */
  List<ColumnNote> columns();

  /** One function a kind. */
  <R> R match(Function<Source, R> source, Function<Transformation, R> transformation);
}
