package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Spans;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.jspecify.annotations.Nullable;

/**
 * One aggregate function over slots. Events are added in any order; then, key by key, windows are
 * asked for that only move forward.
 */
abstract class SlotFunction {

  /**
   * The fastest there is for a function.
   *
   * @param inputs of the events
   * @param windows how many windows will be asked for
   */
  static SlotFunction of(AggregateFunction function, Inputs inputs, int windows) {
    SlotFunction primitive = PrimitiveFunctions.of(function, inputs);
    return primitive != null ? primitive : new BufferFunction(function, inputs.columns(), windows);
  }

  /** Makes room for this many slots. */
  abstract void reserve(int slots);

  abstract void update(int slot, InternalRow event);

  /** Updates the slot of every selected event. */
  abstract void update(PackedRows.Batch batch, Selection selection);

  /** Writes what a slot holds before all events are in, for {@link #load}. */
  abstract void save(int slot, DataOutput out) throws IOException;

  /** Adds what {@link #save} wrote to a slot. */
  abstract void load(int slot, DataInput in) throws IOException;

  /**
   * All events are in.
   *
   * @param slots how many slots are in runs; those behind belong to {@link Spans}
   */
  abstract void seal(int slots);

  /** Goes to a key, whose first slot this is. */
  abstract void open(int firstSlot);

  /**
   * Writes the function's value over the slots {@code [from, to)} and some single ones into a
   * column of {@code row}.
   *
   * @param singles how many {@link Spans#slot}s count too
   */
  abstract void write(
      int window, int from, int to, Spans spans, int singles, InternalRow row, int column);

  /** Writes the value over nothing. */
  abstract void writeEmpty(InternalRow row, int column);

  /** Writes a value as Spark holds it. */
  static void write(@Nullable Object value, InternalRow row, int column) {
    if (value == null) {
      row.setNullAt(column);
    } else {
      row.update(column, value);
    }
  }

  /** Bytes of memory a slot, about. */
  abstract long slotBytes();

  /** Bytes of memory that are held beside, about. */
  long bufferBytes() {
    return 0;
  }

  /** Bytes of memory that {@link #bufferBytes} may grow by with so many events. */
  long mostGrowth(int events, long eventBytes) {
    return 0;
  }
}
