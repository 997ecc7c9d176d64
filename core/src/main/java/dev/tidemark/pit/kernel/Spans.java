package dev.tidemark.pit.kernel;

import java.util.Arrays;

/**
 * Slots for events that count at some asked times of a key but not by their own time alone: those
 * that became known late, and those that are replaced later.
 *
 * <p>Such an event counts in a run of the key's asked times. The asked times of a key are the
 * leaves of a binary tree; a run is covered by at most two nodes a level, and each node that
 * anything was put in has a slot. An asked time then holds what is in the slots from its leaf to
 * the root. So an event costs O(log n), not one entry an asked time.
 *
 * <p>Windows differ in the runs of one event, so every window has a tree of its own.
 */
public final class Spans {
  private static final int FREE = -1;

  private final SpineIndex spine;
  private final int windows;
  private long[] nodes = new long[64];
  private int[] slots = new int[64];
  private int used;
  private int nextSlot;
  private final int[] found = new int[128];

  /**
   * @param firstSlot the number of the first slot that this may give
   */
  public Spans(SpineIndex spine, int windows, int firstSlot) {
    this.spine = spine;
    this.windows = windows;
    this.nextSlot = firstSlot;
    Arrays.fill(slots, FREE);
  }

  public boolean isEmpty() {
    return used == 0;
  }

  /** One more than the greatest slot given so far. */
  public int end() {
    return nextSlot;
  }

  /** Bytes of memory, but for what the slots hold. */
  public long bytes() {
    return 12L * nodes.length;
  }

  /**
   * The slots that an event has to be put in, so that it counts at the asked times {@code [from,
   * to)} of a key; {@link #slot} has them.
   */
  public int cover(int key, int window, int from, int to) {
    int first = spine.firstAsked(key);
    int size = spine.firstAsked(key + 1) - first;
    int count = 0;
    int left = from - first + size;
    int right = to - first + size;
    while (left < right) {
      if ((left & 1) == 1) {
        found[count++] = slotOf(id(first, window, left++));
      }
      if ((right & 1) == 1) {
        found[count++] = slotOf(id(first, window, --right));
      }
      left >>>= 1;
      right >>>= 1;
    }
    return count;
  }

  /** The slots that count at an asked time; {@link #slot} has them. */
  public int at(int key, int window, int asked) {
    if (used == 0) {
      return 0;
    }
    int first = spine.firstAsked(key);
    int size = spine.firstAsked(key + 1) - first;
    int count = 0;
    for (int node = asked - first + size; node >= 1; node >>>= 1) {
      int place = place(id(first, window, node));
      if (slots[place] != FREE) {
        found[count++] = slots[place];
      }
    }
    return count;
  }

  /** A slot of the last {@link #cover} or {@link #at}. */
  public int slot(int number) {
    return found[number];
  }

  /** Nodes of a key with n asked times are 1 to 2n - 1. */
  private long id(int first, int window, int node) {
    return (2L * first + node) * windows + window;
  }

  private int slotOf(long id) {
    int place = place(id);
    if (slots[place] != FREE) {
      return slots[place];
    }
    if (2 * (used + 1) > nodes.length) {
      grow();
      place = place(id);
    }
    used++;
    nodes[place] = id;
    slots[place] = nextSlot;
    return nextSlot++;
  }

  private int place(long id) {
    int mask = nodes.length - 1;
    int place = (int) Mix.of(id) & mask;
    while (slots[place] != FREE && nodes[place] != id) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void grow() {
    long[] oldNodes = nodes;
    int[] oldSlots = slots;
    nodes = new long[2 * oldNodes.length];
    slots = new int[nodes.length];
    Arrays.fill(slots, FREE);
    for (int i = 0; i < oldNodes.length; i++) {
      if (oldSlots[i] != FREE) {
        int place = place(oldNodes[i]);
        nodes[place] = oldNodes[i];
        slots[place] = oldSlots[i];
      }
    }
  }
}
