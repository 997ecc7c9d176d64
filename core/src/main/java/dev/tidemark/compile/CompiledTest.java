package dev.tidemark.compile;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * A test of definitions as Datasets; nothing has run.
 *
 * @param rows what the given rows make: the columns of the training set or, for a view, those of
 *     one that has just it; as few as the test's own rows make
 * @param keys the columns by which rows are told apart: the entities' keys and the event time
 * @param expected rows as they are written: the values of {@code keys}, and of whatever other
 *     columns are named. Each is of the column's type, as {@link Row} has it: instants, local
 *     dates, and what is nested as a list, map or row
 */
public record CompiledTest(
    Dataset<Row> rows, List<String> keys, List<Map<String, @Nullable Object>> expected) {
  public CompiledTest {
    keys = List.copyOf(keys);
    expected = expected.stream().<Map<String, @Nullable Object>>map(LinkedHashMap::new).toList();
  }
}
