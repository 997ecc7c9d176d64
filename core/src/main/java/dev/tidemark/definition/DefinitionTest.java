package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A test of a view or training set, written beside the definitions.
 *
 * @param name what it holds
 * @param of what is tested
 * @param given rows in the place of sources and transformations
 * @param expect keys, {@link #AS_OF} and expected features
 */
public record DefinitionTest(
    String name, Reference of, List<Given> given, List<Cells> expect, Origin origin) {

  /** The cell of an expected row that says as of when it is expected: T. */
  public static final String AS_OF = "as-of";

  /**
   * Rows of one source or transformation.
   *
   * @param of whose they are; null: of the only one that is read by what is tested
   */
  public record Given(@Nullable Reference of, List<Cells> rows, Origin origin) {
    public Given {
      rows = List.copyOf(rows);
    }
  }

  /** One row, as far as it is written. */
  public record Cells(List<Cell> cells, Origin origin) {
    public Cells {
      cells = List.copyOf(cells);
    }

    /** The cell of a column, upper and lower case alike. */
    public Optional<Cell> cell(String column) {
      return cells.stream().filter(cell -> cell.column().equalsIgnoreCase(column)).findFirst();
    }
  }

  /**
   * One value.
   *
   * @param value a text, which a number or boolean is as well, just as it is written; a list or a
   *     map of values; or null
   */
  public record Cell(String column, @Nullable Object value, Origin origin) {}

  public DefinitionTest {
    given = List.copyOf(given);
    expect = List.copyOf(expect);
  }

  /** A value as {@link Cell} has it. */
  static @Nullable Object value(Node node) {
    if (node.isNull()) {
      return null;
    }
    if (node.isList()) {
      List<@Nullable Object> values = new ArrayList<>();
      node.elements().forEach(element -> values.add(value(element)));
      return Collections.unmodifiableList(values);
    }
    if (node.isObject()) {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      node.cells().forEach(cell -> values.put(cell.name(), value(cell)));
      return Collections.unmodifiableMap(values);
    }
    return node.text();
  }
}
