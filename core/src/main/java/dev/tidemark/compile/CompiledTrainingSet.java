package dev.tidemark.compile;

import dev.tidemark.definition.Problem;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A training set as Datasets; nothing has run.
 *
 * @param rows the training set: columns as its definition orders them, one row a spine row
 * @param counts one row of {@link #SPINE_ROWS}, {@link #NULL_TIMES} and {@link #LEFT_OUT}, all
 *     {@code bigint}; cheap, since nothing is joined
 * @param shared parts of {@code rows} that it uses more than once: whoever runs it does well to
 *     keep them meanwhile
 * @param warnings what is strange but not wrong
 */
public record CompiledTrainingSet(
    Dataset<Row> rows, Dataset<Row> counts, List<Dataset<Row>> shared, List<Problem> warnings) {

  /** How many rows the spine has, that is the training set must have. */
  public static final String SPINE_ROWS = "spine_rows";

  /** How many more rows have no T: an error if there are any. */
  public static final String NULL_TIMES = "null_times";

  /** How many more rows are left out, since their label is not known at the as-of time. */
  public static final String LEFT_OUT = "left_out";

  public CompiledTrainingSet {
    shared = List.copyOf(shared);
    warnings = List.copyOf(warnings);
  }
}
