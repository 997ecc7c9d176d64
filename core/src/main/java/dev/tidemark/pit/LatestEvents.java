package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Spans;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.BaseOrdering;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.Platform;

/**
 * The latest event of each slot: its time, and a row of what is wanted of it. Short rows of fixed
 * length lie beside the time, so that to look and to replace touch one place; others in pages.
 */
final class LatestEvents {
  private static final long NONE = -1;
  private static final int LONGEST_BESIDE = 64;
  // Words of a slot.
  private static final int TIME = 0;
  private static final int ROW = 1;
  private static final int BESIDE = 2;

  private final RowPages pages;
  private final BaseOrdering order;
  private final UnsafeRow one;
  private final UnsafeRow other;
  private final int beside;
  private final int stride;
  private long[] words = new long[0];
  private int slots;
  private int running = -1;
  private long ties;

  /**
   * @param order of rows of events with equal time
   * @param types of a row's columns
   */
  LatestEvents(RowPages pages, BaseOrdering order, List<DataType> types) {
    this.pages = pages;
    this.order = order;
    this.one = new UnsafeRow(types.size());
    this.other = new UnsafeRow(types.size());
    this.beside = beside(types);
    this.stride = BESIDE + beside / Long.BYTES;
  }

  /** Bytes of a row that lies beside its time; 0: rows lie in pages. */
  private static int beside(List<DataType> types) {
    int length = PackedRows.of(types).length();
    return length <= LONGEST_BESIDE ? length : 0;
  }

  static long slotBytes(List<DataType> types) {
    return (long) BESIDE * Long.BYTES + beside(types);
  }

  void reserve(int count) {
    if (count > slots) {
      int more = Math.max(count, slots + (slots >>> 1));
      words = Arrays.copyOf(words, Math.multiplyExact(more, stride));
      for (int slot = slots; slot < more; slot++) {
        words[slot * stride + ROW] = NONE;
      }
      slots = more;
    }
  }

  /** Whether an event of this time may be the latest of a slot; if so, {@link #offer} it. */
  boolean mayBeLatest(int slot, long time) {
    return isEmpty(slot) || time >= time(slot);
  }

  private boolean isEmpty(int slot) {
    return words[slot * stride + ROW] == NONE;
  }

  void offer(int slot, long time, UnsafeRow row) {
    boolean isFirst = isEmpty(slot);
    if (!isFirst && time == time(slot)) {
      ties++;
      if (order.compare(row, point(one, slot)) <= 0) {
        return;
      }
    }
    int at = slot * stride;
    words[at + TIME] = time;
    if (beside > 0) {
      words[at + ROW] = 0;
      PackedRows.copy(row, words, offset(at + BESIDE));
    } else {
      words[at + ROW] = isFirst ? pages.append(row) : pages.replace(words[at + ROW], row);
    }
  }

  private static long offset(int word) {
    return Platform.LONG_ARRAY_OFFSET + (long) word * Long.BYTES;
  }

  private UnsafeRow point(UnsafeRow row, int slot) {
    int at = slot * stride;
    if (beside == 0) {
      return pages.point(row, words[at + ROW]);
    }
    row.pointTo(words, offset(at + BESIDE), beside);
    return row;
  }

  /** Writes what a slot holds, for {@link #load}. */
  void save(int slot, DataOutput out) throws IOException {
    out.writeBoolean(!isEmpty(slot));
    if (!isEmpty(slot)) {
      byte[] row = row(slot).getBytes();
      out.writeLong(time(slot));
      out.writeInt(row.length);
      out.write(row);
    }
  }

  /** Offers what {@link #save} wrote to a slot. */
  void load(int slot, DataInput in) throws IOException {
    if (!in.readBoolean()) {
      return;
    }
    long time = in.readLong();
    byte[] row = new byte[in.readInt()];
    in.readFully(row);
    if (mayBeLatest(slot, time)) {
      other.pointTo(row, row.length);
      offer(slot, time, other);
    }
  }

  long ties() {
    return ties;
  }

  /** Goes before the first asked time of a key. */
  void open() {
    running = -1;
  }

  /**
   * Goes to an asked time, whose slot has its number: the latest event up to it and among some
   * single slots.
   *
   * @return its slot; -1: there is none
   */
  int move(int asked, Spans spans, int singles) {
    if (!isEmpty(asked)) {
      running = asked;
    }
    int latest = running;
    for (int i = 0; i < singles; i++) {
      int slot = spans.slot(i);
      if (!isEmpty(slot) && (latest < 0 || isAfter(slot, latest))) {
        latest = slot;
      }
    }
    return latest;
  }

  private boolean isAfter(int slot, int than) {
    return time(slot) > time(than)
        || (time(slot) == time(than) && order.compare(point(one, slot), point(other, than)) > 0);
  }

  long time(int slot) {
    return words[slot * stride + TIME];
  }

  UnsafeRow row(int slot) {
    return point(one, slot);
  }
}
