package dev.tidemark.compile;

import static org.apache.spark.sql.functions.lit;

import dev.tidemark.definition.Feature;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Window;
import dev.tidemark.pit.EventColumns;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** Checks features against the columns of their events, and collects the types of their columns. */
final class FeatureTypes {
  private final Dataset<Row> events;
  private final String of;
  private final Expressions expressions;
  private final Problems problems;
  private final Map<String, DataType> types;

  /**
   * @param of the events' source, for errors
   * @param types gets the columns of every feature that is right
   */
  FeatureTypes(
      Dataset<Row> events,
      String of,
      Expressions expressions,
      Problems problems,
      Map<String, DataType> types) {
    this.events = events;
    this.of = of;
    this.expressions = expressions;
    this.problems = problems;
    this.types = types;
  }

  /** False if a feature is wrong, which has then been said. */
  boolean add(Feature feature) {
    return feature.match(this::latest, this::windowed);
  }

  private boolean latest(Feature.Latest latest) {
    Optional<DataType> type = expressions.rowLevel(latest.value(), events, of);
    boolean where = latest.where() == null || expressions.condition(latest.where(), events, of);
    type.ifPresent(found -> types.put(latest.name(), found));
    return type.isPresent() && where;
  }

  private boolean windowed(Feature.Windowed windowed) {
    Optional<DataType> type = expressions.aggregate(windowed.aggregate(), events, of);
    boolean right = windowed.where() == null || expressions.condition(windowed.where(), events, of);
    Optional<DataType> by = type;
    if (windowed.by() != null) {
      by = expressions.rowLevel(windowed.by(), events, of);
    }
    if (windowed.whenEmpty() != null && type.isPresent()) {
      right &= constant(windowed, type.get());
    }
    if (type.isEmpty() || by.isEmpty() || !right) {
      return false;
    }
    DataType column =
        windowed.by() == null ? type.get() : DataTypes.createMapType(by.get(), type.get());
    for (Window window : windowed.windows()) {
      types.put(windowed.column(window), column);
    }
    return true;
  }

  private boolean constant(Feature.Windowed windowed, DataType type) {
    if (windowed.whenEmpty() == null) {
      return true;
    }
    Dataset<Row> nothing = events.select(lit(1).as(EventColumns.RESERVED_PREFIX + "nothing"));
    Optional<DataType> found =
        expressions.rowLevel(windowed.whenEmpty(), nothing, "a constant for `when-empty`");
    boolean fits = found.isPresent() && Cast.canANSIStoreAssign(found.get(), type);
    if (found.isPresent() && !fits) {
      problems.add(
          windowed.whenEmpty().origin(),
          "`when-empty` is %s, and the aggregate is %s"
              .formatted(Expressions.name(found.get()), Expressions.name(type)),
          null);
    }
    return fits;
  }
}
