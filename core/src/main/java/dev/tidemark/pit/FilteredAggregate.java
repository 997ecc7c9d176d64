package dev.tidemark.pit;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.DataType;
import scala.Option;
import scala.Some;
import scala.runtime.AbstractPartialFunction;

/**
 * An expression of aggregates whose every aggregate sees only some rows, as if each were written
 * with {@code FILTER (WHERE ...)}.
 *
 * @param column the resolved expression, for an aggregation of the Dataset that it was made for
 * @param type its type
 */
record FilteredAggregate(Column column, DataType type) {

  /**
   * How Spark can aggregate. It does so for all aggregates of one group by as the least of them
   * needs, so they are better not mixed.
   */
  enum Strategy {
    /** In a hash table of rows, by generated code. */
    HASHED,
    /** By sorting, or in a hash table of objects. */
    OTHER,
    /** With every row multiplied by the number of different DISTINCTs. */
    DISTINCT
  }

  /** The best strategy for an expression of aggregates over the columns of {@code rows}. */
  static Strategy strategy(Dataset<Row> rows, Column aggregate) {
    Expression whole = aggregated(analyzed(rows.groupBy().agg(aggregate.as("a"))));
    if (whole.exists(e -> e instanceof AggregateExpression a && a.isDistinct())) {
      return Strategy.DISTINCT;
    }
    return whole.exists(e -> e instanceof AggregateExpression a && !hasFixedBuffer(a))
        ? Strategy.OTHER
        : Strategy.HASHED;
  }

  private static boolean hasFixedBuffer(AggregateExpression aggregate) {
    return written(aggregate.aggregateFunction()) instanceof AggregateFunction function
        && function.aggBufferAttributes().forall(buffer -> UnsafeRow.isMutable(buffer.dataType()));
  }

  /** A function as Spark's optimizer will write it: {@code bool_or} is a {@code max}. */
  static Expression written(Expression function) {
    Expression written = function;
    while (written instanceof RuntimeReplaceable replaceable) {
      written = replaceable.replacement();
    }
    return written;
  }

  /**
   * @param rows what will be aggregated
   * @param aggregate an expression of aggregates over its columns; aggregates that have a filter of
   *     their own keep it too
   * @param condition which rows are seen
   */
  static FilteredAggregate of(Dataset<Row> rows, Column aggregate, Column condition) {
    Expression filter = projected(analyzed(rows.select(condition.as("c"))));
    Expression whole = aggregated(analyzed(rows.groupBy().agg(aggregate.as("a"))));
    Expression filtered = whole.transform(new AddFilter(filter));
    return new FilteredAggregate(ExpressionUtils.column(filtered), filtered.dataType());
  }

  private static LogicalPlan analyzed(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
  }

  private static Expression projected(LogicalPlan plan) {
    return unaliased(((Project) plan).projectList().head());
  }

  private static Expression aggregated(LogicalPlan plan) {
    if (plan instanceof Aggregate aggregate) {
      return unaliased(aggregate.aggregateExpressions().head());
    }
    throw new IllegalArgumentException("not an aggregate: " + plan);
  }

  private static Expression unaliased(NamedExpression named) {
    return ((Alias) named).child();
  }

  /** Adds one more condition to every aggregate. */
  private static final class AddFilter extends AbstractPartialFunction<Expression, Expression> {
    private final Expression filter;

    AddFilter(Expression filter) {
      this.filter = filter;
    }

    @Override
    public boolean isDefinedAt(Expression expression) {
      return expression instanceof AggregateExpression;
    }

    @Override
    public <A extends Expression, B> B applyOrElse(A expression, scala.Function1<A, B> other) {
      if (!(expression instanceof AggregateExpression aggregate)) {
        return other.apply(expression);
      }
      Option<Expression> own = aggregate.filter();
      Expression both = own.isDefined() ? new And(own.get(), filter) : filter;
      Expression made =
          aggregate.copy(
              aggregate.aggregateFunction(),
              aggregate.mode(),
              aggregate.isDistinct(),
              new Some<>(both),
              NamedExpression.newExprId());
      @SuppressWarnings("unchecked") // transform's functions are from Expression to Expression
      B result = (B) made;
      return result;
    }
  }
}
