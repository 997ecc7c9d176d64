package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Spans;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.BaseOrdering;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** The latest event of each slot: its time, and a row of what is wanted of it. */
final class LatestEvents {
  private static final long NONE = -1;

  private final RowPages pages;
  private final BaseOrdering order;
  private final UnsafeRow one;
  private final UnsafeRow other;
  private long[] times = new long[0];
  private long[] rows = new long[0];
  private int running = -1;
  private long ties;

  /**
   * @param order of rows of events with equal time
   * @param columns of a row
   */
  LatestEvents(RowPages pages, BaseOrdering order, int columns) {
    this.pages = pages;
    this.order = order;
    this.one = new UnsafeRow(columns);
    this.other = new UnsafeRow(columns);
  }

  static long slotBytes() {
    return 16;
  }

  void reserve(int slots) {
    if (slots > rows.length) {
      int old = rows.length;
      int length = Math.max(slots, old + (old >>> 1));
      times = Arrays.copyOf(times, length);
      rows = Arrays.copyOf(rows, length);
      Arrays.fill(rows, old, length, NONE);
    }
  }

  /** Whether an event of this time may be the latest of a slot; if so, {@link #offer} it. */
  boolean mayBeLatest(int slot, long time) {
    return rows[slot] == NONE || time >= times[slot];
  }

  void offer(int slot, long time, UnsafeRow row) {
    long stored = rows[slot];
    if (stored == NONE) {
      rows[slot] = pages.append(row);
    } else {
      if (time == times[slot]) {
        ties++;
        if (order.compare(row, pages.point(one, stored)) <= 0) {
          return;
        }
      }
      rows[slot] = pages.replace(stored, row);
    }
    times[slot] = time;
  }

  /** Writes what a slot holds, for {@link #load}. */
  void save(int slot, DataOutput out) throws IOException {
    out.writeBoolean(rows[slot] != NONE);
    if (rows[slot] != NONE) {
      byte[] row = row(slot).getBytes();
      out.writeLong(times[slot]);
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
    if (rows[asked] != NONE) {
      running = asked;
    }
    int latest = running;
    for (int i = 0; i < singles; i++) {
      int slot = spans.slot(i);
      if (rows[slot] != NONE && (latest < 0 || isAfter(slot, latest))) {
        latest = slot;
      }
    }
    return latest;
  }

  private boolean isAfter(int slot, int than) {
    return times[slot] > times[than]
        || (times[slot] == times[than]
            && order.compare(pages.point(one, rows[slot]), pages.point(other, rows[than])) > 0);
  }

  long time(int slot) {
    return times[slot];
  }

  UnsafeRow row(int slot) {
    return pages.point(one, rows[slot]);
  }
}
