package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The columns of rows beside those of the table that they go to. */
final class Columns {
  private Columns() {}

  /** Names with types. */
  static List<String> names(StructType schema) {
    return Arrays.stream(schema.fields())
        .map(field -> field.name() + " " + field.dataType().asNullable().sql())
        .toList();
  }

  /**
   * What a table lacks.
   *
   * @throws SchemaChangedException if it has a column of another type
   */
  static StructType added(String table, StructType known, StructType rows) {
    Map<String, StructField> before = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (StructField field : known.fields()) {
      before.put(field.name(), field);
    }
    StructType added = new StructType();
    for (StructField field : rows.asNullable().fields()) {
      StructField old = before.get(field.name());
      if (old == null) {
        added = added.add(field);
      } else if (!old.dataType().asNullable().equals(field.dataType())) {
        throw new SchemaChangedException(
            table, field.name(), old.dataType().sql(), field.dataType().sql());
      }
    }
    return added;
  }

  /** A name in SQL. */
  static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  /** Rows with a table's columns in their order; what they lack is null. */
  static Dataset<Row> aligned(Dataset<Row> rows, StructType table) {
    List<String> known = List.of(rows.columns());
    Column[] columns =
        Arrays.stream(table.fields())
            .map(
                field ->
                    known.stream().anyMatch(field.name()::equalsIgnoreCase)
                        ? col(quoted(field.name()))
                        : lit(null).cast(field.dataType()).as(field.name()))
            .toArray(Column[]::new);
    return rows.select(columns);
  }
}
