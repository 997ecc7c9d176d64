package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Spans;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/**
 * One aggregate function over slots. Events are added in any order; then, key by key, windows are
 * asked for that only move forward.
 */
abstract class SlotFunction {

  /**
   * The fastest there is for a function.
   *
   * @param columns of the events
   * @param windows how many windows will be asked for
   */
  static SlotFunction of(AggregateFunction function, Seq<Attribute> columns, int windows) {
    SlotFunction primitive = PrimitiveFunctions.of(function, columns, windows);
    return primitive != null ? primitive : new BufferFunction(function, columns, windows);
  }

  /** Makes room for this many slots. */
  abstract void reserve(int slots);

  abstract void update(int slot, InternalRow event);

  /**
   * All events are in.
   *
   * @param slots how many slots are in runs; those behind belong to {@link Spans}
   */
  abstract void seal(int slots);

  /** Goes to a key, whose first slot this is. */
  abstract void open(int firstSlot);

  /**
   * The function's value, as Spark holds it, over the slots {@code [from, to)} and some single
   * ones.
   *
   * @param singles how many {@link Spans#slot}s count too
   */
  abstract @Nullable Object result(int window, int from, int to, Spans spans, int singles);

  /** The value over nothing. */
  abstract @Nullable Object empty();

  /** Bytes of memory a slot, about. */
  abstract long slotBytes();
}
