package dev.tidemark.plan;

import dev.tidemark.definition.Selection;
import java.util.List;

/**
 * What a training set takes from one view under one role and lag.
 *
 * @param spineColumns for each of the view's keys, in order, the spine column that must equal it: a
 *     key's name in the training set, or, for a role, a column of the spine's source
 * @param columns the view's output columns that are taken, and their names in the training set
 * @param materialized true: the values are those of the view's offline table
 */
public record ResolvedSelection(
    Selection selection,
    ResolvedView view,
    List<SpineColumn> spineColumns,
    List<Taken> columns,
    boolean materialized) {

  /**
   * Where a spine row holds a key.
   *
   * @param name a column of the spine's source, if {@code role}; otherwise a key column of the
   *     training set
   */
  public record SpineColumn(String name, boolean role) {}

  /** A column of a view and the training set's name for it. */
  public record Taken(String column, String as) {}

  public ResolvedSelection {
    spineColumns = List.copyOf(spineColumns);
    columns = List.copyOf(columns);
  }
}
