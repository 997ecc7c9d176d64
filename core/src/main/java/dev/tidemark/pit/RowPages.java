package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.memory.MemoryConsumer;
import org.apache.spark.memory.SparkOutOfMemoryError;
import org.apache.spark.memory.TaskMemoryManager;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.memory.MemoryBlock;

/**
 * Rows in pages of a task's memory, and the account of what the task holds beside them. Spark's own
 * error tells where there is no more.
 */
final class RowPages extends MemoryConsumer {
  private static final long FIRST_PAGE = 4L << 10;
  private static final long GREATEST_PAGE = 16L << 20;
  private static final int HEADER = 8;

  private final List<MemoryBlock> pages = new ArrayList<>();
  private long end;
  private long accounted;
  private final long limit;

  /**
   * @param limit bytes that may be held, though Spark may grant less
   */
  RowPages(TaskMemoryManager manager, long limit) {
    super(manager, FIRST_PAGE, manager.getTungstenMemoryMode());
    this.limit = limit;
  }

  private void checkLimit(long more) {
    if (bytes() + more > limit) {
      throw refused(more, Math.max(0, limit - bytes()));
    }
  }

  private static SparkOutOfMemoryError refused(long requested, long received) {
    return new SparkOutOfMemoryError(
        "UNABLE_TO_ACQUIRE_MEMORY",
        Map.of(
            "requestedBytes", Long.toString(requested), "receivedBytes", Long.toString(received)));
  }

  /** Accounts for arrays of this size, which are on the heap. */
  void account(long bytes) {
    if (bytes == 0) {
      return;
    }
    checkLimit(bytes);
    long granted = acquireMemory(bytes);
    accounted += granted;
    if (granted < bytes) {
      throw refused(bytes, granted);
    }
  }

  /** Tells by its error if so many bytes more would be refused. */
  void checkRoom(long bytes) {
    if (!pages.isEmpty() && end + bytes <= last().size()) {
      return;
    }
    long most = bytes + nextPage();
    checkLimit(most);
    long granted = acquireMemory(most);
    freeMemory(granted);
    if (granted < most) {
      throw refused(most, granted);
    }
  }

  private long nextPage() {
    return Math.min(GREATEST_PAGE, FIRST_PAGE << Math.min(12, pages.size()));
  }

  /** Bytes in pages and on account. */
  long bytes() {
    return getUsed();
  }

  /** Copies a row; returns its address. */
  long append(UnsafeRow row) {
    int size = row.getSizeInBytes();
    long needed = (long) HEADER + size;
    if (pages.isEmpty() || end + needed > last().size()) {
      long page = nextPage();
      checkLimit(Math.max(page, needed));
      pages.add(allocatePage(Math.max(page, needed)));
      end = 0;
    }
    long address = ((long) (pages.size() - 1) << 32) | end;
    Object base = last().getBaseObject();
    long offset = last().getBaseOffset() + end;
    Platform.putInt(base, offset, size);
    PackedRows.copy(row, base, offset + HEADER);
    end += needed;
    return address;
  }

  /** Copies a row over another where it is as long; returns where it is now. */
  long replace(long address, UnsafeRow row) {
    MemoryBlock page = pages.get((int) (address >>> 32));
    long offset = page.getBaseOffset() + (int) address;
    int size = row.getSizeInBytes();
    if (Platform.getInt(page.getBaseObject(), offset) != size) {
      return append(row);
    }
    PackedRows.copy(row, page.getBaseObject(), offset + HEADER);
    return address;
  }

  /** Points {@code row} to the row at an address. */
  UnsafeRow point(UnsafeRow row, long address) {
    MemoryBlock page = pages.get((int) (address >>> 32));
    long offset = page.getBaseOffset() + (int) address;
    row.pointTo(
        page.getBaseObject(), offset + HEADER, Platform.getInt(page.getBaseObject(), offset));
    return row;
  }

  void free() {
    pages.forEach(this::freePage);
    pages.clear();
    if (accounted > 0) {
      freeMemory(accounted);
    }
    accounted = 0;
  }

  @Override
  public long spill(long size, MemoryConsumer trigger) {
    return 0;
  }

  private MemoryBlock last() {
    return pages.get(pages.size() - 1);
  }
}
