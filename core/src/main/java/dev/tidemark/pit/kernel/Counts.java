package dev.tidemark.pit.kernel;

import java.util.Arrays;

/** How many events a run of slots holds. */
public final class Counts {
  private long[] counts = new long[0];
  private int sealed;

  public void reserve(int slots) {
    if (slots > counts.length) {
      counts = Arrays.copyOf(counts, Growth.of(counts.length, slots));
    }
  }

  public void add(int slot) {
    counts[slot]++;
  }

  public void add(int slot, long number) {
    counts[slot] += number;
  }

  /** All events of the first {@code slots} slots are in; they can be asked for in runs now. */
  public void seal(int slots) {
    for (int slot = 1; slot < slots; slot++) {
      counts[slot] += counts[slot - 1];
    }
    sealed = slots;
  }

  /** In the sealed slots {@code [from, to)}. */
  public long between(int from, int to) {
    return to <= from ? 0 : counts[to - 1] - (from == 0 ? 0 : counts[from - 1]);
  }

  /** In a slot that is not among the sealed. */
  public long in(int slot) {
    if (slot < sealed) {
      throw new IllegalArgumentException("slot " + slot + " is sealed");
    }
    return counts[slot];
  }
}
