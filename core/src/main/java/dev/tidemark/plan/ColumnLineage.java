package dev.tidemark.plan;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What columns are made of, through all resources of a project.
 *
 * @param columns every column that is known, with what it is made of itself; one that is read and
 *     not made has no origins
 */
public record ColumnLineage(SortedMap<ColumnRef, Origins> columns) {

  /**
   * What one column is made of.
   *
   * @param values columns whose values go into its own
   * @param conditions columns that decide which rows count: in WHERE, JOIN ON, GROUP BY, or as a
   *     key or a time
   * @param how in what way each of them enters, as far as that is known
   */
  public record Origins(
      SortedSet<ColumnRef> values,
      SortedSet<ColumnRef> conditions,
      SortedMap<ColumnRef, Set<How>> how) {
    /** Of a column that is read as it is. */
    public static final Origins NONE = new Origins(new TreeSet<>(), new TreeSet<>());

    public Origins {
      values = Collections.unmodifiableSortedSet(new TreeSet<>(values));
      conditions = Collections.unmodifiableSortedSet(new TreeSet<>(conditions));
      SortedMap<ColumnRef, Set<How>> copy = new TreeMap<>();
      how.forEach((column, ways) -> copy.put(column, Set.copyOf(ways)));
      how = Collections.unmodifiableSortedMap(copy);
    }

    /** Of which it is not known how they enter. */
    public Origins(SortedSet<ColumnRef> values, SortedSet<ColumnRef> conditions) {
      this(values, conditions, new TreeMap<>());
    }
  }

  /** In what way a column enters another. */
  public enum How {
    /** Its values are taken as they are. */
    IDENTITY,
    /** Its values are computed with, row by row. */
    TRANSFORMATION,
    /** Its values are aggregated. */
    AGGREGATION,
    /** Rows are found by it. */
    JOIN,
    /** Rows count or do not by it. */
    FILTER,
    /** Rows are put together by it. */
    GROUP_BY,
    /** It tells which rows are in a window. */
    WINDOW,
    /** It tells which row is the latest, or the order. */
    SORT;

    /** True if values enter; false if it only decides about rows. */
    public boolean isOfValues() {
      return this == IDENTITY || this == TRANSFORMATION || this == AGGREGATION;
    }
  }

  public ColumnLineage {
    columns = Collections.unmodifiableSortedMap(new TreeMap<>(columns));
  }

  /** What is known of a column; nothing of one that is not. */
  public Origins of(ColumnRef column) {
    return columns.getOrDefault(column, Origins.NONE);
  }

  /** The columns of a resource, by name. */
  public SortedSet<ColumnRef> of(String resource) {
    SortedSet<ColumnRef> found = new TreeSet<>();
    for (ColumnRef column : columns.tailMap(new ColumnRef(resource, "")).keySet()) {
      if (!column.resource().equals(resource)) {
        break;
      }
      found.add(column);
    }
    return found;
  }

  /** All columns whose values go into a column's, however far up; without itself. */
  public SortedSet<ColumnRef> upstream(ColumnRef column) {
    SortedSet<ColumnRef> found = new TreeSet<>();
    Deque<ColumnRef> open = new ArrayDeque<>(of(column).values());
    while (!open.isEmpty()) {
      ColumnRef next = open.remove();
      if (found.add(next)) {
        open.addAll(of(next).values());
      }
    }
    return found;
  }

  /** The columns into whose values a column goes directly. */
  public SortedSet<ColumnRef> users(ColumnRef column) {
    SortedSet<ColumnRef> found = new TreeSet<>();
    columns.forEach(
        (user, origins) -> {
          if (origins.values().contains(column)) {
            found.add(user);
          }
        });
    return found;
  }
}
