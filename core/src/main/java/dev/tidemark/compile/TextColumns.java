package dev.tidemark.compile;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.pit.DataErrors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * Text to values, without loss: what can't be read as its declared type fails the job with source,
 * column and value, and never becomes null.
 */
final class TextColumns {
  /** Without a date Spark would take a time of day for one of the present day. */
  private static final String DATE = "^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}";

  /** A date, a time of day, and after it an offset or Z. */
  private static final String WITH_OFFSET =
      DATE + "[T ][0-9]{1,2}:[0-9]{2}[0-9:.]* ?(Z|UTC|GMT|(UTC|GMT)?[+-][0-9]{1,2}(:?[0-9]{2})?)$";

  /** A date, and perhaps a time of day. */
  private static final String WITHOUT_ZONE = DATE + "([T ][0-9:.]*)?$";

  private TextColumns() {}

  /**
   * A text column read as its declared type.
   *
   * @param zone of timestamps that are written without one; null: such are errors
   * @param of the source, for errors
   */
  static Column typed(Column text, DataType type, String name, @Nullable String zone, String of) {
    if (type instanceof StringType) {
      return text;
    }
    if (type instanceof TimestampType) {
      return instant(text, name, zone, of);
    }
    Column read = SparkPlans.zonedCast(text, type, "UTC", true);
    if (type instanceof DecimalType) {
      // A cast would round: 1.005 is no decimal(12,2).
      Column exact = SparkPlans.zonedCast(text, DataTypes.createDecimalType(38, 18), "UTC", true);
      read = when(coalesce(exact.equalTo(read), lit(true)), read);
    }
    return orFail(text, read, type, "is no " + Expressions.name(type), name, of);
  }

  /**
   * A text column read as an instant: what has an offset as it says, what has none as local time of
   * the zone.
   */
  static Column instant(Column text, String name, @Nullable String zone, String of) {
    Column trimmed = trim(text);
    Column withOffset =
        when(
            trimmed.rlike(WITH_OFFSET),
            SparkPlans.zonedCast(trimmed, DataTypes.TimestampType, "UTC", true));
    if (zone == null) {
      Column local =
          when(
              trimmed.rlike(WITHOUT_ZONE),
              DataErrors.raise(
                  DataTypes.TimestampType,
                  lit(of + ": column `" + name + "` holds `"),
                  text,
                  lit(
                      "`, a time without zone or offset; write it with one, or add time-zone = \"...\" to the source")));
      return orFail(
          text, coalesce(withOffset, local), DataTypes.TimestampType, "is no time", name, of);
    }
    Column local =
        when(
            trimmed.rlike(WITHOUT_ZONE),
            SparkPlans.zonedCast(trimmed, DataTypes.TimestampType, zone, true));
    return orFail(
        text, coalesce(withOffset, local), DataTypes.TimestampType, "is no time", name, of);
  }

  private static Column orFail(
      Column text, Column read, DataType type, String what, String name, String of) {
    return when(
        text.isNotNull(),
        coalesce(
            read,
            DataErrors.raise(
                type,
                lit(of + ": column `" + name + "` holds `"),
                text,
                lit("`, which " + what + "; correct the data, or declare the column otherwise"))));
  }
}
