package dev.tidemark.compile;

import dev.tidemark.definition.Sql;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
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
    collect(parsed(session, sql), names);
    return names;
  }

  private static void collect(Expression expression, Set<String> names) {
    if (expression instanceof UnresolvedAttribute attribute) {
      names.add(attribute.nameParts().head().toLowerCase(Locale.ROOT));
    }
    SparkPlans.list(expression.children()).forEach(child -> collect(child, names));
  }

  /**
   * The expression over renamed columns.
   *
   * @param names by the definition's name in lower case, the Dataset's
   */
  static Column of(SparkSession session, Sql sql, Map<String, String> names) {
    return ExpressionUtils.column(parsed(session, sql).transform(new Rename(names)));
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

    Rename(Map<String, String> names) {
      this.names = names;
    }

    @Override
    public boolean isDefinedAt(Expression expression) {
      return expression instanceof UnresolvedAttribute attribute
          && names.containsKey(attribute.nameParts().head().toLowerCase(Locale.ROOT));
    }

    @Override
    public <A extends Expression, B> B applyOrElse(A expression, scala.Function1<A, B> other) {
      if (!isDefinedAt(expression)) {
        return other.apply(expression);
      }
      List<String> parts =
          new ArrayList<>(SparkPlans.list(((UnresolvedAttribute) expression).nameParts()));
      String renamed = names.get(parts.get(0).toLowerCase(Locale.ROOT));
      parts.set(0, String.valueOf(renamed));
      @SuppressWarnings("unchecked") // transform's functions are from Expression to Expression
      B result = (B) new UnresolvedAttribute(CollectionConverters.asScala(parts).toSeq());
      return result;
    }
  }
}
