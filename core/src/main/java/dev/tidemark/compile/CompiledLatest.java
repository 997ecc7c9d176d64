package dev.tidemark.compile;

import dev.tidemark.definition.Problem;
import dev.tidemark.pit.EventColumns;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * The newest values of a view's keys as Datasets; nothing has run.
 *
 * @param rows the entity's keys, {@code event_time} (of the newest event that a value may be made
 *     of) and {@code available_time} (from when on all of them were visible), both {@code
 *     timestamp}, then the view's columns, and last {@link #KEPT}; one row for each key of which
 *     the view sees anything at T
 * @param whole why every row is computed; null if rows of the run before are kept
 * @param shared parts of {@code rows} that it uses more than once
 * @param warnings what is strange but not wrong
 */
public record CompiledLatest(
    Dataset<Row> rows, @Nullable String whole, List<Dataset<Row>> shared, List<Problem> warnings) {

  /** {@code boolean}: the row is that of the run before. */
  public static final String KEPT = EventColumns.RESERVED_PREFIX + "kept";

  public CompiledLatest {
    shared = List.copyOf(shared);
    warnings = List.copyOf(warnings);
  }
}
