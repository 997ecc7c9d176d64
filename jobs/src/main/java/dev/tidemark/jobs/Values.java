package dev.tidemark.jobs;

import java.math.BigDecimal;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** Spark's values as JSON has them, and as text. */
final class Values {
  private Values() {}

  /** A row as an object: its columns in order. */
  static Map<String, @Nullable Object> object(Row row) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    String[] names = row.schema().fieldNames();
    for (int i = 0; i < names.length; i++) {
      fields.put(names[i], plain(row.get(i)));
    }
    return fields;
  }

  /**
   * A value as a string, number, boolean, list or map: times as UTC with a Z, dates and intervals
   * as text, binary as Base64; what JSON has no number for (NaN, infinity) as text.
   */
  static @Nullable Object plain(@Nullable Object value) {
    if (value == null || value instanceof Boolean || value instanceof String) {
      return value;
    }
    if (value instanceof List || value instanceof Map) {
      return value;
    }
    if (value instanceof Timestamp timestamp) {
      return timestamp.toInstant().toString();
    }
    if (value instanceof Double number) {
      return Double.isFinite(number) ? number : number.toString();
    }
    if (value instanceof Float number) {
      // The shortest decimal, not that of the double beside it.
      return Float.isFinite(number) ? new BigDecimal(number.toString()) : number.toString();
    }
    if (value instanceof Number) {
      return value;
    }
    if (value instanceof byte[] bytes) {
      return Base64.getEncoder().encodeToString(bytes);
    }
    if (value instanceof Row row) {
      return object(row);
    }
    if (value instanceof scala.collection.Map<?, ?> map) {
      Map<String, @Nullable Object> entries = new LinkedHashMap<>();
      CollectionConverters.asJava(map).entrySet().stream()
          .map(entry -> Map.entry(String.valueOf(plain(entry.getKey())), entry))
          .sorted(Map.Entry.comparingByKey())
          .forEach(entry -> entries.put(entry.getKey(), plain(entry.getValue().getValue())));
      return entries;
    }
    if (value instanceof scala.collection.Seq<?> seq) {
      List<@Nullable Object> elements = new ArrayList<>();
      CollectionConverters.asJava(seq).forEach(element -> elements.add(plain(element)));
      return elements;
    }
    return value.toString();
  }

  /** A value in a cell: as in JSON, but text without quotes, and decimals with all their digits. */
  static String cell(@Nullable Object value) {
    Object plain = plain(value);
    if (plain == null) {
      return "null";
    }
    if (plain instanceof BigDecimal number) {
      return number.toPlainString();
    }
    return plain instanceof Map || plain instanceof List ? Summary.line(plain) : plain.toString();
  }

  /** A row as a line of CSV (RFC 4180): null is nothing, the empty string is two quotes. */
  static String csv(Row row) {
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      cells.add(row.isNullAt(i) ? "" : quoted(cell(row.get(i))));
    }
    return String.join(",", cells);
  }

  /** A header or cell of CSV, in quotes where it needs them. */
  static String quoted(String text) {
    boolean plain =
        !text.isEmpty()
            && text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
