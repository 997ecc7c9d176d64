package dev.tidemark.pit.kernel;

/**
 * The rows of a spine by key and time.
 *
 * <p>Every different time of a key is <em>asked</em> once, however many rows have it. Asked times
 * are numbered through all keys: those of key k are {@code firstAsked(k)} to {@code firstAsked(k +
 * 1)}, rising.
 */
public final class SpineIndex {
  private final int[] rows;
  private final int[] firstAsked;
  private final long[] asked;
  private final int[] firstRow;

  /**
   * @param keyOf the key of each row, from 0; negative: the row has none and is left out
   * @param timeOf the time of each row
   * @param rowCount how many entries of both are rows
   * @param keyCount more than the greatest key
   */
  public SpineIndex(int[] keyOf, long[] timeOf, int rowCount, int keyCount) {
    int[] firstOfKey = new int[keyCount + 1];
    for (int row = 0; row < rowCount; row++) {
      if (keyOf[row] >= 0) {
        firstOfKey[keyOf[row] + 1]++;
      }
    }
    for (int key = 0; key < keyCount; key++) {
      firstOfKey[key + 1] += firstOfKey[key];
    }
    int keyed = firstOfKey[keyCount];
    rows = new int[keyed];
    int[] next = firstOfKey.clone();
    for (int row = 0; row < rowCount; row++) {
      if (keyOf[row] >= 0) {
        rows[next[keyOf[row]]++] = row;
      }
    }
    firstAsked = new int[keyCount + 1];
    long[] times = new long[keyed];
    int[] starts = new int[keyed + 1];
    int[] spare = new int[keyed];
    int count = 0;
    for (int key = 0; key < keyCount; key++) {
      firstAsked[key] = count;
      sort(rows, timeOf, firstOfKey[key], firstOfKey[key + 1], spare);
      for (int i = firstOfKey[key]; i < firstOfKey[key + 1]; i++) {
        long time = timeOf[rows[i]];
        if (count == firstAsked[key] || times[count - 1] != time) {
          starts[count] = i;
          times[count++] = time;
        }
      }
    }
    firstAsked[keyCount] = count;
    starts[count] = keyed;
    asked = java.util.Arrays.copyOf(times, count);
    firstRow = java.util.Arrays.copyOf(starts, count + 1);
  }

  public int keys() {
    return firstAsked.length - 1;
  }

  /** How many asked times all keys have. */
  public int askedCount() {
    return asked.length;
  }

  public int firstAsked(int key) {
    return firstAsked[key];
  }

  /** The time of an asked number. */
  public long time(int number) {
    return asked[number];
  }

  /**
   * The first asked time of a key that is not before {@code time}; the next key's first if none.
   */
  public int askedFrom(int key, long time) {
    return Search.first(asked, firstAsked[key], firstAsked[key + 1], time);
  }

  /** Where the rows of an asked time begin in {@link #row}; they end where the next's begin. */
  public int firstRow(int number) {
    return firstRow[number];
  }

  /** The number that a row came with, by its place in the order of keys and times. */
  public int row(int place) {
    return rows[place];
  }

  /** Bytes of memory for an index of this size, at most. */
  public static long bytes(long rowCount, long keyCount) {
    return rowCount * (4 + 8 + 4 + 4 + 8 + 4) + keyCount * 12;
  }

  /** A merge sort of row numbers by time; rows of equal time keep their order. */
  private static void sort(int[] rows, long[] timeOf, int from, int to, int[] spare) {
    if (to - from < 24) {
      for (int i = from + 1; i < to; i++) {
        int row = rows[i];
        long time = timeOf[row];
        int j = i;
        for (; j > from && timeOf[rows[j - 1]] > time; j--) {
          rows[j] = rows[j - 1];
        }
        rows[j] = row;
      }
      return;
    }
    int middle = (from + to) >>> 1;
    sort(rows, timeOf, from, middle, spare);
    sort(rows, timeOf, middle, to, spare);
    if (timeOf[rows[middle - 1]] <= timeOf[rows[middle]]) {
      return;
    }
    System.arraycopy(rows, from, spare, from, middle - from);
    int left = from;
    int right = middle;
    for (int i = from; left < middle; i++) {
      rows[i] =
          right < to && timeOf[rows[right]] < timeOf[spare[left]] ? rows[right++] : spare[left++];
    }
  }
}
