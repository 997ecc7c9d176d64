package dev.tidemark.pit;

import dev.tidemark.pit.kernel.LongKeys;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import scala.collection.immutable.Seq;

/** Numbers the keys of a spine, and finds them for events. */
abstract class KeyIndex {
  static final int NONE = -1;

  /** Reads the keys of one kind of rows. */
  interface Reader {
    /** The number of the row's key; {@link #NONE} if it has a null, or is unknown and not added. */
    int number(InternalRow row);
  }

  /** Finds the keys of a batch of rows. */
  interface Finder {
    /** Writes the number of each row's key; {@link #NONE} if it has a null or is unknown. */
    void find(PackedRows.Batch batch, Selection all, int[] numbers);
  }

  static KeyIndex of(List<Expression> keys, RowPages pages) {
    return keys.size() == 1 && Input.Kind.of(keys.get(0).dataType()).isWhole()
        ? new OfNumber()
        : new OfRows(keys.size(), pages);
  }

  abstract int count();

  /** A reader that gives unknown keys the next number. */
  abstract Reader adding(List<Expression> keys, Seq<Attribute> columns);

  abstract Finder finding(List<Expression> keys, Seq<Attribute> columns);

  /** What {@link Packing} partitions by: all keys by their numbers. */
  abstract long[] codes();

  /** Writes a key, for {@link #load}. */
  abstract void save(int number, long code, DataOutput out) throws IOException;

  /** The number of a key that {@link #save} wrote; {@link #NONE} if it is unknown. */
  abstract int load(long code, DataInput in) throws IOException;

  private static final class OfNumber extends KeyIndex {
    private final LongKeys keys = new LongKeys();

    @Override
    int count() {
      return keys.count();
    }

    @Override
    Reader adding(List<Expression> expressions, Seq<Attribute> columns) {
      Input input = new Input(expressions.get(0), columns);
      return row -> {
        InternalRow found = input.of(row);
        return input.isNull(found) ? NONE : keys.add(input.whole(found));
      };
    }

    @Override
    Finder finding(List<Expression> expressions, Seq<Attribute> columns) {
      Input input = new Input(expressions.get(0), columns);
      return (batch, all, numbers) -> {
        input.load(batch, all);
        keys.find(input.wholes(), all.count, numbers);
        if (input.mayBeNull()) {
          for (int i = 0; i < all.count; i++) {
            numbers[i] = input.nulls()[i] ? NONE : numbers[i];
          }
        }
      };
    }

    @Override
    long[] codes() {
      return keys.byNumber();
    }

    @Override
    void save(int number, long code, DataOutput out) {}

    @Override
    int load(long code, DataInput in) {
      return keys.find(code);
    }
  }

  /** Keys whose equality is that of their bytes. */
  private static final class OfRows extends KeyIndex {
    private final RowPages pages;
    private final UnsafeRow stored;
    private int[] numbers = new int[1024];
    private long[] addresses = new long[512];
    private int[] hashes = new int[512];
    private int count;

    OfRows(int columns, RowPages pages) {
      this.pages = pages;
      this.stored = new UnsafeRow(columns);
      Arrays.fill(numbers, NONE);
    }

    @Override
    int count() {
      return count;
    }

    @Override
    Reader adding(List<Expression> keys, Seq<Attribute> columns) {
      UnsafeProjection projection = UnsafeProjection.create(Columns.seq(keys), columns);
      return row -> {
        UnsafeRow key = projection.apply(row);
        return key.anyNull() ? NONE : add(key);
      };
    }

    @Override
    Finder finding(List<Expression> keys, Seq<Attribute> columns) {
      UnsafeProjection projection = UnsafeProjection.create(Columns.seq(keys), columns);
      return (batch, all, found) -> {
        for (int i = 0; i < all.count; i++) {
          UnsafeRow key = projection.apply(batch.row(i));
          found[i] = key.anyNull() ? NONE : numbers[place(key, key.hashCode())];
        }
      };
    }

    @Override
    long[] codes() {
      long[] codes = new long[count];
      for (int number = 0; number < count; number++) {
        codes[number] = hashes[number];
      }
      return codes;
    }

    @Override
    void save(int number, long code, DataOutput out) throws IOException {
      byte[] key = pages.point(stored, addresses[number]).getBytes();
      out.writeInt(key.length);
      out.write(key);
    }

    @Override
    int load(long code, DataInput in) throws IOException {
      byte[] bytes = new byte[in.readInt()];
      in.readFully(bytes);
      UnsafeRow key = new UnsafeRow(stored.numFields());
      key.pointTo(bytes, bytes.length);
      return numbers[place(key, (int) code)];
    }

    private int add(UnsafeRow key) {
      int hash = key.hashCode();
      int place = place(key, hash);
      if (numbers[place] != NONE) {
        return numbers[place];
      }
      if (count == addresses.length) {
        addresses = Arrays.copyOf(addresses, 2 * count);
        hashes = Arrays.copyOf(hashes, 2 * count);
        numbers = new int[4 * count];
        Arrays.fill(numbers, NONE);
        for (int number = 0; number < count; number++) {
          int free = hashes[number] & (numbers.length - 1);
          while (numbers[free] != NONE) {
            free = (free + 1) & (numbers.length - 1);
          }
          numbers[free] = number;
        }
        place = place(key, hash);
      }
      addresses[count] = pages.append(key);
      hashes[count] = hash;
      numbers[place] = count;
      return count++;
    }

    private int place(UnsafeRow key, int hash) {
      int mask = numbers.length - 1;
      int place = hash & mask;
      while (numbers[place] != NONE
          && !(hashes[numbers[place]] == hash
              && pages.point(stored, addresses[numbers[place]]).equals(key))) {
        place = (place + 1) & mask;
      }
      return place;
    }
  }
}
