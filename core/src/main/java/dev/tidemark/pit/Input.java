package dev.tidemark.pit;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/**
 * One expression over rows, read as a primitive: row by row, or for a {@link Selection} of a batch
 * at once.
 */
final class Input {

  /** How a value is read. */
  enum Kind {
    BYTE,
    SHORT,
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    /** Of at most 18 digits. */
    DECIMAL,
    OTHER;

    static Kind of(DataType type) {
      if (type instanceof LongType
          || type instanceof TimestampType
          || type instanceof TimestampNTZType) {
        return LONG;
      }
      if (type instanceof IntegerType || type instanceof DateType) {
        return INT;
      }
      if (type instanceof ShortType) {
        return SHORT;
      }
      if (type instanceof ByteType) {
        return BYTE;
      }
      if (type instanceof DoubleType) {
        return DOUBLE;
      }
      if (type instanceof FloatType) {
        return FLOAT;
      }
      return type instanceof DecimalType decimal && decimal.precision() <= 18 ? DECIMAL : OTHER;
    }

    boolean isWhole() {
      return this == BYTE || this == SHORT || this == INT || this == LONG;
    }

    boolean isFloating() {
      return this == FLOAT || this == DOUBLE;
    }
  }

  private final Kind kind;
  private final DataType type;
  private final int ordinal;
  private final boolean nullable;
  private final @Nullable UnsafeProjection projection;
  // Where the value and the bit of its being null lie in a row.
  private final long valueAt;
  private final long nullAt;
  private long[] wholes = new long[0];
  private double[] floatings = new double[0];
  private boolean[] nulls = new boolean[0];
  private @Nullable Selection loaded;
  private long loadedVersion;

  Input(Expression expression, Seq<Attribute> columns) {
    Expression bound = Columns.bound(expression, columns);
    type = expression.dataType();
    kind = Kind.of(type);
    nullable = expression.nullable();
    int width = columns.size();
    if (bound instanceof BoundReference reference) {
      ordinal = reference.ordinal();
      projection = null;
    } else {
      ordinal = 0;
      projection = UnsafeProjection.create(bound);
      width = 1;
    }
    valueAt = UnsafeRow.calculateBitSetWidthInBytes(width) + 8L * ordinal;
    nullAt = 8L * (ordinal >>> 6);
  }

  /** Reads the values of some rows, unless they are read already. */
  void load(PackedRows.Batch batch, Selection selection) {
    if (loaded == selection && loadedVersion == selection.version()) {
      return;
    }
    loaded = selection;
    loadedVersion = selection.version();
    int count = selection.count;
    if (nulls.length == 0) {
      nulls = new boolean[PackedRows.Batch.MOST];
      if (kind.isFloating()) {
        floatings = new double[PackedRows.Batch.MOST];
      } else {
        wholes = new long[PackedRows.Batch.MOST];
      }
    }
    if (projection == null) {
      loadColumn(batch, selection.rows, count);
    } else {
      for (int i = 0; i < count; i++) {
        UnsafeRow row = projection.apply(batch.row(selection.rows[i]));
        nulls[i] = row.isNullAt(0);
        loadValue(row.getBaseObject(), row.getBaseOffset(), i);
      }
    }
  }

  private void loadColumn(PackedRows.Batch batch, int[] rows, int count) {
    Object base = batch.base();
    if (nullable) {
      for (int i = 0; i < count; i++) {
        long word = Platform.getLong(base, batch.offset(rows[i]) + nullAt);
        nulls[i] = (word >>> (ordinal & 63) & 1) != 0;
      }
    }
    if (kind == Kind.DOUBLE) {
      for (int i = 0; i < count; i++) {
        floatings[i] = Platform.getDouble(base, batch.offset(rows[i]) + valueAt);
      }
    } else if (kind == Kind.LONG) {
      for (int i = 0; i < count; i++) {
        wholes[i] = Platform.getLong(base, batch.offset(rows[i]) + valueAt);
      }
    } else {
      for (int i = 0; i < count; i++) {
        loadValue(base, batch.offset(rows[i]), i);
      }
    }
  }

  private void loadValue(Object base, long row, int i) {
    long at = row + valueAt;
    switch (kind) {
      case LONG, DECIMAL -> wholes[i] = Platform.getLong(base, at);
      case INT -> wholes[i] = Platform.getInt(base, at);
      case SHORT -> wholes[i] = Platform.getShort(base, at);
      case BYTE -> wholes[i] = Platform.getByte(base, at);
      case DOUBLE -> floatings[i] = Platform.getDouble(base, at);
      case FLOAT -> floatings[i] = Platform.getFloat(base, at);
      case OTHER -> {
        if (type instanceof BooleanType) {
          wholes[i] = Platform.getBoolean(base, at) ? 1 : 0;
        }
      }
    }
  }

  /** Whether each loaded value is null; empty of meaning where {@link #mayBeNull} is false. */
  boolean[] nulls() {
    return nulls;
  }

  boolean mayBeNull() {
    return nullable;
  }

  /** The loaded whole numbers, digits of decimals, or booleans as 1 and 0; undefined where null. */
  long[] wholes() {
    return wholes;
  }

  double[] floatings() {
    return floatings;
  }

  Kind kind() {
    return kind;
  }

  /** The row to give to the other methods, for a row of the columns. */
  InternalRow of(InternalRow row) {
    return projection == null ? row : projection.apply(row);
  }

  boolean isNull(InternalRow found) {
    return found.isNullAt(ordinal);
  }

  boolean isTrue(InternalRow found) {
    return !found.isNullAt(ordinal) && found.getBoolean(ordinal);
  }

  byte[] bytes(InternalRow found) {
    return found.getBinary(ordinal);
  }

  /** A whole number, or the digits of a decimal. */
  long whole(InternalRow found) {
    return switch (kind) {
      case LONG -> found.getLong(ordinal);
      case INT -> found.getInt(ordinal);
      case SHORT -> found.getShort(ordinal);
      case BYTE -> found.getByte(ordinal);
      case DECIMAL -> {
        DecimalType decimal = (DecimalType) type;
        yield found.getDecimal(ordinal, decimal.precision(), decimal.scale()).toUnscaledLong();
      }
      default -> throw new IllegalStateException("not a whole number: " + type);
    };
  }

  double floating(InternalRow found) {
    return kind == Kind.FLOAT ? found.getFloat(ordinal) : found.getDouble(ordinal);
  }
}
