package dev.tidemark.store;

import java.util.List;

/**
 * How the rows of a table are arranged for those who read some of them.
 *
 * @param columns by which they are sorted or clustered, the most telling first; a table that lacks
 *     one of them is arranged by the others
 * @param partitioned true: of a view, whose table is partitioned by time and key as well
 */
public record Arrangement(List<String> columns, boolean partitioned) {
  public Arrangement {
    columns = List.copyOf(columns);
  }
}
