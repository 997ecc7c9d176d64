package dev.tidemark.store;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/**
 * A row as bytes, the same for equal rows and different for different ones: each value is 0 for
 * null, or its type's tag and its content, so that neither 1 and '1' nor ("a", "bc") and ("ab",
 * "c") are alike.
 *
 * <p>Numbers are big-endian; tinyint and smallint are as int, since Iceberg stores them so; of
 * floating point there is one NaN and one zero; decimals are their unscaled digits and their scale;
 * text is UTF-8; text, bytes and lists have their length in front; maps are their entries in the
 * order of their keys' bytes, since a map has no order. The tags are a contract: content hashes of
 * old manifests rest on them.
 */
final class CanonicalRow implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Writes one value that is not null. */
  private interface Writer extends Serializable {
    void write(SpecializedGetters from, int at, Bytes to);
  }

  private final List<Writer> columns;

  /**
   * @param columns the ordinals of the columns that count, in order
   * @throws IllegalArgumentException for a type whose values have no such form
   */
  CanonicalRow(StructType schema, int[] columns) {
    this.columns =
        IntStream.of(columns)
            .mapToObj(column -> at(column, writer(schema.fields()[column].dataType())))
            .toList();
  }

  private static Writer at(int column, Writer writer) {
    return (from, unused, to) -> orNull(writer, from, column, to);
  }

  /** The row's bytes, until the next call. */
  ByteBuffer of(SpecializedGetters row, Bytes buffer) {
    buffer.clear();
    for (Writer column : columns) {
      column.write(row, 0, buffer);
    }
    return buffer.written();
  }

  private static void orNull(Writer writer, SpecializedGetters from, int at, Bytes to) {
    if (from.isNullAt(at)) {
      to.put(0);
    } else {
      writer.write(from, at, to);
    }
  }

  private static Writer writer(DataType type) {
    if (type instanceof ArrayType array) {
      return list(writer(array.elementType()));
    }
    if (type instanceof MapType map) {
      return map(writer(map.keyType()), writer(map.valueType()));
    }
    if (type instanceof StructType struct) {
      return struct(struct);
    }
    if (type instanceof DecimalType decimal) {
      return decimal(decimal.precision(), decimal.scale());
    }
    return plain(type);
  }

  private static Writer plain(DataType type) {
    if (type instanceof BooleanType) {
      return (from, at, to) -> to.put(1).put(from.getBoolean(at) ? 1 : 0);
    }
    if (type instanceof ByteType) {
      return (from, at, to) -> to.put(4).putInt(from.getByte(at));
    }
    if (type instanceof ShortType) {
      return (from, at, to) -> to.put(4).putInt(from.getShort(at));
    }
    if (type instanceof IntegerType) {
      return (from, at, to) -> to.put(4).putInt(from.getInt(at));
    }
    if (type instanceof LongType) {
      return (from, at, to) -> to.put(5).putLong(from.getLong(at));
    }
    if (type instanceof FloatType) {
      // Adding 0 makes the one zero of both; the conversion makes one NaN of all.
      return (from, at, to) -> to.put(6).putInt(Float.floatToIntBits(from.getFloat(at) + 0.0f));
    }
    if (type instanceof DoubleType) {
      return (from, at, to) -> to.put(7).putLong(Double.doubleToLongBits(from.getDouble(at) + 0.0));
    }
    if (type instanceof StringType) {
      return (from, at, to) -> to.put(9).putBytes(from.getUTF8String(at).getBytes());
    }
    if (type instanceof BinaryType) {
      return (from, at, to) -> to.put(10).putBytes(from.getBinary(at));
    }
    return time(type);
  }

  private static Writer time(DataType type) {
    if (type instanceof DateType) {
      return (from, at, to) -> to.put(11).putInt(from.getInt(at));
    }
    if (type instanceof TimestampType) {
      return (from, at, to) -> to.put(12).putLong(from.getLong(at));
    }
    if (type instanceof TimestampNTZType) {
      return (from, at, to) -> to.put(13).putLong(from.getLong(at));
    }
    if (type instanceof DayTimeIntervalType) {
      return (from, at, to) -> to.put(14).putLong(from.getLong(at));
    }
    if (type instanceof YearMonthIntervalType) {
      return (from, at, to) -> to.put(15).putInt(from.getInt(at));
    }
    if (type instanceof NullType) {
      return (from, at, to) -> to.put(0);
    }
    throw new IllegalArgumentException(
        "a column of type %s has no content hash".formatted(type.sql()));
  }

  private static Writer decimal(int precision, int scale) {
    return (from, at, to) ->
        to.put(8)
            .putInt(scale)
            .putBytes(
                from.getDecimal(at, precision, scale)
                    .toJavaBigDecimal()
                    .setScale(scale)
                    .unscaledValue()
                    .toByteArray());
  }

  private static Writer list(Writer element) {
    return (from, at, to) -> {
      ArrayData elements = from.getArray(at);
      to.put(16).putInt(elements.numElements());
      for (int i = 0; i < elements.numElements(); i++) {
        orNull(element, elements, i, to);
      }
    };
  }

  private static Writer map(Writer key, Writer value) {
    return (from, at, to) -> {
      MapData map = from.getMap(at);
      Entry[] entries = new Entry[map.numElements()];
      for (int i = 0; i < entries.length; i++) {
        Bytes bytes = new Bytes();
        orNull(key, map.keyArray(), i, bytes);
        int keyEnd = bytes.length();
        orNull(value, map.valueArray(), i, bytes);
        entries[i] = new Entry(bytes.copy(), keyEnd);
      }
      Arrays.sort(entries);
      to.put(17).putInt(entries.length);
      for (Entry entry : entries) {
        to.putAll(entry.bytes);
      }
    };
  }

  /** A key and a value; ordered by the key's bytes, of which no map has two that are equal. */
  private static final class Entry implements Comparable<Entry> {
    final byte[] bytes;
    private final int keyEnd;

    Entry(byte[] bytes, int keyEnd) {
      this.bytes = bytes;
      this.keyEnd = keyEnd;
    }

    @Override
    public int compareTo(Entry other) {
      return Arrays.compareUnsigned(bytes, 0, keyEnd, other.bytes, 0, other.keyEnd);
    }
  }

  private static Writer struct(StructType type) {
    List<Writer> fields =
        Stream.of(type.fields()).map(StructField::dataType).map(CanonicalRow::writer).toList();
    return (from, at, to) -> {
      SpecializedGetters struct = from.getStruct(at, fields.size());
      to.put(18).putInt(fields.size());
      for (int i = 0; i < fields.size(); i++) {
        orNull(fields.get(i), struct, i, to);
      }
    };
  }

  /** Bytes that grow. */
  static final class Bytes {
    private ByteBuffer buffer = ByteBuffer.allocate(256);

    void clear() {
      buffer.clear();
    }

    int length() {
      return buffer.position();
    }

    byte[] copy() {
      return Arrays.copyOf(buffer.array(), buffer.position());
    }

    ByteBuffer written() {
      return ByteBuffer.wrap(buffer.array(), 0, buffer.position());
    }

    Bytes put(int value) {
      room(1).put((byte) value);
      return this;
    }

    Bytes putInt(int value) {
      room(4).putInt(value);
      return this;
    }

    Bytes putLong(long value) {
      room(8).putLong(value);
      return this;
    }

    Bytes putBytes(byte[] bytes) {
      return putInt(bytes.length).putAll(bytes);
    }

    Bytes putAll(byte[] bytes) {
      room(bytes.length).put(bytes);
      return this;
    }

    private ByteBuffer room(int bytes) {
      if (buffer.remaining() < bytes) {
        int size = Math.max(Math.multiplyExact(2, buffer.capacity()), buffer.position() + bytes);
        buffer = ByteBuffer.allocate(size).put(buffer.array(), 0, buffer.position());
      }
      return buffer;
    }
  }
}
