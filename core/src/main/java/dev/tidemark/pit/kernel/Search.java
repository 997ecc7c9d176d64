package dev.tidemark.pit.kernel;

/** Binary search without branches that a processor would guess wrong. */
final class Search {
  private Search() {}

  /**
   * The first place in {@code [from, to)} whose value is at least {@code value}; else {@code to}.
   */
  static int first(long[] values, int from, int to, long value) {
    int start = from;
    int length = to - from;
    while (length > 1) {
      int half = length >>> 1;
      start = values[start + half - 1] < value ? start + half : start;
      length -= half;
    }
    return length == 1 && values[start] < value ? start + 1 : start;
  }
}
