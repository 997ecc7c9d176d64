package dev.tidemark.compile;

import dev.tidemark.definition.Problem;
import dev.tidemark.pit.TimeRange;
import dev.tidemark.plan.NullEvidence;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * A training set as Datasets; nothing has run.
 *
 * @param joined the training set: columns as its definition orders them, one row a spine row
 * @param explained {@code joined}, and after it the columns that {@code evidence} names
 * @param evidence why features are null
 * @param counts one row of {@link #SPINE_ROWS}, {@link #NULL_TIMES}, {@link #LEFT_OUT}, {@link
 *     #FIRST_TIME} and {@link #LAST_TIME}, all {@code bigint}; cheap, since nothing is joined
 * @param shared parts of {@code rows} that it uses more than once: whoever runs it does well to
 *     keep them meanwhile
 * @param warnings what is strange but not wrong
 */
public record CompiledTrainingSet(
    Joined joined,
    Joined explained,
    List<NullEvidence> evidence,
    Dataset<Row> counts,
    List<Dataset<Row>> shared,
    List<Problem> warnings) {

  /** The joined rows. */
  public interface Joined {
    /**
     * Plans the join.
     *
     * @param asked holds all times of the spine; null: they are not known yet
     */
    Dataset<Row> within(@Nullable TimeRange asked);
  }

  /** How many rows the spine has, that is the training set must have. */
  public static final String SPINE_ROWS = "spine_rows";

  /** How many more rows have no T: an error if there are any. */
  public static final String NULL_TIMES = "null_times";

  /** How many more rows are left out, since their label is not known at the as-of time. */
  public static final String LEFT_OUT = "left_out";

  /** The least T of the spine, microseconds; null if it has no rows. */
  public static final String FIRST_TIME = "first_time";

  /** The greatest T of the spine, microseconds; null if it has no rows. */
  public static final String LAST_TIME = "last_time";

  public CompiledTrainingSet {
    evidence = List.copyOf(evidence);
    shared = List.copyOf(shared);
    warnings = List.copyOf(warnings);
  }
}
