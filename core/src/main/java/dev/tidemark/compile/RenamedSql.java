package dev.tidemark.compile;

import dev.tidemark.definition.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.UnresolvedNamedLambdaVariable;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.classic.ExpressionUtils;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/**
 * Row-level expressions over columns that bear other names in the Dataset than in the definition.
 */
final class RenamedSql {
  private RenamedSql() {}

  /** The first names of all columns in an expression that has been checked, in lower case. */
  static Set<String> columnsOf(SparkSession session, Sql sql) {
    Set<String> names = new LinkedHashSet<>();
    Expression parsed = parsed(session, sql);
    collect(parsed, parameters(parsed), names);
    return names;
  }

  /** True if an expression that has been checked is a column, taken as it is. */
  static boolean isColumn(SparkSession session, Sql sql) {
    return parsed(session, sql) instanceof UnresolvedAttribute;
  }

  private static void collect(Expression expression, Set<String> parameters, Set<String> names) {
    List<String> column = column(expression, parameters);
    if (!column.isEmpty()) {
      names.add(column.get(0).toLowerCase(Locale.ROOT));
    }
    SparkPlans.list(expression.children()).forEach(child -> collect(child, parameters, names));
  }

  /**
   * The parts of a column's name; nothing for what is no column. In a lambda's body the parser
   * takes every name for a variable, and the analyzer finds out later.
   */
  private static List<String> column(Expression expression, Set<String> parameters) {
    if (expression instanceof UnresolvedAttribute attribute) {
      return SparkPlans.list(attribute.nameParts());
    }
    if (expression instanceof UnresolvedNamedLambdaVariable variable
        && !parameters.contains(variable.nameParts().head().toLowerCase(Locale.ROOT))) {
      return SparkPlans.list(variable.nameParts());
    }
    return List.of();
  }

  /** The names of all lambdas' parameters in an expression, in lower case. */
  private static Set<String> parameters(Expression expression) {
    Set<String> names = new HashSet<>();
    if (expression instanceof LambdaFunction lambda) {
      SparkPlans.list(lambda.arguments())
          .forEach(argument -> names.add(argument.name().toLowerCase(Locale.ROOT)));
    }
    SparkPlans.list(expression.children()).forEach(child -> names.addAll(parameters(child)));
    return names;
  }

  /**
   * The expression over renamed columns.
   *
   * @param names by the definition's name in lower case, the Dataset's
   */
  static Column of(SparkSession session, Sql sql, Map<String, String> names) {
    Expression parsed = parsed(session, sql);
    return ExpressionUtils.column(parsed.transform(new Rename(names, parameters(parsed))));
  }

  /** Names by themselves in lower case. */
  static Map<String, String> lowerCase(Map<String, String> names) {
    Map<String, String> lower = new HashMap<>();
    names.forEach((name, column) -> lower.put(name.toLowerCase(Locale.ROOT), column));
    return lower;
  }

  private static Expression parsed(SparkSession session, Sql sql) {
    try {
      return SparkPlans.parseExpression(session, sql.text());
    } catch (ParseException e) {
      throw new IllegalStateException("not checked: " + sql, e);
    }
  }

  private static final class Rename extends AbstractPartialFunction<Expression, Expression> {
    private final Map<String, String> names;
    private final Set<String> parameters;

    Rename(Map<String, String> names, Set<String> parameters) {
      this.names = names;
      this.parameters = parameters;
    }

    @Override
    public boolean isDefinedAt(Expression expression) {
      List<String> column = column(expression, parameters);
      return !column.isEmpty() && names.containsKey(column.get(0).toLowerCase(Locale.ROOT));
    }

    @Override
    public <A extends Expression, B> B applyOrElse(A expression, scala.Function1<A, B> other) {
      if (!isDefinedAt(expression)) {
        return other.apply(expression);
      }
      List<String> parts = new ArrayList<>(column(expression, parameters));
      String renamed = names.get(parts.get(0).toLowerCase(Locale.ROOT));
      parts.set(0, String.valueOf(renamed));
      @SuppressWarnings("unchecked") // transform's functions are from Expression to Expression
      B result = (B) new UnresolvedAttribute(CollectionConverters.asScala(parts).toSeq());
      return result;
    }
  }
}
