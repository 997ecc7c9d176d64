package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Counts;
import dev.tidemark.pit.kernel.ExactSums;
import dev.tidemark.pit.kernel.Extremes;
import dev.tidemark.pit.kernel.Spans;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.Average;
import org.apache.spark.sql.catalyst.expressions.aggregate.Count;
import org.apache.spark.sql.catalyst.expressions.aggregate.Max;
import org.apache.spark.sql.catalyst.expressions.aggregate.Min;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.jspecify.annotations.Nullable;

/** Count, sum, average, least and greatest over primitive arrays. */
final class PrimitiveFunctions {
  private PrimitiveFunctions() {}

  /** Null: not for this function, or not for its type. */
  static @Nullable SlotFunction of(AggregateFunction function, Inputs inputs) {
    if (function instanceof Count count) {
      return new CountFunction(count, inputs);
    }
    if (function.children().size() != 1) {
      return null;
    }
    Input.Kind kind = Input.Kind.of(function.children().head().dataType());
    boolean isNumber =
        function.children().head().dataType() instanceof org.apache.spark.sql.types.NumericType;
    if (function instanceof Sum sum && isNumber && kind != Input.Kind.OTHER) {
      return new SumFunction(sum, inputs);
    }
    if (function instanceof Average average && isNumber && (kind.isWhole() || kind.isFloating())) {
      return new AverageFunction(average, inputs);
    }
    boolean isOrdered = kind.isWhole() || kind.isFloating();
    if (function instanceof Max && isOrdered) {
      return new ExtremeFunction(function, false, inputs);
    }
    if (function instanceof Min && isOrdered) {
      return new ExtremeFunction(function, true, inputs);
    }
    return null;
  }

  /** Events whose every child is there. */
  private static final class CountFunction extends SlotFunction {
    private final Counts counts = new Counts();
    private final List<Input> nullable = new ArrayList<>();

    CountFunction(Count count, Inputs inputs) {
      for (Expression child : Columns.list(count.children())) {
        if (child.nullable()) {
          nullable.add(inputs.of(child));
        }
      }
    }

    @Override
    void reserve(int slots) {
      counts.reserve(slots);
    }

    @Override
    void update(int slot, InternalRow event) {
      for (int i = 0; i < nullable.size(); i++) {
        Input input = nullable.get(i);
        if (input.isNull(input.of(event))) {
          return;
        }
      }
      counts.add(slot);
    }

    @Override
    void update(PackedRows.Batch batch, Selection selection) {
      if (nullable.isEmpty()) {
        for (int i = 0; i < selection.count; i++) {
          counts.add(selection.slots[i]);
        }
        return;
      }
      nullable.forEach(input -> input.load(batch, selection));
      for (int i = 0; i < selection.count; i++) {
        boolean isNull = false;
        for (int j = 0; j < nullable.size(); j++) {
          isNull |= nullable.get(j).nulls()[i];
        }
        if (!isNull) {
          counts.add(selection.slots[i]);
        }
      }
    }

    @Override
    void save(int slot, DataOutput out) throws IOException {
      out.writeLong(counts.in(slot));
    }

    @Override
    void load(int slot, DataInput in) throws IOException {
      counts.add(slot, in.readLong());
    }

    @Override
    void seal(int slots) {
      counts.seal(slots);
    }

    @Override
    void open(int firstSlot) {}

    @Override
    void write(
        int window, int from, int to, Spans spans, int singles, InternalRow row, int column) {
      row.setLong(column, count(counts, from, to, spans, singles));
    }

    @Override
    void writeEmpty(InternalRow row, int column) {
      row.setLong(column, 0);
    }

    @Override
    long slotBytes() {
      return 8;
    }
  }

  private static long count(Counts counts, int from, int to, Spans spans, int singles) {
    long count = counts.between(from, to);
    for (int i = 0; i < singles; i++) {
      count += counts.in(spans.slot(i));
    }
    return count;
  }

  /** Sums and how many there are. */
  private abstract static class Summing extends SlotFunction {
    final Input input;
    private final ExactSums sums = new ExactSums();
    private final ExactSums.Total total = new ExactSums.Total();

    Summing(Expression child, Inputs inputs) {
      this.input = inputs.of(child);
    }

    @Override
    void reserve(int slots) {
      sums.reserve(slots);
    }

    @Override
    void update(int slot, InternalRow event) {
      InternalRow found = input.of(event);
      if (input.isNull(found)) {
        return;
      }
      if (input.kind().isFloating()) {
        sums.add(slot, input.floating(found));
      } else {
        sums.add(slot, input.whole(found));
      }
    }

    @Override
    void update(PackedRows.Batch batch, Selection selection) {
      input.load(batch, selection);
      boolean[] nulls = input.nulls();
      boolean mayBeNull = input.mayBeNull();
      int[] slots = selection.slots;
      if (input.kind().isFloating()) {
        double[] values = input.floatings();
        for (int i = 0; i < selection.count; i++) {
          if (!mayBeNull || !nulls[i]) {
            sums.add(slots[i], values[i]);
          }
        }
      } else {
        long[] values = input.wholes();
        for (int i = 0; i < selection.count; i++) {
          if (!mayBeNull || !nulls[i]) {
            sums.add(slots[i], values[i]);
          }
        }
      }
    }

    @Override
    void save(int slot, DataOutput out) throws IOException {
      sums.save(slot, out);
    }

    @Override
    void load(int slot, DataInput in) throws IOException {
      sums.load(slot, in);
    }

    @Override
    void seal(int slots) {
      sums.seal(slots);
    }

    @Override
    void open(int firstSlot) {}

    @Override
    void write(
        int window, int from, int to, Spans spans, int singles, InternalRow row, int column) {
      sums.between(from, to, total);
      for (int i = 0; i < singles; i++) {
        sums.addTo(total, spans.slot(i));
      }
      if (total.count() == 0) {
        row.setNullAt(column);
      } else {
        write(total, total.count(), row, column);
      }
    }

    abstract void write(ExactSums.Total sum, long count, InternalRow row, int column);

    @Override
    void writeEmpty(InternalRow row, int column) {
      row.setNullAt(column);
    }

    @Override
    long slotBytes() {
      return 32;
    }
  }

  private static final class SumFunction extends Summing {
    private final Sum sum;
    private final DataType type;

    SumFunction(Sum sum, Inputs inputs) {
      super(sum.child(), inputs);
      this.sum = sum;
      this.type = sum.dataType();
    }

    @Override
    void write(ExactSums.Total total, long count, InternalRow row, int column) {
      if (input.kind().isFloating()) {
        row.setDouble(column, total.toDouble());
      } else if (type instanceof DecimalType decimal) {
        write(
            Decimal.apply(
                new BigDecimal(total.toInteger(), decimal.scale()),
                decimal.precision(),
                decimal.scale()),
            row,
            column);
      } else if (!total.fitsLong() && sum.evalContext().evalMode().equals(EvalMode.TRY())) {
        row.setNullAt(column);
      } else if (!total.fitsLong() && sum.evalContext().evalMode().equals(EvalMode.ANSI())) {
        throw org.apache.spark.sql.errors.QueryExecutionErrors.arithmeticOverflowError(
            "long overflow", "try_sum", sum.getContextOrNull());
      } else {
        row.setLong(column, total.toLong());
      }
    }
  }

  private static final class AverageFunction extends Summing {
    AverageFunction(Average average, Inputs inputs) {
      super(average.child(), inputs);
    }

    @Override
    void write(ExactSums.Total total, long count, InternalRow row, int column) {
      row.setDouble(column, total.toDouble() / count);
    }
  }

  private static final class ExtremeFunction extends SlotFunction {
    private final Input input;
    private final boolean least;
    // Only where a value may be what stands for none.
    private final @Nullable Counts counts;
    private final Extremes extremes = new Extremes();
    private final Extremes.Run run = extremes.new Run();

    ExtremeFunction(AggregateFunction function, boolean least, Inputs inputs) {
      this.input = inputs.of(function.children().head());
      this.least = least;
      this.counts = input.kind() == Input.Kind.LONG ? new Counts() : null;
    }

    @Override
    void reserve(int slots) {
      if (counts != null) {
        counts.reserve(slots);
      }
      extremes.reserve(slots);
    }

    @Override
    void update(int slot, InternalRow event) {
      InternalRow found = input.of(event);
      if (input.isNull(found)) {
        return;
      }
      if (counts != null) {
        counts.add(slot);
      }
      long code = input.kind().isFloating() ? code(input.floating(found)) : input.whole(found);
      extremes.add(slot, least ? ~code : code);
    }

    @Override
    void update(PackedRows.Batch batch, Selection selection) {
      input.load(batch, selection);
      boolean[] nulls = input.nulls();
      boolean mayBeNull = input.mayBeNull();
      boolean floating = input.kind().isFloating();
      long turn = least ? -1 : 0;
      for (int i = 0; i < selection.count; i++) {
        if (!mayBeNull || !nulls[i]) {
          int slot = selection.slots[i];
          if (counts != null) {
            counts.add(slot);
          }
          long code = floating ? code(input.floatings()[i]) : input.wholes()[i];
          extremes.add(slot, code ^ turn);
        }
      }
    }

    /** Ordered as doubles are, NaN the greatest; its own inverse but for the type. */
    private static long code(double value) {
      long bits = Double.doubleToLongBits(value);
      return bits ^ ((bits >> 63) & Long.MAX_VALUE);
    }

    @Override
    void save(int slot, DataOutput out) throws IOException {
      if (counts != null) {
        out.writeLong(counts.in(slot));
      }
      out.writeLong(extremes.in(slot));
    }

    @Override
    void load(int slot, DataInput in) throws IOException {
      if (counts != null) {
        counts.add(slot, in.readLong());
      }
      extremes.add(slot, in.readLong());
    }

    @Override
    void seal(int slots) {
      if (counts != null) {
        counts.seal(slots);
      }
    }

    @Override
    void open(int firstSlot) {
      run.open(firstSlot);
    }

    @Override
    void write(
        int window, int from, int to, Spans spans, int singles, InternalRow row, int column) {
      run.end(to);
      long greatest = run.from(from);
      for (int i = 0; i < singles; i++) {
        greatest = Math.max(greatest, extremes.in(spans.slot(i)));
      }
      if (greatest == Extremes.NONE
          && (counts == null || count(counts, from, to, spans, singles) == 0)) {
        row.setNullAt(column);
        return;
      }
      long code = least ? ~greatest : greatest;
      switch (input.kind()) {
        case LONG -> row.setLong(column, code);
        case INT -> row.setInt(column, (int) code);
        case SHORT -> row.setShort(column, (short) code);
        case BYTE -> row.setByte(column, (byte) code);
        case DOUBLE -> row.setDouble(column, value(code));
        case FLOAT -> row.setFloat(column, (float) value(code));
        default -> throw new IllegalStateException("no order for " + input.kind());
      }
    }

    private static double value(long code) {
      return Double.longBitsToDouble(code ^ ((code >> 63) & Long.MAX_VALUE));
    }

    @Override
    void writeEmpty(InternalRow row, int column) {
      row.setNullAt(column);
    }

    @Override
    long slotBytes() {
      return 16;
    }
  }
}
