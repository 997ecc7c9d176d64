package dev.tidemark.pit;

import java.io.Serializable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BinaryComparison;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.GreaterThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.LessThan;
import org.apache.spark.sql.catalyst.expressions.LessThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.FilterExec;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.TimestampType;
import scala.collection.immutable.Seq;

/**
 * A plan whose rows are columns of another plan that gives batches of columns, renamed, and such
 * rows of it as are within bounds: what a scan with pushed-down times looks like.
 *
 * @param source gives the batches
 * @param places of this plan's columns in the source's
 * @param bounds all hold for a row
 */
record ColumnarRows(SparkPlan source, List<Integer> places, List<Bound> bounds) {

  /**
   * A column is not null and, where it is a whole number, in a range.
   *
   * @param place of the column in the source's
   * @param least included
   * @param greatest included
   */
  record Bound(int place, long least, long greatest) implements Serializable {
    static Bound notNull(int place) {
      return new Bound(place, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    boolean isRange() {
      return least != Long.MIN_VALUE || greatest != Long.MAX_VALUE;
    }

    /** What EXPLAIN shows. */
    String explained(Attribute column) {
      String from = least == Long.MIN_VALUE ? "" : shown(column, least) + " <= ";
      String to = greatest == Long.MAX_VALUE ? "" : " <= " + shown(column, greatest);
      return isRange() ? from + column.name() + to : column.name() + " is not null";
    }

    private static String shown(Attribute column, long value) {
      return column.dataType() instanceof TimestampType
          ? Instant.EPOCH.plus(value, ChronoUnit.MICROS).toString()
          : String.valueOf(value);
    }
  }

  ColumnarRows {
    places = List.copyOf(places);
    bounds = List.copyOf(bounds);
  }

  /** Empty: a plan has another shape, or columns whose values are of no fixed length. */
  static Optional<ColumnarRows> of(SparkPlan plan) {
    boolean plain =
        Columns.list(plan.output()).stream()
            .map(Attribute::dataType)
            .allMatch(ColumnarRows::isRead);
    return plain ? within(plan) : Optional.empty();
  }

  private static boolean isRead(DataType type) {
    return UnsafeRow.isFixedLength(type)
        && (type instanceof BooleanType || Input.Kind.of(type) != Input.Kind.OTHER);
  }

  private static Optional<ColumnarRows> within(SparkPlan plan) {
    if (plan.supportsColumnar()) {
      List<Integer> all = new ArrayList<>();
      for (int place = 0; place < plan.output().size(); place++) {
        all.add(place);
      }
      return Optional.of(new ColumnarRows(plan, all, List.of()));
    }
    if (plan instanceof ProjectExec project) {
      return within(project.child())
          .flatMap(rows -> rows.projected(project.child().output(), project.projectList()));
    }
    if (plan instanceof FilterExec filter) {
      return within(filter.child())
          .flatMap(rows -> rows.filtered(filter.child().output(), filter.condition()));
    }
    return Optional.empty();
  }

  private Optional<ColumnarRows> projected(
      Seq<Attribute> columns, Seq<NamedExpression> projectList) {
    List<Integer> chosen = new ArrayList<>();
    for (NamedExpression column : Columns.list(projectList)) {
      Optional<Integer> place =
          place(columns, column instanceof Alias alias ? alias.child() : (Expression) column);
      if (place.isEmpty()) {
        return Optional.empty();
      }
      chosen.add(place.get());
    }
    return Optional.of(new ColumnarRows(source, chosen, bounds));
  }

  private Optional<ColumnarRows> filtered(Seq<Attribute> columns, Expression condition) {
    if (condition instanceof And and) {
      return filtered(columns, and.left()).flatMap(rows -> rows.filtered(columns, and.right()));
    }
    return bound(columns, condition)
        .map(
            bound -> {
              List<Bound> all = new ArrayList<>(bounds);
              all.add(bound);
              return new ColumnarRows(source, places, all);
            });
  }

  private Optional<Bound> bound(Seq<Attribute> columns, Expression condition) {
    if (condition instanceof IsNotNull notNull) {
      return place(columns, notNull.child()).map(Bound::notNull);
    }
    if (condition instanceof BinaryComparison comparison
        && Input.Kind.of(comparison.left().dataType()).isWhole()
        && comparison.right() instanceof Literal literal
        && literal.value() instanceof Number number) {
      long value = number.longValue();
      return place(columns, comparison.left()).flatMap(place -> range(comparison, place, value));
    }
    return Optional.empty();
  }

  private static Optional<Bound> range(BinaryComparison comparison, int place, long value) {
    if (comparison instanceof GreaterThanOrEqual) {
      return Optional.of(new Bound(place, value, Long.MAX_VALUE));
    }
    if (comparison instanceof LessThanOrEqual) {
      return Optional.of(new Bound(place, Long.MIN_VALUE, value));
    }
    if (comparison instanceof GreaterThan && value < Long.MAX_VALUE) {
      return Optional.of(new Bound(place, value + 1, Long.MAX_VALUE));
    }
    if (comparison instanceof LessThan && value > Long.MIN_VALUE) {
      return Optional.of(new Bound(place, Long.MIN_VALUE, value - 1));
    }
    return Optional.empty();
  }

  /** The place in the source of a column of this plan. */
  Optional<Integer> place(Seq<Attribute> columns, Expression expression) {
    List<Attribute> all = Columns.list(columns);
    for (int i = 0; i < all.size(); i++) {
      if (expression instanceof Attribute attribute
          && all.get(i).exprId().equals(attribute.exprId())) {
        return Optional.of(places.get(i));
      }
    }
    return Optional.empty();
  }
}
