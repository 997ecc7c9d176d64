package dev.tidemark.pit.kernel;

import java.util.Arrays;

/** Dense numbers for keys that are one whole number. */
public final class LongKeys {
  private static final int FREE = -1;

  private long[] keys = new long[1024];
  private int[] numbers = new int[1024];
  private int count;

  public LongKeys() {
    Arrays.fill(numbers, FREE);
  }

  public int count() {
    return count;
  }

  /** The number of a key; -1 if it has none. */
  public int find(long key) {
    return numbers[place(key)];
  }

  /** The numbers of {@code count} keys; -1 where there is none. */
  public void find(long[] sought, int count, int[] found) {
    for (int i = 0; i < count; i++) {
      found[i] = numbers[place(sought[i])];
    }
  }

  /** The number of a key; a new one gets the next. */
  public int add(long key) {
    int place = place(key);
    if (numbers[place] != FREE) {
      return numbers[place];
    }
    if (2 * (count + 1) > keys.length) {
      grow();
      place = place(key);
    }
    keys[place] = key;
    numbers[place] = count;
    return count++;
  }

  /** All keys by their numbers. */
  public long[] byNumber() {
    long[] all = new long[count];
    for (int place = 0; place < keys.length; place++) {
      if (numbers[place] != FREE) {
        all[numbers[place]] = keys[place];
      }
    }
    return all;
  }

  private int place(long key) {
    int mask = keys.length - 1;
    int place = (int) Mix.of(key) & mask;
    while (numbers[place] != FREE && keys[place] != key) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldNumbers = numbers;
    keys = new long[2 * oldKeys.length];
    numbers = new int[keys.length];
    Arrays.fill(numbers, FREE);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldNumbers[i] != FREE) {
        int place = place(oldKeys[i]);
        keys[place] = oldKeys[i];
        numbers[place] = oldNumbers[i];
      }
    }
  }
}
