package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Spans;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.MutableProjection;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.DeclarativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.ImperativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/**
 * Any aggregate function of Spark, by its own buffers: a slot's buffer is updated by the function,
 * and windows are merged of slots by it.
 *
 * <p>A window that moves forward keeps two stacks, so that moving costs a constant number of merges
 * a slot: of its older slots, every suffix is merged beforehand; of its newer slots, all.
 */
final class BufferFunction extends SlotFunction {
  private final Buffers buffers;
  private final List<Window> windows = new ArrayList<>();
  private @Nullable InternalRow[] slots = new InternalRow[0];
  private long created;
  private long updates;

  BufferFunction(AggregateFunction function, Seq<Attribute> columns, int windowCount) {
    buffers =
        function instanceof DeclarativeAggregate declarative
            ? new Declarative(declarative, columns)
            : new Imperative((ImperativeAggregate) function, columns);
    for (int i = 0; i < windowCount; i++) {
      windows.add(new Window());
    }
  }

  @Override
  void reserve(int count) {
    if (count > slots.length) {
      slots = Arrays.copyOf(slots, Math.max(count, slots.length + (slots.length >>> 1)));
    }
  }

  @Override
  void update(int slot, InternalRow event) {
    InternalRow buffer = slots[slot];
    if (buffer == null) {
      buffer = buffers.create();
      slots[slot] = buffer;
      created++;
    }
    updates++;
    buffers.update(buffer, event);
  }

  @Override
  void update(PackedRows.Batch batch, Selection selection) {
    for (int i = 0; i < selection.count; i++) {
      update(selection.slots[i], batch.row(selection.rows[i]));
    }
  }

  @Override
  void save(int slot, DataOutput out) throws IOException {
    InternalRow buffer = slots[slot];
    if (buffer == null) {
      out.writeInt(0);
    } else {
      byte[] bytes = buffers.saved(buffer).getBytes();
      out.writeInt(bytes.length);
      out.write(bytes);
    }
  }

  @Override
  void load(int slot, DataInput in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    if (bytes.length == 0) {
      return;
    }
    in.readFully(bytes);
    InternalRow buffer = slots[slot];
    if (buffer == null) {
      buffer = buffers.create();
      slots[slot] = buffer;
      created++;
    }
    buffers.mergeSaved(buffer, bytes);
  }

  @Override
  void seal(int count) {}

  @Override
  void open(int firstSlot) {
    windows.forEach(window -> window.open(firstSlot));
  }

  @Override
  void write(int window, int from, int to, Spans spans, int singles, InternalRow row, int column) {
    InternalRow merged = windows.get(window).move(from, to);
    for (int i = 0; i < singles; i++) {
      InternalRow single = slots[spans.slot(i)];
      if (single != null) {
        buffers.merge(merged, single);
      }
    }
    write(buffers.result(merged), row, column);
  }

  @Override
  void writeEmpty(InternalRow row, int column) {
    write(buffers.result(buffers.create()), row, column);
  }

  @Override
  long slotBytes() {
    return 8 + 16;
  }

  @Override
  long bufferBytes() {
    return created * buffers.bytes + updates * buffers.updateBytes;
  }

  @Override
  long mostGrowth(int events, long eventBytes) {
    return events * (buffers.bytes + buffers.updateBytes) + 2 * eventBytes;
  }

  /** What a function does with its buffers. */
  private abstract static class Buffers {
    // A row's cells are objects; an aggregate's own object may keep all that it is given.
    private static final long ROW_BYTES = 40;
    private static final long CELL_BYTES = 28;
    private static final long OBJECT_BYTES = 128;
    private static final long KEPT_BYTES = 24;

    final long bytes;
    final long updateBytes;
    private final UnsafeProjection whole;
    private final UnsafeRow saved;

    Buffers(AggregateFunction function) {
      DataType[] types =
          Columns.list(attributes(function)).stream()
              .map(Attribute::dataType)
              .toArray(DataType[]::new);
      whole = UnsafeProjection.create(types);
      saved = new UnsafeRow(types.length);
      boolean typed = function instanceof TypedImperativeAggregate;
      bytes = ROW_BYTES + CELL_BYTES * types.length + (typed ? OBJECT_BYTES : 0);
      updateBytes = typed ? KEPT_BYTES : 0;
    }

    /** The buffer as Spark sends it between stages, until the next call. */
    UnsafeRow saved(InternalRow buffer) {
      return whole.apply(buffer);
    }

    void mergeSaved(InternalRow buffer, byte[] bytes) {
      saved.pointTo(bytes, bytes.length);
      mergeSent(buffer, saved);
    }

    /** Merges a buffer as Spark sends it. */
    abstract void mergeSent(InternalRow buffer, InternalRow sent);

    abstract InternalRow create();

    abstract void update(InternalRow buffer, InternalRow event);

    /** Merges {@code other} into {@code buffer} and leaves it as it was. */
    abstract void merge(InternalRow buffer, InternalRow other);

    abstract @Nullable Object result(InternalRow buffer);
  }

  private static final class Declarative extends Buffers {
    private final SpecificInternalRow initial;
    private final MutableProjection update;
    private final MutableProjection merge;
    private final Expression evaluate;
    private final JoinedRow joined = new JoinedRow();

    Declarative(DeclarativeAggregate function, Seq<Attribute> columns) {
      super(function);
      Seq<Attribute> buffer = attributes(function);
      Seq<Attribute> other = Columns.seq(Columns.list(function.inputAggBufferAttributes()));
      initial = row(function);
      MutableProjection.create(function.initialValues(), Columns.seq(List.<Attribute>of()))
          .target(initial)
          .apply(InternalRow.empty());
      update =
          MutableProjection.create(function.updateExpressions(), Columns.joined(buffer, columns));
      merge = MutableProjection.create(function.mergeExpressions(), Columns.joined(buffer, other));
      evaluate = Columns.bound(function.evaluateExpression(), buffer);
    }

    @Override
    InternalRow create() {
      return initial.copy();
    }

    @Override
    void update(InternalRow buffer, InternalRow event) {
      update.target(buffer).apply(joined.apply(buffer, event));
    }

    @Override
    void merge(InternalRow buffer, InternalRow other) {
      merge.target(buffer).apply(joined.apply(buffer, other));
    }

    @Override
    void mergeSent(InternalRow buffer, InternalRow sent) {
      merge(buffer, sent);
    }

    @Override
    @Nullable Object result(InternalRow buffer) {
      return InternalRow.copyValue(evaluate.eval(buffer));
    }
  }

  private static final class Imperative extends Buffers {
    private final ImperativeAggregate function;
    private final AggregateFunction unbound;

    Imperative(ImperativeAggregate function, Seq<Attribute> columns) {
      super(function);
      this.unbound = function;
      this.function =
          Columns.bound(
              function.withNewMutableAggBufferOffset(0).withNewInputAggBufferOffset(0), columns);
    }

    @Override
    InternalRow create() {
      InternalRow buffer = row(unbound);
      function.initialize(buffer);
      return buffer;
    }

    @Override
    void update(InternalRow buffer, InternalRow event) {
      function.update(buffer, event);
    }

    @Override
    void merge(InternalRow buffer, InternalRow other) {
      function.merge(buffer, sent(other));
    }

    @Override
    UnsafeRow saved(InternalRow buffer) {
      return super.saved(sent(buffer));
    }

    @Override
    void mergeSent(InternalRow buffer, InternalRow sent) {
      function.merge(buffer, sent);
    }

    /** The buffer with bytes in the place of an object, which would be shared otherwise. */
    private InternalRow sent(InternalRow buffer) {
      if (!(function instanceof TypedImperativeAggregate<?> typed)) {
        return buffer;
      }
      InternalRow copy = row(unbound);
      copy.update(0, buffer.get(0, unbound.aggBufferAttributes().head().dataType()));
      typed.serializeAggregateBufferInPlace(copy);
      // A function may serialize into the same bytes every time.
      copy.update(0, copy.getBinary(0).clone());
      return copy;
    }

    @Override
    @Nullable Object result(InternalRow buffer) {
      return InternalRow.copyValue(function.eval(buffer));
    }
  }

  private static Seq<Attribute> attributes(AggregateFunction function) {
    return Columns.seq(Columns.list(function.aggBufferAttributes()));
  }

  private static SpecificInternalRow row(AggregateFunction function) {
    return new SpecificInternalRow(
        Columns.seq(
            attributes(function).toList().isEmpty()
                ? List.<DataType>of()
                : Columns.list(attributes(function)).stream().map(Attribute::dataType).toList()));
  }

  private final class Window {
    private int from;
    private int middle;
    private int to;
    // suffixes[i] holds the slots from `from at the turn` + i to the middle.
    private @Nullable InternalRow[] suffixes = new InternalRow[0];
    private int base;
    private @Nullable InternalRow newer;

    void open(int firstSlot) {
      from = firstSlot;
      middle = firstSlot;
      to = firstSlot;
      base = firstSlot;
      newer = null;
    }

    /** A new buffer of the slots {@code [nextFrom, nextTo)}. */
    InternalRow move(int nextFrom, int nextTo) {
      for (; to < nextTo; to++) {
        InternalRow slot = slots[to];
        if (slot != null) {
          if (newer == null) {
            newer = buffers.create();
          }
          buffers.merge(newer, slot);
        }
      }
      from = nextFrom;
      if (from > middle) {
        turn();
      }
      InternalRow result = buffers.create();
      if (from < middle) {
        InternalRow older = suffixes[from - base];
        if (older != null) {
          buffers.merge(result, older);
        }
      }
      if (newer != null) {
        buffers.merge(result, newer);
      }
      return result;
    }

    private void turn() {
      base = from;
      middle = to;
      newer = null;
      int length = middle - base;
      if (suffixes.length < length) {
        suffixes = new InternalRow[Math.max(length, 2 * suffixes.length)];
      }
      InternalRow suffix = null;
      for (int slot = middle - 1; slot >= base; slot--) {
        InternalRow own = slots[slot];
        if (own != null) {
          InternalRow merged = buffers.create();
          buffers.merge(merged, own);
          if (suffix != null) {
            buffers.merge(merged, suffix);
          }
          suffix = merged;
        }
        suffixes[slot - base] = suffix;
      }
    }
  }
}
