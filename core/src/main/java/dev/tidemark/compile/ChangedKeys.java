package dev.tidemark.compile;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.timestamp_micros;

import dev.tidemark.pit.EventColumns;
import java.time.Instant;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The keys of a view whose values may be others at a later T, of the same events.
 *
 * <p>A key's values are a function of the events that are visible, and of which of them are in each
 * span that the view looks back over. Both change only where an event becomes visible, or where one
 * that was visible leaves a span: a key without either has the same values. A correction or a
 * delete is an event that becomes visible, and has the key of what it corrects.
 */
final class ChangedKeys {
  private final ViewEvents view;
  private final long from;
  private final long to;

  /**
   * @param from the earlier T
   * @param to the later one, or the same
   */
  ChangedKeys(ViewEvents view, Instant from, Instant to) {
    this.view = view;
    this.from = SpineRows.micros(from);
    this.to = SpineRows.micros(to);
  }

  /** Under the entity's names; a key may be there several times. */
  Dataset<Row> ofTime() {
    Column changed = visible(to).and(not(visible(from)));
    for (long span : LookBack.spans(view.resolved().view())) {
      changed = changed.or(leaves(span));
    }
    return view.keysOf(view.events().where(changed));
  }

  /**
   * The keys of added events, of those that matter by now.
   *
   * @param added with the columns of the view's events
   */
  Dataset<Row> ofAdded(Dataset<Row> added) {
    return view.keysOf(added.where(visible(to)));
  }

  private Column visible(long time) {
    return view.visibleAt(timestamp_micros(lit(time)));
  }

  /** Both edges count, so that it is right for spans that are open at either. */
  private Column leaves(long span) {
    Column happened = col(EventColumns.EVENT_TIME);
    return coalesce(
        happened
            .geq(timestamp_micros(lit(minus(from, span))))
            .and(happened.leq(timestamp_micros(lit(minus(to, span))))),
        lit(false));
  }

  /** All times are after the year 1 and before the year 10,000; a span may be longer. */
  private static long minus(long time, long span) {
    long earliest = -62_135_596_800_000_000L;
    return time - earliest < span ? earliest : time - span;
  }
}
