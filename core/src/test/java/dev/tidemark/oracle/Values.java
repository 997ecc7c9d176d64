package dev.tidemark.oracle;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The order of cells and of rows. */
final class Values {
  private Values() {}

  /** Null is lowest, NaN is greatest. Both of one type. */
  static int compare(@Nullable Object a, @Nullable Object b) {
    if (a == null || b == null) {
      return Boolean.compare(a != null, b != null);
    }
    if (a instanceof Long x && b instanceof Long y) {
      return x.compareTo(y);
    }
    if (a instanceof Double x && b instanceof Double y) {
      return x.compareTo(y);
    }
    if (a instanceof BigDecimal x && b instanceof BigDecimal y) {
      return x.compareTo(y);
    }
    if (a instanceof String x && b instanceof String y) {
      return x.compareTo(y);
    }
    throw new IllegalArgumentException("of different types: " + a + ", " + b);
  }

  /** Rows by these columns, one after the other. */
  static Comparator<Map<String, @Nullable Object>> by(Collection<String> columns) {
    return (a, b) ->
        columns.stream()
            .mapToInt(column -> compare(a.get(column), b.get(column)))
            .filter(order -> order != 0)
            .findFirst()
            .orElse(0);
  }

  /** The cells of one column that are not null. */
  static List<Object> present(List<Map<String, @Nullable Object>> rows, String column) {
    return rows.stream().<Object>mapMulti((row, sink) -> accept(row.get(column), sink)).toList();
  }

  private static void accept(@Nullable Object cell, Consumer<Object> sink) {
    if (cell != null) {
      sink.accept(cell);
    }
  }
}
