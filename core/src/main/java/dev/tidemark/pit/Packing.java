package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Mix;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.codegen.UnsafeRowWriter;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/**
 * What {@link PackExec} does with one partition; its parameters are as {@link Pack}'s.
 *
 * @param salt keys that belong together with one salt are spread with another
 */
record Packing(
    Seq<Attribute> columns,
    Seq<Expression> keys,
    Seq<Expression> required,
    boolean keyless,
    int partitions,
    int salt,
    SQLMetric rowCount)
    implements Serializable {
  private static final int SMALLEST_RUN = 4 << 10;
  static final int GREATEST_RUN = 32 << 10;
  private static final int ALL_RUNS = 256 << 10;

  /** Runs of rows, each with its partition. */
  Iterator<InternalRow> run(int partition, Iterator<InternalRow> rows) {
    return new Runs(partition, rows);
  }

  /** The partition of a key, by {@link KeyIndex#codes its code}. */
  int partitionOf(long key) {
    // The upper bits, since the lower ones decide where a key lies within a partition.
    long hash = Mix.of(key + 0x9e3779b97f4a7c15L * salt);
    return (int) (((hash >>> 32) * partitions) >>> 32);
  }

  private final class Runs implements Iterator<InternalRow> {
    private final Iterator<InternalRow> rows;
    private final PackedRows format;
    private final UnsafeProjection whole;
    private final @Nullable Input number;
    private final @Nullable UnsafeProjection key;
    private final List<Input> needed = new ArrayList<>();
    private final int runLength;
    private final byte[][] runs = new byte[partitions][];
    private final int[] filled = new int[partitions];
    private final UnsafeRowWriter out = new UnsafeRowWriter(PackedRows.RUN_COLUMNS, GREATEST_RUN);
    private int unkeyed;
    private int drained;
    private @Nullable UnsafeRow waiting;
    private int waitingPartition;
    private long packed;

    Runs(int partition, Iterator<InternalRow> rows) {
      this.rows = rows;
      this.unkeyed = partition;
      DataType[] types =
          Columns.list(columns).stream().map(Attribute::dataType).toArray(DataType[]::new);
      format = PackedRows.of(List.of(types));
      whole = UnsafeProjection.create(types);
      List<Expression> all = Columns.list(keys);
      boolean isNumber = all.size() == 1 && Input.Kind.of(all.get(0).dataType()).isWhole();
      number = isNumber ? new Input(all.get(0), columns) : null;
      key = isNumber ? null : UnsafeProjection.create(keys, columns);
      Columns.list(required).forEach(column -> needed.add(new Input(column, columns)));
      runLength = Math.max(SMALLEST_RUN, Math.min(GREATEST_RUN, ALL_RUNS / partitions));
    }

    @Override
    public boolean hasNext() {
      return waiting != null || rows.hasNext() || moreToDrain();
    }

    private boolean moreToDrain() {
      while (drained < partitions && filled[drained] == 0) {
        drained++;
      }
      return drained < partitions;
    }

    @Override
    public InternalRow next() {
      UnsafeRow left = waiting;
      if (left != null) {
        waiting = null;
        add(left, waitingPartition);
      }
      while (rows.hasNext()) {
        InternalRow row = rows.next();
        int partition = partitionOf(row);
        if (partition < 0) {
          continue;
        }
        UnsafeRow ready = row instanceof UnsafeRow unsafe ? unsafe : whole.apply(row);
        packed++;
        if (filled[partition] > 0 && filled[partition] + format.size(ready) > runLength) {
          // The row stays as it is until the next call.
          waiting = ready;
          waitingPartition = partition;
          return emit(partition);
        }
        add(ready, partition);
      }
      rowCount.add(packed);
      packed = 0;
      if (!moreToDrain()) {
        return emit(0);
      }
      return emit(drained);
    }

    /** The partition of a row; -1: it is left out. */
    private int partitionOf(InternalRow row) {
      for (int i = 0; i < needed.size(); i++) {
        Input input = needed.get(i);
        if (input.isNull(input.of(row))) {
          return -1;
        }
      }
      if (number != null) {
        InternalRow found = number.of(row);
        if (!number.isNull(found)) {
          return Packing.this.partitionOf(number.whole(found));
        }
      } else if (key != null) {
        UnsafeRow found = key.apply(row);
        if (!found.anyNull()) {
          return Packing.this.partitionOf(found.hashCode());
        }
      }
      return keyless ? Math.floorMod(unkeyed++, partitions) : -1;
    }

    private void add(UnsafeRow row, int partition) {
      int size = format.size(row);
      byte[] run = runs[partition];
      if (run == null || filled[partition] + size > run.length) {
        run = new byte[Math.max(runLength, size)];
        runs[partition] = run;
      }
      format.write(row, run, filled[partition]);
      filled[partition] += size;
    }

    private InternalRow emit(int partition) {
      out.reset();
      out.zeroOutNullBytes();
      out.write(PackedRows.PARTITION, partition);
      out.write(PackedRows.IS_STATES, false);
      byte[] run = runs[partition];
      out.write(PackedRows.BYTES, run == null ? new byte[0] : run, 0, filled[partition]);
      filled[partition] = 0;
      return out.getRow();
    }
  }
}
