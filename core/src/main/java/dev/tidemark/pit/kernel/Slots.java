package dev.tidemark.pit.kernel;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The slots that the windows of a spine cut each key's time into.
 *
 * <p>A slot is the time after one bound up to and with the next; the bounds of a key are its asked
 * times T and, for each window w, T - w. So every window (T - w, T] is a run of whole slots. The
 * first slot of a key has no lower bound. Slots are numbered through all keys.
 */
public final class Slots {
  /** The window without a lower bound. */
  public static final long UNBOUNDED = Long.MAX_VALUE;

  private final SpineIndex spine;
  private final long[] windows;
  private final int[] firstSlot;
  private final long[] bounds;
  // Null: all slots end at the asked time of their number.
  private final int @Nullable [] askedAt;
  private final Directory directory;

  /**
   * @param windows their lengths in microseconds, or {@link #UNBOUNDED}
   */
  public Slots(SpineIndex spine, long[] windows) {
    this.spine = spine;
    this.windows = windows.clone();
    long[] back =
        Arrays.stream(windows).filter(window -> window != UNBOUNDED).sorted().distinct().toArray();
    int lists = back.length + 1;
    firstSlot = new int[spine.keys() + 1];
    long most = (long) spine.askedCount() * lists;
    if (most > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("too many slots for one partition: " + most);
    }
    long[] found = new long[(int) most];
    int count = 0;
    int[] at = new int[lists];
    for (int key = 0; key < spine.keys(); key++) {
      firstSlot[key] = count;
      Arrays.fill(at, spine.firstAsked(key));
      int end = spine.firstAsked(key + 1);
      while (at[0] < end) {
        long least = spine.time(at[0]);
        for (int list = 1; list < lists; list++) {
          if (at[list] < end) {
            least = Math.min(least, minus(spine.time(at[list]), back[list - 1]));
          }
        }
        found[count++] = least;
        for (int list = 0; list < lists; list++) {
          long span = list == 0 ? 0 : back[list - 1];
          if (at[list] < end && minus(spine.time(at[list]), span) == least) {
            at[list]++;
          }
        }
      }
    }
    firstSlot[spine.keys()] = count;
    bounds = Arrays.copyOf(found, count);
    directory = new Directory(bounds, firstSlot);
    askedAt = lists == 1 ? null : askedAt();
  }

  private int[] askedAt() {
    int[] found = new int[bounds.length];
    for (int key = 0; key < spine.keys(); key++) {
      int asked = spine.firstAsked(key);
      for (int slot = firstSlot[key]; slot < firstSlot[key + 1]; slot++) {
        while (spine.time(asked) < bounds[slot]) {
          asked++;
        }
        found[slot] = asked;
      }
    }
    return found;
  }

  public int count() {
    return bounds.length;
  }

  public int windows() {
    return windows.length;
  }

  public long window(int number) {
    return windows[number];
  }

  public int firstSlot(int key) {
    return firstSlot[key];
  }

  /** The slot of an event of this key and time; -1 if it is later than every asked time. */
  public int slotOf(int key, long time) {
    int end = firstSlot[key + 1];
    int slot = directory.first(key, firstSlot[key], end, time);
    return slot == end ? -1 : slot;
  }

  /**
   * Writes the slot of each of {@code count} events.
   *
   * @param keys of the events; negative: none, and so no slot
   */
  public void slotsOf(int[] keys, long[] times, int count, int[] slots) {
    for (int i = 0; i < count; i++) {
      slots[i] = keys[i] < 0 ? -1 : slotOf(keys[i], times[i]);
    }
  }

  /** The first asked time that is not before a slot's events. */
  public int askedAt(int slot) {
    return askedAt == null ? slot : askedAt[slot];
  }

  /** Bytes of memory for the slots of so many asked times, at most. */
  public static long bytes(long asked, int windows) {
    return asked * (windows + 1) * (8 + 8 + 4) + Directory.bytes(asked, asked * (windows + 1));
  }

  /** Moves over the asked times of a key, and tells the run of slots of each window. */
  public final class Cursor {
    private final int[] from = new int[windows.length];
    private int to;
    private int end;

    /** Goes before the first asked time of a key. */
    public void open(int key) {
      Arrays.fill(from, firstSlot[key]);
      to = firstSlot[key];
      end = firstSlot[key + 1];
    }

    /** Goes to an asked time of the key, not before the last one. */
    public void move(int asked) {
      long time = spine.time(asked);
      while (to < end && bounds[to] <= time) {
        to++;
      }
      for (int window = 0; window < windows.length; window++) {
        if (windows[window] != UNBOUNDED) {
          long before = minus(time, windows[window]);
          while (from[window] < end && bounds[from[window]] <= before) {
            from[window]++;
          }
        }
      }
    }

    /** The first slot of a window. */
    public int from(int window) {
      return from[window];
    }

    /** The first slot after every window. */
    public int to() {
      return to;
    }
  }

  /** A difference that stops at the least number. */
  static long minus(long time, long span) {
    long result = time - span;
    return result > time ? Long.MIN_VALUE : result;
  }
}
