package dev.tidemark.compile;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.expressions.ArraySort;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.CurrentDate;
import org.apache.spark.sql.catalyst.expressions.CurrentTime;
import org.apache.spark.sql.catalyst.expressions.CurrentTimestampLike;
import org.apache.spark.sql.catalyst.expressions.CurrentUser;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.LocalTimestamp;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.SortArray;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.Collect;
import org.apache.spark.sql.catalyst.expressions.aggregate.First;
import org.apache.spark.sql.catalyst.expressions.aggregate.Last;
import org.apache.spark.sql.catalyst.expressions.aggregate.ListAgg;
import org.apache.spark.sql.catalyst.expressions.aggregate.Mode;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * What in analyzed SQL gives another value on another run over the same data.
 *
 * <p>Asked of the analyzed plan, not of the optimized one, in which the present time is already a
 * constant.
 */
final class Determinism {
  private static final String CLOCK = "this depends on when, or by whom, it is run";
  private static final String ORDER =
      "this depends on the order of rows, which no run promises;"
          + " max_by(value, struct(time, value)) does not";

  /** Text that Spark takes for a time relative to the present. */
  private static final Set<String> PRESENT = Set.of("now", "today", "tomorrow", "yesterday");

  /** {@code date 'today'} is a plain constant once it is parsed. */
  private static final Pattern PRESENT_LITERAL =
      Pattern.compile(
          "(?i)\\b(date|timestamp(_ntz|_ltz)?)\\s*['\"]\\s*(now|today|tomorrow|yesterday)\\b");

  private Determinism() {}

  /** Why SQL as written is not deterministic, or null; the plan made of it must be asked too. */
  static @Nullable String whyNot(String sql) {
    return PRESENT_LITERAL.matcher(sql).find() ? CLOCK : null;
  }

  /**
   * Why a query is not deterministic, or null. Looks at the query itself; what an input or a view
   * does is checked where it is defined.
   */
  static @Nullable String whyNot(LogicalPlan plan) {
    if (plan instanceof View) {
      return null;
    }
    String why = firstOf(SparkPlans.list(plan.expressions()));
    for (LogicalPlan child : SparkPlans.list(plan.children())) {
      why = why == null ? whyNot(child) : why;
    }
    return why;
  }

  /** Why an expression is not deterministic, or null. */
  static @Nullable String whyNot(Expression expression) {
    if (isClock(expression)) {
      return CLOCK;
    }
    if (expression instanceof RuntimeReplaceable replaceable) {
      return whyNot(replaceable.replacement());
    }
    if (expression instanceof WindowExpression window
        && !window.windowSpec().orderSpec().isEmpty()
        && window.windowFunction() instanceof AggregateExpression aggregate) {
      // The window says the order that first, last and collect_list ask for.
      String why = whyNot((Expression) window.windowSpec());
      return why == null ? whyNotInputs(aggregate) : why;
    }
    if ((expression instanceof SortArray || expression instanceof ArraySort)
        && expression.children().head() instanceof AggregateExpression aggregate) {
      // Whatever order the elements were collected in, they are sorted.
      return whyNotInputs(aggregate);
    }
    String why = firstOf(SparkPlans.list(expression.children()));
    if (why != null) {
      return why;
    }
    if (expression instanceof PlanExpression<?> subquery) {
      return subquery.plan() instanceof LogicalPlan plan ? whyNot(plan) : null;
    }
    if (expression instanceof AggregateFunction function && isByOrderOfRows(function)) {
      return ORDER;
    }
    boolean itself =
        !expression.deterministic()
            && SparkPlans.list(expression.children()).stream().allMatch(Expression::deterministic);
    return itself ? "this is not deterministic" : null;
  }

  private static @Nullable String whyNotInputs(AggregateExpression aggregate) {
    String why = firstOf(SparkPlans.list(aggregate.aggregateFunction().children()));
    return why == null && aggregate.filter().isDefined() ? whyNot(aggregate.filter().get()) : why;
  }

  private static @Nullable String firstOf(List<Expression> expressions) {
    for (Expression expression : expressions) {
      String why = whyNot(expression);
      if (why != null) {
        return why;
      }
    }
    return null;
  }

  private static boolean isClock(Expression expression) {
    return expression instanceof CurrentTimestampLike
        || expression instanceof CurrentDate
        || expression instanceof CurrentTime
        || expression instanceof LocalTimestamp
        || expression instanceof CurrentUser
        || (expression instanceof Cast cast
            && isTime(cast.dataType())
            && cast.child() instanceof Literal text
            && PRESENT.contains(String.valueOf(text.value()).strip().toLowerCase(Locale.ROOT)));
  }

  /** Spark itself calls some of these deterministic. */
  private static boolean isByOrderOfRows(AggregateFunction function) {
    return function instanceof First
        || function instanceof Last
        || function instanceof Collect<?>
        || (function instanceof ListAgg list && list.orderExpressions().isEmpty())
        || (function instanceof Mode mode && mode.reverseOpt().isEmpty());
  }

  private static boolean isTime(DataType type) {
    return type instanceof DateType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType;
  }
}
