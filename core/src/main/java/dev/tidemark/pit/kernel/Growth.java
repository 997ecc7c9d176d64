package dev.tidemark.pit.kernel;

/** How arrays grow. */
final class Growth {
  private Growth() {}

  /** A new length for an array: at least what is needed, and half as much again as it was. */
  static int of(int length, int needed) {
    return (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, length + (length >>> 1) + 16L));
  }
}
