package dev.tidemark.compile;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * Values as people write them in definition files, as values of a Spark type. Nothing is rounded:
 * what the type does not hold is refused.
 */
final class WrittenValues {
  private static final DateTimeFormatter WITH_OFFSET =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .appendOffset("+HH:mm", "Z")
          .toFormatter(Locale.ROOT);

  private final @Nullable ZoneId zone;

  /**
   * @param zone of times that are written without an offset; null: those are refused
   */
  WrittenValues(@Nullable ZoneId zone) {
    this.zone = zone;
  }

  /** A value is not of its type; the message says so, as what follows `15.5`. */
  static final class NotOfType extends Exception {
    private static final long serialVersionUID = 1L;

    NotOfType(String message) {
      super(message);
    }
  }

  /**
   * A written value as Spark takes it in rows.
   *
   * @param written a text, list, map or null; see {@link dev.tidemark.definition.DefinitionTest}
   * @return of the Java class that belongs to the type: times are {@code Instant}, dates {@code
   *     LocalDate}, what is nested a {@code List}, {@code Map} or {@code Row}
   */
  @Nullable Object of(@Nullable Object written, DataType type) throws NotOfType {
    if (written == null) {
      return null;
    }
    if (type instanceof ArrayType array) {
      List<@Nullable Object> elements = new ArrayList<>();
      for (Object element : list(written, type)) {
        elements.add(of(element, array.elementType()));
      }
      return elements;
    }
    if (type instanceof MapType map) {
      Map<@Nullable Object, @Nullable Object> entries = new LinkedHashMap<>();
      for (Map.Entry<?, ?> entry : map(written, type).entrySet()) {
        entries.put(of(entry.getKey(), map.keyType()), of(entry.getValue(), map.valueType()));
      }
      return entries;
    }
    if (type instanceof StructType struct) {
      return struct(map(written, type), struct);
    }
    if (!(written instanceof String text)) {
      throw new NotOfType("is not " + name(type));
    }
    try {
      return scalar(text, type);
    } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
      throw new NotOfType("is no " + name(type));
    }
  }

  private static String name(DataType type) {
    return type.sql().toLowerCase(Locale.ROOT);
  }

  private static List<?> list(Object written, DataType type) throws NotOfType {
    if (written instanceof List<?> list) {
      return list;
    }
    throw new NotOfType("is no list, and the column is %s".formatted(name(type)));
  }

  private static Map<?, ?> map(Object written, DataType type) throws NotOfType {
    if (written instanceof Map<?, ?> map) {
      return map;
    }
    throw new NotOfType("is no object { ... }, and the column is %s".formatted(name(type)));
  }

  private Object struct(Map<?, ?> written, StructType type) throws NotOfType {
    for (Object field : written.keySet()) {
      if (!List.of(type.fieldNames()).contains(field)) {
        throw new NotOfType("has no field `%s`: it is %s".formatted(field, name(type)));
      }
    }
    @Nullable Object[] values = new @Nullable Object[type.size()];
    for (int i = 0; i < values.length; i++) {
      StructField field = type.fields()[i];
      values[i] = of(written.get(field.name()), field.dataType());
    }
    return RowFactory.create(values);
  }

  private Object scalar(String text, DataType type) throws NotOfType {
    if (type instanceof StringType) {
      return text;
    }
    if (type instanceof BooleanType) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new NotOfType("is neither true nor false");
      };
    }
    if (type instanceof ByteType) {
      return number(text).byteValueExact();
    }
    if (type instanceof ShortType) {
      return number(text).shortValueExact();
    }
    if (type instanceof IntegerType) {
      return number(text).intValueExact();
    }
    if (type instanceof LongType) {
      return number(text).longValueExact();
    }
    if (type instanceof FloatType) {
      return Float.parseFloat(text.strip());
    }
    if (type instanceof DoubleType) {
      return Double.parseDouble(text.strip());
    }
    if (type instanceof DecimalType decimal) {
      BigDecimal number = number(text).setScale(decimal.scale(), RoundingMode.UNNECESSARY);
      if (number.precision() > decimal.precision()) {
        throw new NotOfType("is no " + name(type));
      }
      return number;
    }
    if (type instanceof DateType) {
      return LocalDate.parse(text.strip());
    }
    if (type instanceof TimestampNTZType) {
      return micros(local(text).atOffset(ZoneOffset.UTC))
          .atOffset(ZoneOffset.UTC)
          .toLocalDateTime();
    }
    if (type instanceof TimestampType) {
      return instant(text);
    }
    if (type instanceof BinaryType) {
      return Base64.getDecoder().decode(text);
    }
    throw new NotOfType("can't be written: no text is read as " + name(type));
  }

  private static BigDecimal number(String text) {
    return new BigDecimal(text.strip());
  }

  /** As ISO has it: with a T. */
  private static String iso(String text) {
    String stripped = text.strip();
    return stripped.length() > 10 && stripped.charAt(10) == ' '
        ? stripped.substring(0, 10) + "T" + stripped.substring(11)
        : stripped;
  }

  /** 2024-03-01, 2024-03-01T12:00, 2024-03-01 12:00:00.5. */
  private static LocalDateTime local(String text) {
    String iso = iso(text);
    return iso.length() == 10 ? LocalDate.parse(iso).atStartOfDay() : LocalDateTime.parse(iso);
  }

  private Instant instant(String text) throws NotOfType {
    String iso = iso(text);
    if (iso.matches(".*T.*(Z|[+-][0-9]{2}:[0-9]{2})")) {
      return micros(OffsetDateTime.parse(iso, WITH_OFFSET));
    }
    LocalDateTime local = local(text);
    ZoneId known = zone;
    if (known == null) {
      throw new NotOfType("is a time without an offset; write it with one, such as " + text(local));
    }
    return micros(local.atZone(known).toOffsetDateTime());
  }

  private static String text(LocalDateTime local) {
    return local.atOffset(ZoneOffset.UTC).toInstant().toString();
  }

  private static Instant micros(OffsetDateTime time) throws NotOfType {
    Instant instant = time.toInstant();
    if (!instant.truncatedTo(ChronoUnit.MICROS).equals(instant)) {
      throw new NotOfType("is finer than a microsecond");
    }
    return instant;
  }
}
