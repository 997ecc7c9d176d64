package dev.tidemark.pit.kernel;

import java.util.Arrays;

/**
 * The greatest number of a run of slots; a caller that wants the least turns the numbers' order
 * around.
 *
 * <p>Runs that end at the same slot share a queue of the slots that are the greatest of some run to
 * that end, so that moving it costs one push and at most one pop a slot, however many runs there
 * are.
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

  /** Runs of slots with one end, which moves forward. */
  public final class Run {
    // Slots whose number is greater than all later ones'.
    private int[] queue = new int[64];
    private int length;
    private int pushed;

    /** Goes before a key's first slot. */
    public void open(int firstSlot) {
      length = 0;
      pushed = firstSlot;
    }

    /** Moves the end on, up to and without this slot. */
    public void end(int to) {
      for (; pushed < to; pushed++) {
        long value = greatest[pushed];
        if (value != NONE) {
          while (length > 0 && greatest[queue[length - 1]] <= value) {
            length--;
          }
          if (length == queue.length) {
            queue = Arrays.copyOf(queue, 2 * length);
          }
          queue[length++] = pushed;
        }
      }
    }

    /** The greatest from this slot on to the end; {@link #NONE} if there is none. */
    public long from(int slot) {
      int start = 0;
      int left = length;
      while (left > 0) {
        int half = left >>> 1;
        if (queue[start + half] < slot) {
          start += half + 1;
          left -= half + 1;
        } else {
          left = half;
        }
      }
      return start == length ? NONE : greatest[queue[start]];
    }
  }
}
