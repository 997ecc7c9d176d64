package dev.tidemark.compile;

import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Sql;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NullType;

/**
 * Checks expressions with Spark's analyzer against the columns they will see, before anything runs.
 */
final class Expressions {
  private final SparkSession session;
  private final Problems problems;

  Expressions(SparkSession session, Problems problems) {
    this.session = session;
    this.problems = problems;
  }

  /**
   * Checks an expression of one row.
   *
   * @param rows what its columns are columns of
   * @param of what to call them in errors
   * @return its type; nothing after a problem
   */
  Optional<DataType> rowLevel(Sql sql, Dataset<Row> rows, String of) {
    try {
      Expression parsed = SparkPlans.parseExpression(session, sql.text());
      if (SparkPlans.contains(parsed, PlanExpression.class::isInstance)) {
        return refuse(sql, "a subquery can't stand here", "write a transformation that joins");
      }
      Dataset<Row> probe = rows.select(functions.expr(sql.text()));
      LogicalPlan plan = SparkPlans.analyzed(probe);
      if (plan instanceof Aggregate) {
        return refuse(
            sql,
            "an aggregate, where a value of one row is wanted",
            "for a feature over several rows write aggregate = ..., windows = [...]");
      }
      // The analyzer puts window functions and generators between the rows and the projection.
      if (!(plan instanceof Project project)
          || !project.child().fastEquals(SparkPlans.analyzed(rows))
          || probe.columns().length != 1) {
        return refuse(
            sql,
            "this does not give one value for one row",
            "window functions and generators such as explode belong into a transformation");
      }
      Expression expression = unaliased((Expression) project.projectList().head());
      return deterministic(sql, expression) ? Optional.of(expression.dataType()) : Optional.empty();
    } catch (Exception e) {
      return mixesRowsAndAggregates(e)
          ? refuse(
              sql,
              "an aggregate, where a value of one row is wanted",
              "for a feature over several rows write aggregate = ..., windows = [...]")
          : failed(e, sql, rows, of);
    }
  }

  /** As {@link #rowLevel}, and the result must be true or false. */
  boolean condition(Sql sql, Dataset<Row> rows, String of) {
    Optional<DataType> type = rowLevel(sql, rows, of);
    if (type.isPresent()
        && !(type.get() instanceof BooleanType)
        && !(type.get() instanceof NullType)) {
      problems.add(
          sql.origin(),
          "a condition, which is true or false, rather than %s".formatted(name(type.get())),
          "such as \"status = 'OK'\"");
      return false;
    }
    return type.isPresent();
  }

  /**
   * Checks an expression of aggregates.
   *
   * @return its type; nothing after a problem
   */
  Optional<DataType> aggregate(Sql sql, Dataset<Row> rows, String of) {
    try {
      Expression parsed = SparkPlans.parseExpression(session, sql.text());
      if (SparkPlans.contains(parsed, PlanExpression.class::isInstance)) {
        return refuse(sql, "a subquery can't stand here", "write a transformation that joins");
      }
      // Aggregated beside a plain count, an expression without aggregates is still told from one
      // with.
      LogicalPlan plan =
          SparkPlans.analyzed(
              rows.groupBy().agg(functions.expr(sql.text()), functions.count(functions.lit(1))));
      if (!(plan instanceof Aggregate aggregate)) {
        return refuse(
            sql,
            "this does not give one value for many rows",
            "window functions and generators such as explode belong into a transformation");
      }
      Expression expression = unaliased((Expression) aggregate.aggregateExpressions().head());
      if (!SparkPlans.contains(expression, AggregateExpression.class::isInstance)) {
        return refuse(
            sql, "not an aggregate", "an aggregate such as sum(amount), count(*) or max(amount)");
      }
      return deterministic(sql, expression) ? Optional.of(expression.dataType()) : Optional.empty();
    } catch (Exception e) {
      if (mixesRowsAndAggregates(e)) {
        return refuse(
            sql,
            "not an aggregate: a column stands outside of any aggregate function",
            "an aggregate such as sum(amount), rather than `amount`");
      }
      return failed(e, sql, rows, of);
    }
  }

  /** False, after saying why, for what gives another value on another run. */
  boolean deterministic(Sql sql, Expression expression) {
    String text = Determinism.whyNot(sql.text());
    String why = text == null ? Determinism.whyNot(expression) : text;
    if (why != null) {
      problems.add(
          sql.origin(),
          why,
          "the same data must give the same values on every run; use a column of the source");
    }
    return why == null;
  }

  private static boolean mixesRowsAndAggregates(Exception e) {
    String condition = e instanceof AnalysisException found ? found.getCondition() : "";
    return "MISSING_GROUP_BY".equals(condition) || "MISSING_AGGREGATION".equals(condition);
  }

  private static Expression unaliased(Expression expression) {
    return expression instanceof Alias alias ? alias.child() : expression;
  }

  private Optional<DataType> refuse(Sql sql, String what, String hint) {
    problems.add(sql.origin(), what, hint);
    return Optional.empty();
  }

  /**
   * Scala declares no exceptions: whatever is not the analyzer's or the parser's is not about the
   * definition.
   */
  private Optional<DataType> failed(Exception e, Sql sql, Dataset<Row> rows, String of) {
    if (!(e instanceof AnalysisException) && !(e instanceof org.apache.spark.SparkThrowable)) {
      throw e instanceof RuntimeException unexpected ? unexpected : new IllegalStateException(e);
    }
    SqlErrors.add(problems, e, sql, of, userColumns(rows));
    return Optional.empty();
  }

  /** The columns that a user may name. */
  static List<String> userColumns(Dataset<Row> rows) {
    return Arrays.stream(rows.columns())
        .filter(column -> !column.startsWith(dev.tidemark.pit.EventColumns.RESERVED_PREFIX))
        .toList();
  }

  /** A type as definitions write it. */
  static String name(DataType type) {
    return type.sql().toLowerCase(java.util.Locale.ROOT);
  }
}
