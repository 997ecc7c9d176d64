package dev.tidemark.definition;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One condition that rows must meet before they are committed: one key of a {@code gates} block.
 *
 * @param kind what is asked
 * @param column the output column it is asked of; null: of the rows as a whole
 * @param min the least that passes, or null
 * @param max the greatest that passes, or null
 * @param names of {@code IN} the values that are allowed, of {@code UNIQUE_BY} the columns; else
 *     none
 * @param age of {@code FRESHNESS} the greatest that passes; else null
 * @param reference of {@code DRIFT} the manifest to compare with, a path or URI; else null
 * @param eachSplit of {@code RATE}: asked of train, validation and test apart
 * @param warns true: rows that don't pass are committed all the same, with a warning
 * @param origin where the key is
 */
public record Gate(
    Kind kind,
    @Nullable String column,
    @Nullable BigDecimal min,
    @Nullable BigDecimal max,
    List<Named> names,
    @Nullable Span age,
    @Nullable Named reference,
    boolean eachSplit,
    boolean warns,
    Origin origin) {

  /** What is asked, in the order of the reference. */
  public enum Kind {
    /** Of the number of rows. */
    ROWS("rows"),
    /** Of the number of rows against that of the commit before: (now - before) / before. */
    CHANGE("change"),
    /** That no two rows are equal in some columns. */
    UNIQUE_BY("unique-by"),
    /** Of every value of a column. */
    RANGE("range"),
    /** Of a column's share of nulls. */
    NULLS("nulls"),
    /** That a column has no other values than these. */
    IN("in"),
    /** That a column has no value twice. */
    UNIQUE("unique"),
    /** Of how old a column's newest time is. */
    FRESHNESS("freshness"),
    /** Of the share of a column's values that are true, or more than 0. */
    RATE("rate"),
    /** Of how far a column's distribution is from that of other rows. */
    DRIFT("drift"),
    /** Of how well one other column alone ranks a label. */
    LEAKAGE("leakage");

    private final String key;

    Kind(String key) {
      this.key = key;
    }
  }

  public Gate {
    names = List.copyOf(names);
  }

  /** Its path in the definition, such as {@code spend_7d.nulls} or {@code rows.min}. */
  public String name() {
    boolean bound = kind == Kind.ROWS || kind == Kind.RANGE;
    return (column == null ? "rows" : column)
        + "."
        + (bound ? (min == null ? "max" : "min") : kind.key);
  }
}
