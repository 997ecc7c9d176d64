package dev.tidemark.pit;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
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
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/** One expression over rows, read as a primitive. */
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
  private final @Nullable UnsafeProjection projection;

  Input(Expression expression, Seq<Attribute> columns) {
    Expression bound = Columns.bound(expression, columns);
    type = expression.dataType();
    kind = Kind.of(type);
    if (bound instanceof BoundReference reference) {
      ordinal = reference.ordinal();
      projection = null;
    } else {
      ordinal = 0;
      projection = UnsafeProjection.create(bound);
    }
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
