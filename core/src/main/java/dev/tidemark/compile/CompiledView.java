package dev.tidemark.compile;

import dev.tidemark.definition.Problem;
import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.ResolvedView;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A feature view's values at some ticks; nothing has run.
 *
 * @param rows the entity's keys, {@code event_time} (the tick) and {@code available_time} ({@code
 *     timestamp}), then the view's columns; one row for each key and tick at which the view has
 *     seen anything of the key
 * @param explained {@code rows}, and after them the columns that {@code evidence} names
 * @param evidence why features are null
 * @param warnings what is strange but not wrong
 */
public record CompiledView(
    Dataset<Row> rows,
    Dataset<Row> explained,
    List<NullEvidence> evidence,
    List<Problem> warnings) {

  /** The column that tells when a row could be known. */
  public static final String AVAILABLE_TIME = ResolvedView.AVAILABLE_TIME;

  public CompiledView {
    evidence = List.copyOf(evidence);
    warnings = List.copyOf(warnings);
  }
}
