package dev.tidemark.oracle;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Aggregates over one column, as SQL defines them. */
public enum Aggregate {
  ROWS {
    @Override
    Object over(List<Map<String, @Nullable Object>> rows, String column) {
      return (long) rows.size();
    }
  },
  COUNT {
    @Override
    Object over(List<Map<String, @Nullable Object>> rows, String column) {
      return (long) Values.present(rows, column).size();
    }
  },
  SUM {
    @Override
    @Nullable Object over(List<Map<String, @Nullable Object>> rows, String column) {
      return sum(Values.present(rows, column));
    }
  },
  MIN {
    @Override
    @Nullable Object over(List<Map<String, @Nullable Object>> rows, String column) {
      List<Object> values = Values.present(rows, column);
      return values.isEmpty() ? null : Collections.min(values, Values::compare);
    }
  },
  MAX {
    @Override
    @Nullable Object over(List<Map<String, @Nullable Object>> rows, String column) {
      List<Object> values = Values.present(rows, column);
      return values.isEmpty() ? null : Collections.max(values, Values::compare);
    }
  },
  /** Of a column of {@code Long} or {@code Double}. */
  MEAN {
    @Override
    @Nullable Object over(List<Map<String, @Nullable Object>> rows, String column) {
      List<Object> values = Values.present(rows, column);
      return sum(values) instanceof Number sum ? sum.doubleValue() / values.size() : null;
    }
  },
  DISTINCT {
    @Override
    Object over(List<Map<String, @Nullable Object>> rows, String column) {
      return (long) new HashSet<>(Values.present(rows, column)).size();
    }
  },
  /** The column's value in the row of greatest {@code seq}. */
  GREATEST_SEQ {
    @Override
    @Nullable Object over(List<Map<String, @Nullable Object>> rows, String column) {
      return rows.stream()
          .max(Values.by(List.of("seq")))
          .flatMap(row -> Optional.ofNullable(row.get(column)))
          .orElse(null);
    }
  },
  /** Whether there is no row. */
  EMPTY {
    @Override
    Object over(List<Map<String, @Nullable Object>> rows, String column) {
      return rows.isEmpty();
    }
  },
  /** Twice the sum of a {@code Long} column, less the number of rows. */
  SCORE {
    @Override
    @Nullable Object over(List<Map<String, @Nullable Object>> rows, String column) {
      return sum(Values.present(rows, column)) instanceof Long sum ? 2 * sum - rows.size() : null;
    }
  },
  /** How many rows have more than 1 in a {@code Long} column. */
  ABOVE_ONE {
    @Override
    Object over(List<Map<String, @Nullable Object>> rows, String column) {
      return Values.present(rows, column).stream()
          .filter(value -> Values.compare(value, 1L) > 0)
          .count();
    }
  },
  /** The value in the middle, the lower of two. */
  MEDIAN {
    @Override
    @Nullable Object over(List<Map<String, @Nullable Object>> rows, String column) {
      List<Object> values = Values.present(rows, column).stream().sorted(Values::compare).toList();
      return values.isEmpty() ? null : values.get((values.size() - 1) / 2);
    }
  },
  /** All texts, sorted, with commas between. */
  TEXTS {
    @Override
    Object over(List<Map<String, @Nullable Object>> rows, String column) {
      return Values.present(rows, column).stream()
          .map(String::valueOf)
          .sorted(Comparator.naturalOrder())
          .collect(Collectors.joining(","));
    }
  };

  /** The aggregate over rows in any order. */
  abstract @Nullable Object over(List<Map<String, @Nullable Object>> rows, String column);

  private static @Nullable Object sum(List<Object> values) {
    if (values.isEmpty()) {
      return null;
    }
    if (values.get(0) instanceof Long) {
      return values.stream().mapToLong(value -> (Long) value).sum();
    }
    if (values.get(0) instanceof Double) {
      double sum = 0;
      for (Object value : values) {
        sum += (Double) value;
      }
      return sum;
    }
    return values.stream().map(BigDecimal.class::cast).reduce(BigDecimal.ZERO, BigDecimal::add);
  }
}
