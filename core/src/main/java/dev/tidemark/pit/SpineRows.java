package dev.tidemark.pit;

import dev.tidemark.pit.kernel.SpineIndex;
import java.util.Arrays;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.jspecify.annotations.Nullable;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;

/** The rows of a spine in one task, by key and time. */
final class SpineRows {
  private final Seq<Attribute> columns;
  private final Seq<Expression> keys;
  private final Expression asOf;
  private final RowPages pages;
  private final boolean keep;
  private final KeyIndex keyIndex;
  private final UnsafeRow row;
  private int[] keyOf = new int[1024];
  private long[] timeOf = new long[1024];
  private long[] addressOf = new long[1024];
  private int count;
  private @Nullable SpineIndex index;

  /**
   * @param keep whether the rows themselves are kept, and not only their keys and times
   */
  SpineRows(
      Seq<Attribute> columns, Seq<Expression> keys, Expression asOf, RowPages pages, boolean keep) {
    this.columns = columns;
    this.keys = keys;
    this.asOf = asOf;
    this.pages = pages;
    this.keep = keep;
    this.keyIndex = KeyIndex.of(Columns.list(keys), pages);
    this.row = new UnsafeRow(columns.size());
  }

  /** Reads packed rows, once. */
  void read(Iterator<InternalRow> runs) {
    KeyIndex.Reader key = keyIndex.adding(Columns.list(keys), columns);
    Input time = new Input(asOf, columns);
    PackedRows.Batch batch = PackedRows.of(SlotTask.types(columns)).new Batch();
    while (runs.hasNext()) {
      PackedRows.open(batch, runs.next());
      while (batch.advance()) {
        for (int i = 0; i < batch.count(); i++) {
          add(batch.row(i), key, time);
        }
      }
    }
    pages.account(SpineIndex.bytes(count, keyIndex.count()));
  }

  private void add(UnsafeRow added, KeyIndex.Reader key, Input time) {
    if (count == keyOf.length) {
      int length = Math.addExact(count, count >>> 1);
      pages.account(20L * (length - count));
      keyOf = Arrays.copyOf(keyOf, length);
      timeOf = Arrays.copyOf(timeOf, length);
      addressOf = Arrays.copyOf(addressOf, length);
    }
    InternalRow found = time.of(added);
    boolean hasTime = !time.isNull(found);
    keyOf[count] = hasTime ? key.number(added) : KeyIndex.NONE;
    timeOf[count] = hasTime ? time.whole(found) : 0;
    if (keep) {
      addressOf[count] = pages.append(added);
    }
    count++;
  }

  int count() {
    return count;
  }

  boolean hasKey(int number) {
    return keyOf[number] != KeyIndex.NONE;
  }

  /** A row that was kept, until the next call. */
  UnsafeRow row(int number) {
    return pages.point(row, addressOf[number]);
  }

  KeyIndex keys() {
    return keyIndex;
  }

  SpineIndex index() {
    SpineIndex made = index;
    if (made == null) {
      made = new SpineIndex(keyOf, timeOf, count, keyIndex.count());
      index = made;
    }
    return made;
  }
}
