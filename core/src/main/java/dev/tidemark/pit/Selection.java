package dev.tidemark.pit;

import java.util.Arrays;

/** Some rows of a batch, each with the slot that it belongs to. */
final class Selection {
  final int[] rows = new int[PackedRows.Batch.MOST];
  final int[] slots = new int[PackedRows.Batch.MOST];
  int count;

  /** Changes whenever the selection does, so that what was read for it is not read again. */
  private long version;

  void clear() {
    count = 0;
    version++;
  }

  void add(int row, int slot) {
    rows[count] = row;
    slots[count++] = slot;
  }

  /** All rows of a batch, without slots. */
  void all(PackedRows.Batch batch) {
    clear();
    count = batch.count();
    for (int i = 0; i < count; i++) {
      rows[i] = i;
    }
  }

  long version() {
    return version;
  }

  @Override
  public String toString() {
    return Arrays.toString(Arrays.copyOf(rows, count));
  }
}
