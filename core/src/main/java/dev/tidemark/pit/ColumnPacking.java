package dev.tidemark.pit;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.sql.vectorized.ColumnarBatchRow;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * What {@link PackColumnsExec} does with one partition: the runs that {@link Packing} makes, of
 * batches of columns. The rows of a batch are chosen, then each is given its place in a run, and
 * then they are written column by column; no row is made before.
 *
 * @param places of the packed columns in a batch
 * @param bounds of the rows that are packed
 */
record ColumnPacking(Packing packing, List<Integer> places, List<ColumnarRows.Bound> bounds)
    implements Serializable {
  private static final int NOT_ONE_NUMBER = -1;

  ColumnPacking {
    places = List.copyOf(places);
    bounds = List.copyOf(bounds);
  }

  /** Runs of rows, each with its partition. */
  Iterator<InternalRow> run(int partition, Iterator<ColumnarBatch> batches) {
    return new Runs(partition, batches);
  }

  private DataType[] types() {
    return Columns.list(packing.columns()).stream()
        .map(Attribute::dataType)
        .toArray(DataType[]::new);
  }

  /** Where the key is in a batch. */
  private int keyPlace() {
    List<Attribute> columns = Columns.list(packing.columns());
    for (int column = 0; packing.hasNumber() && column < columns.size(); column++) {
      if (columns.get(column).semanticEquals(packing.keys().head())) {
        return places.get(column);
      }
    }
    return NOT_ONE_NUMBER;
  }

  private final class Runs implements Iterator<InternalRow> {
    private final Iterator<ColumnarBatch> batches;
    private final DataType[] types = types();
    private final int keyPlace = keyPlace();
    private final @Nullable UnsafeProjection key =
        keyPlace == NOT_ONE_NUMBER
            ? UnsafeProjection.create(packing.keys(), packing.columns())
            : null;
    private final int rowLength = PackedRows.of(List.of(types)).length();
    private final int nullBytes = UnsafeRow.calculateBitSetWidthInBytes(types.length);
    private final PackedRuns runs = new PackedRuns(packing.partitions());
    private int unkeyed;
    private long packed;

    // Of the batch: the rows that are chosen, and where each is written.
    private int count;
    private int[] rows = new int[0];
    private byte[][] targets = new byte[0][];
    private long[] offsets = new long[0];

    Runs(int partition, Iterator<ColumnarBatch> batches) {
      this.batches = batches;
      this.unkeyed = partition;
    }

    @Override
    public boolean hasNext() {
      while (!runs.hasReady() && batches.hasNext()) {
        pack(batches.next());
      }
      if (!runs.hasReady()) {
        runs.endAll();
        packing.rowCount().add(packed);
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

    private void pack(ColumnarBatch batch) {
      chooseAll(batch.numRows());
      for (ColumnarRows.Bound bound : bounds) {
        keepWithin(batch.column(bound.place()), bound);
      }
      if (key == null) {
        placeByNumber(batch.column(keyPlace));
      } else {
        placeByRow(key, batch);
      }
      for (int at = 0; at < nullBytes; at += Long.BYTES) {
        for (int i = 0; i < count; i++) {
          Platform.putLong(targets[i], offsets[i] + at, 0);
        }
      }
      for (int column = 0; column < types.length; column++) {
        write(batch.column(places.get(column)), column);
      }
      packed += count;
    }

    private void chooseAll(int all) {
      count = all;
      if (count > rows.length) {
        rows = new int[count];
        targets = new byte[count][];
        offsets = new long[count];
      }
      for (int i = 0; i < count; i++) {
        rows[i] = i;
      }
    }

    private void keepWithin(ColumnVector column, ColumnarRows.Bound bound) {
      boolean mayBeNull = column.hasNull();
      if (!mayBeNull && !bound.isRange()) {
        return;
      }
      Input.Kind kind = Input.Kind.of(column.dataType());
      int kept = 0;
      for (int i = 0; i < count; i++) {
        int row = rows[i];
        boolean keep = !mayBeNull || !column.isNullAt(row);
        if (keep && bound.isRange()) {
          long value = whole(column, kind, row);
          keep = value >= bound.least() && value <= bound.greatest();
        }
        rows[kept] = row;
        kept += keep ? 1 : 0;
      }
      count = kept;
    }

    private static long whole(ColumnVector column, Input.Kind kind, int row) {
      return switch (kind) {
        case LONG -> column.getLong(row);
        case INT -> column.getInt(row);
        case SHORT -> column.getShort(row);
        case BYTE -> column.getByte(row);
        default -> throw new IllegalStateException("not a whole number: " + column.dataType());
      };
    }

    private void placeByNumber(ColumnVector column) {
      boolean mayBeNull = column.hasNull();
      Input.Kind kind = Input.Kind.of(column.dataType());
      int chosen = count;
      count = 0;
      for (int i = 0; i < chosen; i++) {
        int row = rows[i];
        place(
            row,
            mayBeNull && column.isNullAt(row)
                ? withoutKey()
                : packing.partitionOf(whole(column, kind, row)));
      }
    }

    private void placeByRow(UnsafeProjection projection, ColumnarBatch batch) {
      ColumnVector[] columns = places.stream().map(batch::column).toArray(ColumnVector[]::new);
      ColumnarBatchRow row = new ColumnarBatchRow(columns);
      int chosen = count;
      count = 0;
      for (int i = 0; i < chosen; i++) {
        row.rowId = rows[i];
        UnsafeRow found = projection.apply(row);
        place(row.rowId, found.anyNull() ? withoutKey() : packing.partitionOf(found.hashCode()));
      }
    }

    private int withoutKey() {
      return packing.keyless() ? Math.floorMod(unkeyed++, packing.partitions()) : -1;
    }

    /** Makes room for a row in its partition's run, if it has a partition. */
    private void place(int row, int partition) {
      if (partition >= 0) {
        int at = runs.add(partition, rowLength);
        rows[count] = row;
        targets[count] = runs.bytes(partition);
        offsets[count++] = (long) Platform.BYTE_ARRAY_OFFSET + at;
      }
    }

    /** Writes a column of all rows that have a place, as Spark's rows hold it. */
    private void write(ColumnVector column, int ordinal) {
      long at = nullBytes + (long) ordinal * Long.BYTES;
      boolean mayBeNull = column.hasNull();
      Input.Kind kind = Input.Kind.of(types[ordinal]);
      if (!mayBeNull && kind == Input.Kind.LONG) {
        for (int i = 0; i < count; i++) {
          Platform.putLong(targets[i], offsets[i] + at, column.getLong(rows[i]));
        }
      } else if (!mayBeNull && kind == Input.Kind.DOUBLE) {
        for (int i = 0; i < count; i++) {
          Platform.putDouble(targets[i], offsets[i] + at, column.getDouble(rows[i]));
        }
      } else {
        for (int i = 0; i < count; i++) {
          Platform.putLong(targets[i], offsets[i] + at, 0);
          if (mayBeNull && column.isNullAt(rows[i])) {
            long word = offsets[i] + (long) (ordinal >>> 6) * Long.BYTES;
            long bit = 1L << (ordinal & 63);
            Platform.putLong(targets[i], word, Platform.getLong(targets[i], word) | bit);
          } else {
            write(column, kind, ordinal, i, offsets[i] + at);
          }
        }
      }
    }

    private void write(ColumnVector column, Input.Kind kind, int ordinal, int i, long at) {
      byte[] target = targets[i];
      int row = rows[i];
      switch (kind) {
        case LONG -> Platform.putLong(target, at, column.getLong(row));
        case INT -> Platform.putInt(target, at, column.getInt(row));
        case SHORT -> Platform.putShort(target, at, column.getShort(row));
        case BYTE -> Platform.putByte(target, at, column.getByte(row));
        case DOUBLE -> Platform.putDouble(target, at, column.getDouble(row));
        case FLOAT -> Platform.putFloat(target, at, column.getFloat(row));
        case DECIMAL -> {
          DecimalType type = (DecimalType) types[ordinal];
          long digits = column.getDecimal(row, type.precision(), type.scale()).toUnscaledLong();
          Platform.putLong(target, at, digits);
        }
        case OTHER -> Platform.putBoolean(target, at, column.getBoolean(row));
      }
    }
  }
}
