package dev.tidemark.compile;

import dev.tidemark.definition.Gate;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Problems;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/** Whether what gates ask can be asked of columns of such types. */
final class GateTypes {
  private final Problems problems;

  GateTypes(Problems problems) {
    this.problems = problems;
  }

  /**
   * Says what is wrong.
   *
   * @param types of all columns, by name
   * @param features of a training set: the columns that a label may leak into; else none
   */
  void check(List<Gate> gates, Map<String, DataType> types, Set<String> features) {
    for (Gate gate : gates) {
      if (gate.kind() == Gate.Kind.UNIQUE_BY) {
        for (Named column : gate.names()) {
          DataType type = types.get(column.name());
          if (type != null && !RowOrdering.isOrderable(type)) {
            wrong(gate, column.name(), type, "name columns that can be compared");
          }
        }
      }
      DataType type = gate.column() == null ? null : types.get(gate.column());
      if (type != null && gate.column() != null) {
        check(gate, gate.column(), type);
        if (gate.kind() == Gate.Kind.LEAKAGE
            && features.stream().noneMatch(feature -> isRanked(types.get(feature)))) {
          problems.add(
              gate.origin(),
              "there is no column of numbers, booleans or times that could rank the label",
              "leave `leakage` out");
        }
      }
    }
  }

  private void check(Gate gate, String column, DataType type) {
    boolean number = type instanceof NumericType;
    switch (gate.kind()) {
      case RANGE -> must(number, gate, column, type, "`min` and `max` are for numbers");
      case RATE, LEAKAGE ->
          must(
              number || type instanceof BooleanType,
              gate,
              column,
              type,
              "it is for booleans and numbers: what is true, or more than 0, counts");
      case FRESHNESS -> must(isTime(type), gate, column, type, "it is for timestamps and dates");
      case UNIQUE ->
          must(RowOrdering.isOrderable(type), gate, column, type, "such values can't be compared");
      case DRIFT ->
          must(
              number || type instanceof BooleanType || type instanceof StringType,
              gate,
              column,
              type,
              "it is for numbers, booleans and text");
      case IN -> {
        if (!isListed(type)) {
          wrong(gate, column, type, "`in` is for text, numbers, booleans and dates");
        } else {
          for (Named value : gate.names()) {
            if (value(value.name(), type).isEmpty()) {
              problems.add(
                  value.origin(),
                  "`%s` is no %s, as `%s` is"
                      .formatted(value.name(), Expressions.name(type), column),
                  "name values that the column can have");
            }
          }
        }
      }
      case ROWS, CHANGE, UNIQUE_BY, NULLS -> {
        // Asked of any column, or of none.
      }
    }
  }

  private void must(boolean right, Gate gate, String column, DataType type, String hint) {
    if (!right) {
      wrong(gate, column, type, hint);
    }
  }

  private void wrong(Gate gate, String column, DataType type, String hint) {
    problems.add(
        gate.origin(),
        "`%s` can't be asked of `%s`, which is %s"
            .formatted(gate.name(), column, Expressions.name(type)),
        hint);
  }

  private static boolean isTime(@Nullable DataType type) {
    return type instanceof TimestampType || type instanceof DateType;
  }

  private static boolean isListed(DataType type) {
    return type instanceof StringType
        || type instanceof NumericType
        || type instanceof BooleanType
        || type instanceof DateType;
  }

  /** True for a column whose values have an order that tells something of a label. */
  static boolean isRanked(@Nullable DataType type) {
    return type instanceof NumericType || type instanceof BooleanType || isTime(type);
  }

  /** What a text in a definition says as a value of a type: of a number, one to compare with. */
  static Optional<Object> value(String text, DataType type) {
    try {
      if (type instanceof NumericType) {
        return Optional.of(new BigDecimal(text));
      }
      if (type instanceof DateType) {
        return Optional.of(LocalDate.parse(text));
      }
      if (type instanceof BooleanType) {
        return switch (text.toLowerCase(Locale.ROOT)) {
          case "true" -> Optional.of(true);
          case "false" -> Optional.of(false);
          default -> Optional.empty();
        };
      }
      return Optional.of(text);
    } catch (NumberFormatException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
