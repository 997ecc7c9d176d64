package dev.tidemark.compile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.execution.CommandExecutionMode;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** The few doors into Spark's analyzer that the public API does not have. */
final class SparkPlans {
  private SparkPlans() {}

  static org.apache.spark.sql.classic.SparkSession classic(SparkSession session) {
    return (org.apache.spark.sql.classic.SparkSession) session;
  }

  static LogicalPlan analyzed(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
  }

  /** Analyzes a parsed plan and runs nothing, whatever it is. */
  static LogicalPlan analyzed(SparkSession session, LogicalPlan parsed) {
    return classic(session)
        .sessionState()
        .executePlan(parsed, CommandExecutionMode.SKIP())
        .analyzed();
  }

  static Dataset<Row> ofPlan(SparkSession session, LogicalPlan plan) {
    return org.apache.spark.sql.classic.Dataset.ofRows(classic(session), plan);
  }

  static Expression parseExpression(SparkSession session, String text) throws ParseException {
    return classic(session).sessionState().sqlParser().parseExpression(text);
  }

  static LogicalPlan parseQuery(SparkSession session, String text) throws ParseException {
    return classic(session).sessionState().sqlParser().parseQuery(text);
  }

  static <T> List<T> list(scala.collection.Iterable<T> items) {
    return new ArrayList<>(CollectionConverters.asJava(items.toSeq()));
  }

  static scala.collection.immutable.Seq<Column> columns(Collection<Column> columns) {
    return CollectionConverters.asScala(columns).toSeq();
  }

  /** The column of this name, whatever characters are in it. */
  static Column named(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  /** True if the expression or anything in it is one of these. */
  static boolean contains(Expression expression, Predicate<Expression> which) {
    if (which.test(expression)) {
      return true;
    }
    return list(expression.children()).stream().anyMatch(child -> contains(child, which));
  }

  /**
   * A cast that reads what has no zone in the given one, whatever the session's. Where the local
   * time does not exist (a clock put forward) it is taken as that much later, where it exists twice
   * as the earlier: the rules of {@code java.time}.
   *
   * @param lenient true: null for what can't be cast, rather than a failure
   */
  static Column zonedCast(Column column, DataType type, String zone, boolean lenient) {
    return ExpressionUtils.column(
        new Cast(
            ExpressionUtils.expression(column),
            type,
            Option.apply(zone),
            lenient ? EvalMode.TRY() : EvalMode.ANSI()));
  }
}
