package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Mix;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
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

  /** Whether there is one key, a whole number. */
  boolean hasNumber() {
    return keys.size() == 1 && Input.Kind.of(keys.head().dataType()).isWhole();
  }

  private final class Runs implements Iterator<InternalRow> {
    private final Iterator<InternalRow> rows;
    private final PackedRows format;
    private final UnsafeProjection whole;
    private final @Nullable Input number;
    private final @Nullable UnsafeProjection key;
    private final List<Input> needed = new ArrayList<>();
    private final PackedRuns runs = new PackedRuns(partitions);
    private int unkeyed;
    private long packed;

    Runs(int partition, Iterator<InternalRow> rows) {
      this.rows = rows;
      this.unkeyed = partition;
      DataType[] types =
          Columns.list(columns).stream().map(Attribute::dataType).toArray(DataType[]::new);
      format = PackedRows.of(List.of(types));
      whole = UnsafeProjection.create(types);
      number = hasNumber() ? new Input(keys.head(), columns) : null;
      key = hasNumber() ? null : UnsafeProjection.create(keys, columns);
      Columns.list(required).forEach(column -> needed.add(new Input(column, columns)));
    }

    @Override
    public boolean hasNext() {
      while (!runs.hasReady() && rows.hasNext()) {
        add(rows.next());
      }
      if (!runs.hasReady()) {
        runs.endAll();
        rowCount.add(packed);
        packed = 0;
      }
      return runs.hasReady();
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return runs.next();
    }

    private void add(InternalRow row) {
      int partition = partitionOf(row);
      if (partition >= 0) {
        UnsafeRow ready = row instanceof UnsafeRow unsafe ? unsafe : whole.apply(row);
        int place = runs.add(partition, format.size(ready));
        format.write(ready, runs.bytes(partition), place);
        packed++;
      }
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
  }
}
