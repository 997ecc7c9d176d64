package dev.tidemark.compile;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.plan.BoundKey;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NumericType;

/**
 * Key columns against the entity's declared types: equal, or a cast between numbers that loses
 * nothing.
 */
final class KeyTypes {
  private final Problems problems;

  KeyTypes(Problems problems) {
    this.problems = problems;
  }

  /** The declared type of an entity's key. */
  Optional<DataType> declared(Column key) {
    try {
      DataType type = DataType.fromDDL(key.type());
      if (RowOrdering.isOrderable(type)) {
        return Optional.of(type);
      }
      problems.add(
          key.origin(),
          "a key can't be a %s: no two are known to be equal".formatted(key.type()),
          "such as bigint, string, int or date");
    } catch (Exception e) {
      // Whatever Spark's parser makes of it, it is no type.
      problems.add(
          key.origin(),
          "`%s` is no type of Spark SQL".formatted(key.type()),
          "such as bigint, string, int or date");
    }
    return Optional.empty();
  }

  /**
   * The key column of a source as the entity's type.
   *
   * @param of the source, for errors
   */
  Optional<org.apache.spark.sql.Column> typed(BoundKey key, Dataset<Row> rows, String of) {
    Optional<DataType> declared = declared(key.key());
    Optional<DataType> stored = column(rows, key.column().name(), key.column().origin(), of);
    if (declared.isEmpty() || stored.isEmpty()) {
      return Optional.empty();
    }
    return typed(
        key.column().name(),
        stored.get(),
        declared.get(),
        key.key().name(),
        key.column().origin(),
        of);
  }

  /** A column as the type of the key that it is compared with. */
  Optional<org.apache.spark.sql.Column> typed(
      String column, DataType stored, DataType declared, String key, Origin origin, String of) {
    org.apache.spark.sql.Column found = SparkPlans.named(column);
    if (stored.equals(declared)) {
      return Optional.of(found);
    }
    // Spark also calls number to text an up-cast; but 1 and '01' are different keys.
    if (losesNothing(stored, declared)) {
      return Optional.of(found.cast(declared));
    }
    problems.add(
        origin,
        "`%s` of %s is %s, and the key `%s` is %s"
            .formatted(column, of, Expressions.name(stored), key, Expressions.name(declared)),
        "declare the key as it is stored, or cast the column in a transformation");
    return Optional.empty();
  }

  /** Whether every number of one type is one of the other. */
  static boolean losesNothing(DataType stored, DataType declared) {
    return stored instanceof NumericType
        && declared instanceof NumericType
        && Cast.canUpCast(stored, declared)
        && !rounds(stored, declared);
  }

  /** Spark calls every integer to floating point an up-cast; but 2^53 + 1 is no double. */
  private static boolean rounds(DataType stored, DataType declared) {
    return (declared instanceof DoubleType && stored instanceof LongType)
        || (declared instanceof FloatType
            && (stored instanceof LongType || stored instanceof IntegerType));
  }

  /** The type of a column that must be there. */
  Optional<DataType> column(Dataset<Row> rows, String name, Origin origin, String of) {
    Optional<DataType> type = EventRows.columnType(rows, name);
    if (type.isEmpty()) {
      problems.addNearest(
          origin, "no column `%s` in %s".formatted(name, of), name, Expressions.userColumns(rows));
    }
    return type;
  }
}
