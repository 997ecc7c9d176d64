package dev.tidemark.pit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * The runs that one task fills, one a partition at a time. A run lies in memory as the row of
 * {@link Pack}'s result that it becomes, so that it is not copied to be sent.
 */
final class PackedRuns {
  private static final int SMALLEST = 4 << 10;
  static final int GREATEST = 32 << 10;
  private static final int ALL = 256 << 10;
  private static final int HEADER =
      UnsafeRow.calculateBitSetWidthInBytes(PackedRows.RUN_COLUMNS)
          + PackedRows.RUN_COLUMNS * Long.BYTES;

  private final int length;
  private final byte[] @Nullable [] filling;
  private final int[] filled;
  private final Deque<UnsafeRow> ready = new ArrayDeque<>();
  private final Deque<byte[]> free = new ArrayDeque<>();
  private @Nullable UnsafeRow sent;

  PackedRuns(int partitions) {
    length = Math.max(SMALLEST, Math.min(GREATEST, ALL / partitions));
    filling = new byte[partitions][];
    filled = new int[partitions];
  }

  /**
   * Makes room in a partition's run.
   *
   * @return where the {@code size} bytes begin in {@link #bytes}
   */
  int add(int partition, int size) {
    if (filled[partition] > 0 && filled[partition] + size > length) {
      end(partition);
    }
    if (filling[partition] == null) {
      filling[partition] =
          size > length || free.isEmpty() ? new byte[HEADER + Math.max(length, size)] : free.pop();
    }
    int place = HEADER + filled[partition];
    filled[partition] += size;
    return place;
  }

  /** The run that the last {@link #add} made room in. */
  byte[] bytes(int partition) {
    return Objects.requireNonNull(filling[partition]);
  }

  private void end(int partition) {
    byte[] run = bytes(partition);
    UnsafeRow row = new UnsafeRow(PackedRows.RUN_COLUMNS);
    row.pointTo(run, HEADER + filled[partition]);
    Platform.putLong(run, Platform.BYTE_ARRAY_OFFSET, 0);
    row.setInt(PackedRows.PARTITION, partition);
    row.setBoolean(PackedRows.IS_STATES, false);
    row.setLong(PackedRows.BYTES, ((long) HEADER << 32) | filled[partition]);
    ready.add(row);
    filling[partition] = null;
    filled[partition] = 0;
  }

  /** Ends all runs that hold anything. */
  void endAll() {
    for (int partition = 0; partition < filled.length; partition++) {
      if (filled[partition] > 0) {
        end(partition);
      }
    }
  }

  boolean hasReady() {
    return !ready.isEmpty();
  }

  /** The row of the next run that ended, until the next call. */
  UnsafeRow next() {
    if (sent != null
        && sent.getBaseObject() instanceof byte[] run
        && run.length == HEADER + length) {
      free.push(run);
    }
    sent = ready.remove();
    return sent;
  }
}
