package dev.tidemark.definition;

import dev.tidemark.definition.Gate.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads `gates`: of each column, and of `rows`, one gate a key. */
final class GatesReader {
  private static final String ROWS = "rows";
  private static final Set<String> OF_ROWS = Set.of("change", "unique-by");
  private static final Set<String> OF_COLUMNS =
      Set.of("nulls", "in", "unique", "freshness", "rate", "drift", "leakage");

  private final Problems problems;
  private final List<Gate> gates = new ArrayList<>();

  private GatesReader(Problems problems) {
    this.problems = problems;
  }

  /** None where there is no block. */
  static List<Gate> read(@Nullable Node block, Problems problems) {
    GatesReader reader = new GatesReader(problems);
    if (block != null) {
      block.fields().forEach(reader::of);
    }
    return reader.gates;
  }

  private void of(Node node) {
    boolean rows = node.name().equals(ROWS);
    Node severity = node.get("severity");
    boolean warns = severity != null && severity.text().equals("warn");
    Bounds whole = bounds(node);
    for (Node key : node.fields()) {
      if ((rows ? OF_COLUMNS : OF_ROWS).contains(key.name())) {
        problems.add(
            key.keyOrigin(),
            rows
                ? "`%s` is asked of a column, and `rows` is none".formatted(key.name())
                : "`%s` is asked of `rows`, and not of one column".formatted(key.name()),
            rows ? "name a column instead" : "write it in rows { ... }");
      } else {
        key(key, rows ? null : node.name(), warns, whole);
      }
    }
  }

  private void key(Node key, @Nullable String column, boolean warns, Bounds whole) {
    Kind bound = column == null ? Kind.ROWS : Kind.RANGE;
    switch (key.name()) {
      case "min" -> add(bound, column, whole.min, null, key, warns);
      case "max" -> add(bound, column, null, whole.max, key, warns);
      case "change" -> {
        Bounds change = bounds(key);
        if (change.min != null && change.min.compareTo(BigDecimal.ONE.negate()) < 0) {
          problems.add(
              key.must("min").origin(),
              "no change is less than -1, which leaves no row",
              "such as change { min = -0.5 }: at least half as many as before");
        }
        add(Kind.CHANGE, column, change.min, change.max, key, warns);
      }
      case "nulls" -> {
        BigDecimal max = share(key.must("max"), BigDecimal.ZERO);
        add(Kind.NULLS, column, null, max, key, warns);
      }
      case "rate" -> {
        Bounds rate = bounds(key);
        if (rate.min != null) {
          share(key.must("min"), BigDecimal.ZERO);
        }
        if (rate.max != null) {
          share(key.must("max"), BigDecimal.ZERO);
        }
        add(
            new Gate(
                Kind.RATE,
                column,
                rate.min,
                rate.max,
                List.of(),
                null,
                null,
                key.isTrue("each-split"),
                warns,
                key.keyOrigin()));
      }
      case "leakage" -> {
        BigDecimal max = share(key.must("max"), new BigDecimal("0.5"));
        add(Kind.LEAKAGE, column, null, max, key, warns);
      }
      case "in" -> names(Kind.IN, column, key, warns);
      case "unique-by" -> names(Kind.UNIQUE_BY, column, key, warns);
      case "unique" -> {
        if (key.read(Scalar.BOOLEAN, Boolean.class)) {
          add(Kind.UNIQUE, column, null, null, key, warns);
        } else {
          problems.add(key.origin(), "`unique = false` asks nothing", "leave it out");
        }
      }
      case "freshness" ->
          add(
              new Gate(
                  Kind.FRESHNESS,
                  column,
                  null,
                  null,
                  List.of(),
                  key.must("max").span(),
                  null,
                  false,
                  warns,
                  key.keyOrigin()));
      case "drift" -> {
        BigDecimal max = number(key.must("max"));
        if (max.signum() < 0) {
          problems.add(
              key.must("max").origin(), "no drift is less than 0", "such as drift { max = 0.2 }");
        }
        add(
            new Gate(
                Kind.DRIFT,
                column,
                null,
                max,
                List.of(),
                null,
                key.must("against").named(),
                false,
                warns,
                key.keyOrigin()));
      }
      default -> {
        // `severity`, which is of all of them.
      }
    }
  }

  private void names(Kind kind, @Nullable String column, Node key, boolean warns) {
    List<Named> names = key.elements().stream().map(Node::named).toList();
    add(new Gate(kind, column, null, null, names, null, null, false, warns, key.keyOrigin()));
  }

  private void add(
      Kind kind,
      @Nullable String column,
      @Nullable BigDecimal min,
      @Nullable BigDecimal max,
      Node key,
      boolean warns) {
    add(new Gate(kind, column, min, max, List.of(), null, null, false, warns, key.keyOrigin()));
  }

  private void add(Gate gate) {
    gates.add(gate);
  }

  private record Bounds(@Nullable BigDecimal min, @Nullable BigDecimal max) {}

  private Bounds bounds(Node node) {
    Node least = node.get("min");
    Node greatest = node.get("max");
    BigDecimal min = least == null ? null : number(least);
    BigDecimal max = greatest == null ? null : number(greatest);
    if (min != null && max != null && min.compareTo(max) > 0) {
      problems.add(
          node.must("max").origin(),
          "`max` is less than `min`, so that nothing can pass",
          "exchange them, or leave one out");
    }
    return new Bounds(min, max);
  }

  private BigDecimal share(Node node, BigDecimal least) {
    BigDecimal share = number(node);
    if (share.compareTo(least) < 0 || share.compareTo(BigDecimal.ONE) > 0) {
      problems.add(
          node.origin(),
          "`%s` must be %s from %s to 1, rather than `%s`"
              .formatted(
                  node.name(), least.signum() == 0 ? "a share" : "an AUC", least, node.text()),
          null);
    }
    return share;
  }

  /** As it is written, since 0.2 is no binary number. */
  private static BigDecimal number(Node node) {
    double read = node.read(Scalar.NUMBER, Double.class);
    try {
      return new BigDecimal(node.text());
    } catch (NumberFormatException e) {
      return BigDecimal.valueOf(read);
    }
  }
}
