package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Counts;
import dev.tidemark.pit.kernel.ExactSums;
import dev.tidemark.pit.kernel.Extremes;
import dev.tidemark.pit.kernel.Spans;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
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
import scala.collection.immutable.Seq;

/** Count, sum, average, least and greatest over primitive arrays. */
final class PrimitiveFunctions {
  private PrimitiveFunctions() {}

  /** Null: not for this function, or not for its type. */
  static @Nullable SlotFunction of(
      AggregateFunction function, Seq<Attribute> columns, int windows) {
    if (function instanceof Count count) {
      return new CountFunction(count, columns);
    }
    if (function.children().size() != 1) {
      return null;
    }
    Input.Kind kind = Input.Kind.of(function.children().head().dataType());
    boolean isNumber =
        function.children().head().dataType() instanceof org.apache.spark.sql.types.NumericType;
    if (function instanceof Sum sum && isNumber && kind != Input.Kind.OTHER) {
      return new SumFunction(sum, columns);
    }
    if (function instanceof Average average && isNumber && (kind.isWhole() || kind.isFloating())) {
      return new AverageFunction(average, columns);
    }
    boolean isOrdered = kind.isWhole() || kind.isFloating();
    if (function instanceof Max && isOrdered) {
      return new ExtremeFunction(function, false, columns, windows);
    }
    if (function instanceof Min && isOrdered) {
      return new ExtremeFunction(function, true, columns, windows);
    }
    return null;
  }

  /** Events whose every child is there. */
  private static final class CountFunction extends SlotFunction {
    private final Counts counts = new Counts();
    private final List<Input> nullable = new ArrayList<>();

    CountFunction(Count count, Seq<Attribute> columns) {
      for (Expression child : Columns.list(count.children())) {
        if (child.nullable()) {
          nullable.add(new Input(child, columns));
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
    void seal(int slots) {
      counts.seal(slots);
    }

    @Override
    void open(int firstSlot) {}

    @Override
    Object result(int window, int from, int to, Spans spans, int singles) {
      return count(counts, from, to, spans, singles);
    }

    @Override
    Object empty() {
      return 0L;
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

    Summing(Expression child, Seq<Attribute> columns) {
      this.input = new Input(child, columns);
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
    void seal(int slots) {
      sums.seal(slots);
    }

    @Override
    void open(int firstSlot) {}

    @Override
    @Nullable Object result(int window, int from, int to, Spans spans, int singles) {
      sums.between(from, to, total);
      for (int i = 0; i < singles; i++) {
        sums.addTo(total, spans.slot(i));
      }
      return total.count() == 0 ? null : value(total, total.count());
    }

    abstract @Nullable Object value(ExactSums.Total sum, long count);

    @Override
    @Nullable Object empty() {
      return null;
    }

    @Override
    long slotBytes() {
      return 32;
    }
  }

  private static final class SumFunction extends Summing {
    private final Sum sum;
    private final DataType type;

    SumFunction(Sum sum, Seq<Attribute> columns) {
      super(sum.child(), columns);
      this.sum = sum;
      this.type = sum.dataType();
    }

    @Override
    @Nullable Object value(ExactSums.Total total, long count) {
      if (input.kind().isFloating()) {
        return total.toDouble();
      }
      if (type instanceof DecimalType decimal) {
        return Decimal.apply(
            new BigDecimal(total.toInteger(), decimal.scale()),
            decimal.precision(),
            decimal.scale());
      }
      if (!total.fitsLong()) {
        Object mode = sum.evalContext().evalMode();
        if (mode.equals(EvalMode.TRY())) {
          return null;
        }
        if (mode.equals(EvalMode.ANSI())) {
          throw org.apache.spark.sql.errors.QueryExecutionErrors.arithmeticOverflowError(
              "long overflow", "try_sum", sum.getContextOrNull());
        }
      }
      return total.toLong();
    }
  }

  private static final class AverageFunction extends Summing {
    AverageFunction(Average average, Seq<Attribute> columns) {
      super(average.child(), columns);
    }

    @Override
    Object value(ExactSums.Total total, long count) {
      return total.toDouble() / count;
    }
  }

  private static final class ExtremeFunction extends SlotFunction {
    private final Input input;
    private final boolean least;
    // Only where a value may be what stands for none.
    private final @Nullable Counts counts;
    private final Extremes extremes = new Extremes();
    private final Extremes.Run[] runs;

    ExtremeFunction(
        AggregateFunction function, boolean least, Seq<Attribute> columns, int windows) {
      this.input = new Input(function.children().head(), columns);
      this.least = least;
      this.counts = input.kind() == Input.Kind.LONG ? new Counts() : null;
      this.runs = new Extremes.Run[windows];
      for (int i = 0; i < windows; i++) {
        runs[i] = extremes.new Run();
      }
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

    /** Ordered as doubles are, NaN the greatest; its own inverse but for the type. */
    private static long code(double value) {
      long bits = Double.doubleToLongBits(value);
      return bits ^ ((bits >> 63) & Long.MAX_VALUE);
    }

    @Override
    void seal(int slots) {
      if (counts != null) {
        counts.seal(slots);
      }
    }

    @Override
    void open(int firstSlot) {
      for (Extremes.Run run : runs) {
        run.open(firstSlot);
      }
    }

    @Override
    @Nullable Object result(int window, int from, int to, Spans spans, int singles) {
      long greatest = runs[window].move(from, to);
      for (int i = 0; i < singles; i++) {
        greatest = Math.max(greatest, extremes.in(spans.slot(i)));
      }
      if (greatest == Extremes.NONE
          && (counts == null || count(counts, from, to, spans, singles) == 0)) {
        return null;
      }
      long code = least ? ~greatest : greatest;
      return switch (input.kind()) {
        case LONG -> code;
        case INT -> (int) code;
        case SHORT -> (short) code;
        case BYTE -> (byte) code;
        case DOUBLE -> Double.longBitsToDouble(code ^ ((code >> 63) & Long.MAX_VALUE));
        case FLOAT -> (float) Double.longBitsToDouble(code ^ ((code >> 63) & Long.MAX_VALUE));
        default -> throw new IllegalStateException("no order for " + input.kind());
      };
    }

    @Override
    @Nullable Object empty() {
      return null;
    }

    @Override
    long slotBytes() {
      return 16;
    }
  }
}
