package dev.tidemark.pit.kernel;

/**
 * Where to look in the sorted values of each of many lists, so that a search in a long list does
 * not wait for memory at every step: a list's range is cut into equal parts, about one for every
 * two to four values, and for each part there is the first value in it. Where values are clustered,
 * a part has many, and it is a binary search again.
 */
final class Directory {
  private static final int SHORT = 128;

  private final long[] values;
  private final int[] firstPart;
  private final byte[] shifts;
  private final int[] firstIn;

  /**
   * @param values of all lists, ascending and distinct in each
   * @param firstOf where each list begins, and after them the end
   */
  Directory(long[] values, int[] firstOf) {
    this.values = values;
    int lists = firstOf.length - 1;
    firstPart = new int[lists + 1];
    shifts = new byte[lists];
    for (int list = 0; list < lists; list++) {
      int length = firstOf[list + 1] - firstOf[list];
      int parts = 0;
      if (length > SHORT) {
        long range = values[firstOf[list + 1] - 1] - values[firstOf[list]];
        int bits = 31 - Integer.numberOfLeadingZeros(length) - 1;
        int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(range) - bits);
        shifts[list] = (byte) shift;
        // And one for the end.
        parts = (int) (range >>> shift) + 2;
      }
      firstPart[list + 1] = firstPart[list] + parts;
    }
    firstIn = new int[firstPart[lists]];
    for (int list = 0; list < lists; list++) {
      int parts = firstPart[list + 1] - firstPart[list];
      if (parts > 0) {
        fill(firstPart[list], parts, firstOf[list], firstOf[list + 1], shifts[list]);
      }
    }
  }

  private void fill(int firstPart, int parts, int from, int to, int shift) {
    int value = from;
    for (int part = 0; part < parts; part++) {
      while (value < to && (values[value] - values[from]) >>> shift < part) {
        value++;
      }
      firstIn[firstPart + part] = value;
    }
  }

  /**
   * The first place of a list whose value is at least {@code value}; else {@code to}.
   *
   * @param from where the list begins
   * @param to where it ends
   */
  int first(int list, int from, int to, long value) {
    int own = firstPart[list];
    int last = firstPart[list + 1] - own - 2;
    if (last < 0) {
      return Search.first(values, from, to, value);
    }
    long least = values[from];
    if (value <= least) {
      return from;
    }
    // Of a range that is greater than the greatest long, the difference is right when unsigned.
    long part = (value - least) >>> shifts[list];
    return Long.compareUnsigned(part, last) > 0
        ? to
        : Search.first(values, firstIn[own + (int) part], firstIn[own + (int) part + 1], value);
  }

  /** Bytes of memory, at most. */
  static long bytes(long lists, long values) {
    return lists * (4 + 1) + values * 2;
  }
}
