package dev.tidemark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Datasets from text and as text.
 *
 * <pre>
 * k bigint | event_time timestamp | v double
 * 1        | 2024-01-01T00:00:00Z | 5
 * 2        | null                 | null
 * </pre>
 *
 * The header names columns, each with its Spark SQL type. {@code null} is null; {@code ''} is the
 * empty string. Maps and arrays are written as Spark's {@code from_json} reads them. Comparing
 * ignores the order of rows, minds duplicates, and shows both tables where they differ.
 */
public final class TextTable {
  private TextTable() {}

  /** The Dataset that a text table says, in two partitions. */
  public static Dataset<Row> parse(SparkSession session, String text) {
    List<List<String>> lines =
        text.lines().filter(line -> !line.isBlank()).map(TextTable::cells).toList();
    List<String> header = lines.get(0);
    StructType strings = new StructType();
    for (String column : header) {
      strings = strings.add(nameOf(column), "string");
    }
    List<Row> rows = new ArrayList<>();
    for (List<String> cells : lines.subList(1, lines.size())) {
      assertThat(cells).as("cells under %s", header).hasSameSizeAs(header);
      rows.add(
          org.apache.spark.sql.RowFactory.create(cells.stream().map(TextTable::text).toArray()));
    }
    Dataset<Row> raw = session.createDataFrame(rows, strings);
    return raw.select(
            header.stream()
                .map(column -> typed(nameOf(column), typeOf(column)))
                .toArray(org.apache.spark.sql.Column[]::new))
        .repartition(2);
  }

  /**
   * Fails, with both tables in full, unless the Dataset's columns in order and its rows in any
   * order are those of the text.
   */
  public static void assertRows(Dataset<Row> actual, String expected) {
    List<List<String>> lines =
        expected.lines().filter(line -> !line.isBlank()).map(TextTable::cells).toList();
    List<String> names = lines.get(0).stream().map(TextTable::nameOf).toList();
    assertThat(Arrays.asList(actual.columns())).as("columns").isEqualTo(names);
    List<List<String>> rows = lines.subList(1, lines.size());
    assertThat(render(names, sorted(rowsOf(actual)))).isEqualTo(render(names, sorted(rows)));
  }

  /**
   * Fails unless two Datasets have the same columns in order, types and rows, duplicates counted.
   */
  public static void assertSame(Dataset<Row> actual, Dataset<Row> expected) {
    assertThat(Arrays.asList(actual.columns())).isEqualTo(Arrays.asList(expected.columns()));
    for (int i = 0; i < actual.columns().length; i++) {
      assertThat(actual.schema().fields()[i].dataType().sql())
          .as("type of %s", actual.columns()[i])
          .isEqualTo(expected.schema().fields()[i].dataType().sql());
    }
    List<String> names = Arrays.asList(actual.columns());
    assertThat(render(names, sorted(rowsOf(actual))))
        .isEqualTo(render(names, sorted(rowsOf(expected))));
  }

  /** The rows as an aligned text table, sorted. */
  public static String format(Dataset<Row> rows) {
    return render(Arrays.asList(rows.columns()), sorted(rowsOf(rows)));
  }

  private static org.apache.spark.sql.Column typed(String name, String type) {
    org.apache.spark.sql.Column column = functions.col("`" + name + "`");
    boolean nested =
        type.startsWith("map") || type.startsWith("array") || type.startsWith("struct");
    return (nested
            ? functions.from_json(column, org.apache.spark.sql.types.DataType.fromDDL(type))
            : column.cast(type))
        .as(name);
  }

  private static @Nullable String text(String cell) {
    return switch (cell) {
      case "null" -> null;
      case "''" -> "";
      default -> cell;
    };
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.strip().split("\\|", -1)).map(String::strip).toList();
  }

  private static String nameOf(String column) {
    int space = column.indexOf(' ');
    return space < 0 ? column : column.substring(0, space);
  }

  private static String typeOf(String column) {
    int space = column.indexOf(' ');
    assertThat(space).as("a type in the header `%s`", column).isPositive();
    return column.substring(space + 1).strip();
  }

  private static List<List<String>> rowsOf(Dataset<Row> dataset) {
    List<List<String>> rows = new ArrayList<>();
    StructField[] fields = dataset.schema().fields();
    for (Row row : dataset.collectAsList()) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < fields.length; i++) {
        cells.add(show(row.get(i), fields[i].dataType()));
      }
      rows.add(cells);
    }
    return rows;
  }

  private static String show(@Nullable Object value, org.apache.spark.sql.types.DataType type) {
    if (value == null) {
      return "null";
    }
    if (value instanceof Timestamp timestamp) {
      return timestamp.toInstant().toString();
    }
    if (value instanceof Instant || value instanceof LocalDateTime) {
      return value.toString();
    }
    if (value instanceof Double number) {
      // 5 rather than 5.0, as tables are written by hand.
      return number == Math.rint(number) && Math.abs(number) < 1e15
          ? String.valueOf(number.longValue())
          : number.toString();
    }
    if (value instanceof BigDecimal number) {
      return number.toPlainString();
    }
    if (value instanceof String string) {
      return string.isEmpty() ? "''" : string;
    }
    if (value instanceof scala.collection.Map<?, ?> map && type instanceof MapType mapType) {
      TreeMap<String, String> entries = new TreeMap<>();
      scala.jdk.javaapi.CollectionConverters.asJava(map)
          .forEach((k, v) -> entries.put(show(k, mapType.keyType()), show(v, mapType.valueType())));
      return entries.toString();
    }
    if (value instanceof scala.collection.Seq<?> seq && type instanceof ArrayType arrayType) {
      return scala.jdk.javaapi.CollectionConverters.asJava(seq).stream()
          .map(element -> show(element, arrayType.elementType()))
          .toList()
          .toString();
    }
    return value.toString();
  }

  private static List<List<String>> sorted(List<List<String>> rows) {
    return rows.stream().sorted((a, b) -> a.toString().compareTo(b.toString())).toList();
  }

  private static String render(List<String> names, List<List<String>> rows) {
    int[] widths = names.stream().mapToInt(String::length).toArray();
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder out = new StringBuilder();
    line(out, names, widths);
    rows.forEach(row -> line(out, row, widths));
    return out.toString();
  }

  private static void line(StringBuilder out, List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(i == 0 ? "" : " | ").append(cells.get(i));
      line.append(" ".repeat(widths[i] - cells.get(i).length()));
    }
    out.append(line.toString().stripTrailing()).append('\n');
  }
}
