package dev.tidemark.pit.kernel;

import java.util.Arrays;

/**
 * The greatest number of a run of slots; a caller that wants the least turns the numbers' order
 * around.
 *
 * <p>A run that only moves forward keeps a queue of the slots that can still become its greatest,
 * so that moving costs one push and one pop a slot.
 */
public final class Extremes {
  /** Held by a slot without numbers, and so never a number of its own: callers count beside. */
  public static final long NONE = Long.MIN_VALUE;

  private long[] greatest = new long[0];

  public void reserve(int slots) {
    if (slots > greatest.length) {
      int old = greatest.length;
      greatest = Arrays.copyOf(greatest, Growth.of(old, slots));
      Arrays.fill(greatest, old, greatest.length, NONE);
    }
  }

  public void add(int slot, long value) {
    if (value > greatest[slot]) {
      greatest[slot] = value;
    }
  }

  public long in(int slot) {
    return greatest[slot];
  }

  /** A run of slots that moves forward. */
  public final class Run {
    private int[] queue = new int[64];
    private int head;
    private int tail;
    private int pushed;

    /** Goes before a key's first slot. */
    public void open(int firstSlot) {
      head = 0;
      tail = 0;
      pushed = firstSlot;
    }

    /**
     * The greatest of {@code [from, to)}, neither of which is less than it was; {@link #NONE} if
     * there is none.
     */
    public long move(int from, int to) {
      for (; pushed < to; pushed++) {
        long value = greatest[pushed];
        if (value != NONE) {
          while (tail > head && greatest[queue[tail - 1]] <= value) {
            tail--;
          }
          if (tail == queue.length) {
            makeRoom();
          }
          queue[tail++] = pushed;
        }
      }
      while (head < tail && queue[head] < from) {
        head++;
      }
      return head == tail ? NONE : greatest[queue[head]];
    }

    private void makeRoom() {
      int size = tail - head;
      int[] next = size > queue.length / 2 ? new int[2 * queue.length] : queue;
      System.arraycopy(queue, head, next, 0, size);
      queue = next;
      head = 0;
      tail = size;
    }
  }
}
