package dev.tidemark.pit;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * What is looked up in the events of one feature view, for every row of the spine.
 *
 * @param title names it in plans and errors, such as {@code feature-views.customer_spend.v1}
 * @param events the view's events: columns of its source and all of {@link EventColumns}
 * @param keys which column of the spine must equal which column of the events, of equal type; at
 *     least one
 * @param timed false for a static source: every event is visible at any T, the outputs' ttl and
 *     windows are null, and more than one row for a key is an error if any output is {@link
 *     Output.Latest}
 * @param exclusive true: only events before T − lag, and windows [T − lag − w, T − lag)
 * @param lagMicros everything is evaluated as of T − lag; 0 is none
 * @param tieBreak columns of the events; at equal event time the greatest wins, in this order,
 *     nulls lowest
 * @param lastTieBreak row-level expressions that decide where all of {@code tieBreak} are equal, in
 *     this order; on deleted events they count as null. Given by the caller and not taken from the
 *     outputs, so that a value does not depend on which others are asked for.
 * @param rowKey columns of the events; of the visible events of a key with equal row-key only that
 *     with the greatest available time counts (then tie-break, event time, last tie-break; a
 *     deleted event loses what is still equal; and so that aggregates are the same on every run,
 *     all columns by their names). A row-key with a null equals no other: such an event always
 *     counts. Empty: every event counts.
 * @param where events for which it is not true are not seen, asked after corrections by row-key;
 *     null: all are
 * @param outputs the columns to add, in this order, with different names
 */
public record Lookup(
    String title,
    Dataset<Row> events,
    List<Key> keys,
    boolean timed,
    boolean exclusive,
    long lagMicros,
    List<String> tieBreak,
    List<String> lastTieBreak,
    List<String> rowKey,
    @Nullable String where,
    List<Output> outputs) {

  /** A pair of key columns of equal type; null never equals null. */
  public record Key(String spineColumn, String eventColumn) {}

  public Lookup {
    keys = List.copyOf(keys);
    tieBreak = List.copyOf(tieBreak);
    lastTieBreak = List.copyOf(lastTieBreak);
    rowKey = List.copyOf(rowKey);
    outputs = List.copyOf(outputs);
    if (keys.isEmpty() || outputs.isEmpty()) {
      throw new IllegalArgumentException(title + ": nothing to look up");
    }
  }

  /** The same in other events, which have the same columns. */
  public Lookup in(Dataset<Row> other) {
    return new Lookup(
        title,
        other,
        keys,
        timed,
        exclusive,
        lagMicros,
        tieBreak,
        lastTieBreak,
        rowKey,
        where,
        outputs);
  }

  /**
   * The event times that any T of a range may see; whatever is outside changes no output.
   *
   * @return null: any
   */
  @Nullable TimeRange seenFrom(TimeRange asked) {
    long longest = 0;
    // A correction may replace an event that is seen, however old it says that it is.
    boolean bounded = rowKey.isEmpty();
    for (Output output : outputs) {
      Long own = output.match(Output.Latest::ttlMicros, Output.Windowed::windowMicros);
      bounded &= own != null;
      longest = Math.max(longest, own == null ? 0 : own);
    }
    try {
      long last = Math.subtractExact(asked.lastMicros(), lagMicros);
      long first =
          bounded
              ? Math.subtractExact(Math.subtractExact(asked.firstMicros(), lagMicros), longest)
              : Long.MIN_VALUE;
      return timed ? new TimeRange(first, last) : null;
    } catch (ArithmeticException beyondAllTimes) {
      return null;
    }
  }
}
