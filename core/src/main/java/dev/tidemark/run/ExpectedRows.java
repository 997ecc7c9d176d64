package dev.tidemark.run;

import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Holds the rows that there are against those that are expected. Order makes no difference; rows
 * are told apart by their keys and time, and columns that an expected row does not name may be
 * anything.
 *
 * <p>Floating point numbers are the same up to a billionth of them, since 0.1 + 0.2 is not 0.3; all
 * else is the same or not.
 */
final class ExpectedRows {
  private static final double TOLERANCE = 1e-9;

  private final List<String> keys;
  private final List<Map<String, @Nullable Object>> expected;

  ExpectedRows(List<String> keys, List<Map<String, @Nullable Object>> expected) {
    this.keys = keys;
    this.expected = expected.stream().map(ExpectedRows::plainRow).toList();
  }

  /** Keys and time, and every column that some row expects. */
  List<String> columns() {
    Set<String> columns = new LinkedHashSet<>(keys);
    expected.forEach(row -> columns.addAll(row.keySet()));
    return List.copyOf(columns);
  }

  /** What differs, in the order of the expected rows; then what was not expected. */
  List<TestOutcome.Difference> differences(List<Row> actual) {
    List<Map<String, @Nullable Object>> left = new ArrayList<>();
    actual.forEach(row -> left.add(plainRow(row)));
    List<Integer> unmatched = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      Map<String, @Nullable Object> row = expected.get(i);
      if (!take(left, found -> differing(row, found).isEmpty())) {
        unmatched.add(i);
      }
    }
    List<TestOutcome.Difference> differences = new ArrayList<>();
    for (int i : unmatched) {
      Map<String, @Nullable Object> row = expected.get(i);
      Map<String, @Nullable Object> nearest =
          left.stream()
              .filter(found -> keys.stream().allMatch(key -> same(row.get(key), found.get(key))))
              .min((a, b) -> differing(row, a).size() - differing(row, b).size())
              .orElse(null);
      left.remove(nearest);
      differences.add(
          difference(
              nearest == null ? TestOutcome.Kind.MISSING : TestOutcome.Kind.DIFFERENT,
              row,
              nearest));
    }
    for (Map<String, @Nullable Object> row : left) {
      differences.add(difference(TestOutcome.Kind.UNEXPECTED, null, row));
    }
    return differences;
  }

  private static boolean take(
      List<Map<String, @Nullable Object>> rows,
      java.util.function.Predicate<Map<String, @Nullable Object>> which) {
    for (int i = 0; i < rows.size(); i++) {
      if (which.test(rows.get(i))) {
        rows.remove(i);
        return true;
      }
    }
    return false;
  }

  private static Set<String> differing(
      Map<String, @Nullable Object> expected, Map<String, @Nullable Object> actual) {
    Set<String> columns = new HashSet<>();
    expected.forEach(
        (column, value) -> {
          if (!same(value, actual.get(column))) {
            columns.add(column);
          }
        });
    return columns;
  }

  private TestOutcome.Difference difference(
      TestOutcome.Kind kind,
      @Nullable Map<String, @Nullable Object> row,
      @Nullable Map<String, @Nullable Object> found) {
    List<TestOutcome.Cell> cells = new ArrayList<>();
    for (String column : columns()) {
      Object wanted = row == null ? null : row.get(column);
      Object there = found == null ? null : found.get(column);
      boolean differs =
          row != null && found != null && row.containsKey(column) && !same(wanted, there);
      cells.add(new TestOutcome.Cell(text(wanted), text(there), differs));
    }
    return new TestOutcome.Difference(kind, cells);
  }

  static boolean same(@Nullable Object expected, @Nullable Object actual) {
    if (expected instanceof Double || expected instanceof Float) {
      return actual instanceof Number number
          && near(((Number) expected).doubleValue(), number.doubleValue());
    }
    if (expected instanceof BigDecimal number) {
      return actual instanceof BigDecimal other && number.compareTo(other) == 0;
    }
    if (expected instanceof List<?> list) {
      return actual instanceof List<?> other
          && list.size() == other.size()
          && java.util.stream.IntStream.range(0, list.size())
              .allMatch(i -> same(list.get(i), other.get(i)));
    }
    if (expected instanceof Map<?, ?> map) {
      return actual instanceof Map<?, ?> other
          && map.size() == other.size()
          && map.entrySet().stream()
              .allMatch(
                  entry ->
                      other.containsKey(entry.getKey())
                          && same(entry.getValue(), other.get(entry.getKey())));
    }
    return Objects.equals(expected, actual);
  }

  private static boolean near(double expected, double actual) {
    return Double.compare(expected, actual) == 0
        || expected == actual
        || Math.abs(expected - actual)
            <= TOLERANCE * Math.max(Math.abs(expected), Math.abs(actual));
  }

  private static Map<String, @Nullable Object> plainRow(Map<String, @Nullable Object> row) {
    Map<String, @Nullable Object> plain = new LinkedHashMap<>();
    row.forEach((column, value) -> plain.put(column, plain(value)));
    return plain;
  }

  private static Map<String, @Nullable Object> plainRow(Row row) {
    Map<String, @Nullable Object> plain = new LinkedHashMap<>();
    String[] names = row.schema().fieldNames();
    for (int i = 0; i < names.length; i++) {
      plain.put(names[i], plain(row.get(i)));
    }
    return plain;
  }

  /** Of one class for each kind of value, whoever made it; rows are lists, and binary is Base64. */
  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof Timestamp timestamp) {
      return timestamp.toInstant();
    }
    if (value instanceof Date date) {
      return date.toLocalDate();
    }
    if (value instanceof byte[] bytes) {
      return Base64.getEncoder().encodeToString(bytes);
    }
    if (value instanceof Row row) {
      List<@Nullable Object> values = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        values.add(plain(row.get(i)));
      }
      return values;
    }
    if (value instanceof scala.collection.Map<?, ?> map) {
      return plain(CollectionConverters.asJava(map));
    }
    if (value instanceof scala.collection.Seq<?> seq) {
      return plain(CollectionConverters.asJava(seq));
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> plain = new LinkedHashMap<>();
      map.forEach((key, each) -> plain.put(Objects.requireNonNull(plain(key)), plain(each)));
      return plain;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> plain = new ArrayList<>();
      list.forEach(each -> plain.add(plain(each)));
      return plain;
    }
    return value;
  }

  /** As JSON may have it. */
  private static @Nullable Object text(@Nullable Object value) {
    if (value instanceof List<?> list) {
      List<@Nullable Object> texts = new ArrayList<>();
      list.forEach(each -> texts.add(text(each)));
      return texts;
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> texts = new LinkedHashMap<>();
      map.forEach((key, each) -> texts.put(String.valueOf(text(key)), text(each)));
      return texts;
    }
    if (value == null || value instanceof Number || value instanceof Boolean) {
      return value;
    }
    return value.toString();
  }
}
