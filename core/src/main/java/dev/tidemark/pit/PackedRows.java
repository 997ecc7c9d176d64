package dev.tidemark.pit;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * How many rows lie in one run of bytes, so that a shuffle handles runs and not rows: {@link
 * UnsafeRow}s one after the other, each after its length (8 bytes) unless all are of one length.
 *
 * @param columns of a row
 * @param length of every row; 0: they differ
 */
record PackedRows(int columns, int length) implements Serializable {
  /** The columns of a run. */
  static final int PARTITION = 0;

  static final int IS_STATES = 1;
  static final int BYTES = 2;
  static final int RUN_COLUMNS = 3;

  private static final int HEADER = 8;
  private static final int SHORT = 128;

  static PackedRows of(List<DataType> types) {
    boolean fixed = types.stream().allMatch(UnsafeRow::isFixedLength);
    int length = UnsafeRow.calculateBitSetWidthInBytes(types.size()) + 8 * types.size();
    return new PackedRows(types.size(), fixed ? length : 0);
  }

  /** Bytes that a row takes. */
  int size(UnsafeRow row) {
    return length > 0 ? length : HEADER + row.getSizeInBytes();
  }

  /** Writes a row at an index of {@code bytes}. */
  void write(UnsafeRow row, byte[] bytes, int index) {
    int at = index;
    if (length == 0) {
      Platform.putLong(bytes, Platform.BYTE_ARRAY_OFFSET + at, row.getSizeInBytes());
      at += HEADER;
    }
    copy(row, bytes, (long) Platform.BYTE_ARRAY_OFFSET + at);
  }

  /** Copies a row's bytes. */
  static void copy(UnsafeRow row, @Nullable Object to, long offset) {
    Object from = row.getBaseObject();
    long start = row.getBaseOffset();
    int size = row.getSizeInBytes();
    if (size > SHORT) {
      Platform.copyMemory(from, start, to, offset, size);
      return;
    }
    // A row is of whole words. Of few of them, the check of what is copied would take longer.
    for (int at = 0; at < size; at += Long.BYTES) {
      Platform.putLong(to, offset + at, Platform.getLong(from, start + at));
    }
  }

  /** Goes to the run that a row of {@link Pack}'s result holds. */
  static void open(Batch batch, InternalRow packed) {
    UnsafeRow row = (UnsafeRow) packed;
    long place = row.getLong(BYTES);
    batch.open(row.getBaseObject(), row.getBaseOffset() + (int) (place >>> 32), (int) place);
  }

  /**
   * The rows of all runs, each until the next.
   *
   * @param states is given the runs that hold {@link SlotStates}
   */
  Iterator<InternalRow> unpacked(
      scala.collection.Iterator<InternalRow> runs, Consumer<InternalRow> states) {
    Batch batch = new Batch();
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        while (next == batch.count()) {
          next = 0;
          if (!batch.advance()) {
            if (!runs.hasNext()) {
              return false;
            }
            InternalRow run = runs.next();
            if (run.getBoolean(IS_STATES)) {
              states.accept(run);
            } else {
              open(batch, run);
            }
          }
        }
        return true;
      }

      @Override
      public InternalRow next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return batch.row(next++);
      }
    };
  }

  /** Some rows of a run, which are read where they lie. */
  final class Batch {
    static final int MOST = 1024;

    private final UnsafeRow row = new UnsafeRow(columns);
    private final long[] offsets = new long[MOST];
    private Object base = new byte[0];
    private long next;
    private long end;
    private int count;

    /** Goes to a run; {@link #advance} has its rows. */
    void open(Object object, long offset, int size) {
      base = object;
      next = offset;
      end = offset + size;
      count = 0;
    }

    /** Goes to the next rows; whether there are any. */
    boolean advance() {
      count = 0;
      if (length > 0) {
        for (; next < end && count < MOST; next += length) {
          offsets[count++] = next;
        }
      } else {
        while (next < end && count < MOST) {
          offsets[count++] = next + HEADER;
          next += HEADER + Platform.getLong(base, next);
        }
      }
      return count > 0;
    }

    int count() {
      return count;
    }

    /** The object that the rows lie in. */
    Object base() {
      return base;
    }

    /** Where a row begins. */
    long offset(int number) {
      return offsets[number];
    }

    /** A row, until the next call. */
    UnsafeRow row(int number) {
      long offset = offsets[number];
      row.pointTo(
          base, offset, length > 0 ? length : (int) Platform.getLong(base, offset - HEADER));
      return row;
    }
  }
}
