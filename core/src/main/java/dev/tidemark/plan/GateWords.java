package dev.tidemark.plan;

import dev.tidemark.definition.Gate;
import dev.tidemark.definition.Named;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What gates ask, in words. */
public final class GateWords {
  private GateWords() {}

  /** One line a gate: its name, and what it asks. */
  public static List<String> of(List<Gate> gates) {
    return gates.stream()
        .map(
            gate ->
                "%s: %s%s"
                    .formatted(gate.name(), asked(gate), gate.warns() ? ", or a warning" : ""))
        .toList();
  }

  /** What it asks, such as {@code at most 0.2 of the rows are null}. */
  public static String asked(Gate gate) {
    return switch (gate.kind()) {
      case ROWS -> bounds(gate) + " rows";
      case CHANGE -> bounds(gate) + " as the change of the number of rows";
      case UNIQUE_BY -> "no two rows with the same " + names(gate);
      case RANGE -> "no value %s %s".formatted(gate.min() == null ? "above" : "below", bound(gate));
      case NULLS -> bounds(gate) + " of the rows are null";
      case IN -> "no value but " + names(gate);
      case UNIQUE -> "no value twice";
      case FRESHNESS -> "the newest is at most %s old".formatted(gate.age());
      case RATE ->
          bounds(gate)
              + " of the values are true, or more than 0"
              + (gate.eachSplit() ? ", in each split" : "");
      case DRIFT ->
          "%s as the population stability index against %s"
              .formatted(bounds(gate), gate.reference());
      case LEAKAGE -> bounds(gate) + " as the AUC of any one column";
    };
  }

  private static String bound(Gate gate) {
    return number(gate.min() == null ? gate.max() : gate.min());
  }

  private static String bounds(Gate gate) {
    BigDecimal min = gate.min();
    BigDecimal max = gate.max();
    return min == null
        ? "at most " + number(max)
        : max == null
            ? "at least " + number(min)
            : "at least %s and at most %s".formatted(number(min), number(max));
  }

  private static String number(@Nullable BigDecimal number) {
    return number == null ? "" : number.toPlainString();
  }

  private static String names(Gate gate) {
    return gate.names().stream().map(Named::name).collect(Collectors.joining(", "));
  }
}
