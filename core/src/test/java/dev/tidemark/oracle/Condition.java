package dev.tidemark.oracle;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of a row.
 *
 * @param constant what the column is compared with; unused by {@link Comparison#MISSING}
 */
public record Condition(String column, Comparison comparison, Object constant) {

  /** How a cell is compared; a null cell is neither greater nor equal. */
  public enum Comparison {
    GREATER,
    EQUAL,
    MISSING
  }

  /** Whether the condition is true; unknown is not. */
  boolean holds(Map<String, @Nullable Object> row) {
    Object cell = row.get(column);
    return switch (comparison) {
      case GREATER -> cell != null && Values.compare(cell, constant) > 0;
      case EQUAL -> cell != null && Values.compare(cell, constant) == 0;
      case MISSING -> cell == null;
    };
  }
}
