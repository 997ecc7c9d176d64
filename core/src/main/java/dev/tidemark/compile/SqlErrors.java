package dev.tidemark.compile;

import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Sql;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.QueryContext;
import org.apache.spark.QueryContextType;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.catalyst.parser.ParseException;

/**
 * What Spark's parser and analyzer say of a definition's SQL, in its author's terms and at its
 * place.
 */
final class SqlErrors {
  private SqlErrors() {}

  /**
   * Adds the problem that an exception tells.
   *
   * @param of what the SQL's columns are of, such as {@code sources.payments.v1}
   * @param known the columns that there are
   */
  static void add(Problems problems, Throwable error, Sql sql, String of, List<String> known) {
    Map<String, String> parameters = Map.of();
    String condition = "";
    if (error instanceof SparkThrowable throwable) {
      condition = String.valueOf(throwable.getCondition());
      parameters = throwable.getMessageParameters();
    }
    String object = parameters.getOrDefault("objectName", "").replace("`", "");
    if (condition.startsWith("UNRESOLVED_COLUMN") && !object.isEmpty()) {
      problems.addNearest(
          named(sql, error, object), "no column `%s` in %s".formatted(object, of), object, known);
    } else if (condition.equals("UNRESOLVED_ROUTINE")) {
      String routine = parameters.getOrDefault("routineName", "").replace("`", "");
      problems.add(
          named(sql, error, routine),
          "no function `%s` in Spark SQL".formatted(routine),
          "look for it in Spark's list of built-in functions");
    } else if (condition.startsWith("PARSE_SYNTAX_ERROR")) {
      problems.add(
          error instanceof ParseException syntax ? token(sql, syntax, parameters) : sql.origin(),
          "not Spark SQL: a syntax error at or near %s"
              .formatted(parameters.getOrDefault("error", "the end")),
          null);
    } else {
      problems.add(place(sql, error), brief(error), null);
    }
  }

  /**
   * The place of a name in the SQL; where Spark does not say, where the name first stands as a
   * whole word.
   */
  private static Origin named(Sql sql, Throwable error, String name) {
    int[] span = span(error, sql);
    if (span != null) {
      return sql.at(span[0], span[1]);
    }
    String last = name.substring(name.lastIndexOf('.') + 1);
    Matcher matcher =
        Pattern.compile("(?i)(?<![\\w])" + Pattern.quote(last) + "(?![\\w])").matcher(sql.text());
    return matcher.find() ? sql.at(matcher.start(), last.length()) : sql.origin();
  }

  /** The token at which the parser gave up. */
  private static Origin token(Sql sql, ParseException error, Map<String, String> parameters) {
    if (error.start().line().isEmpty() || error.start().startPosition().isEmpty()) {
      return sql.origin();
    }
    int lineStart = 0;
    for (int line = (int) error.start().line().get(); line > 1; line--) {
      lineStart = sql.text().indexOf('\n', lineStart) + 1;
    }
    int offset = lineStart + (int) error.start().startPosition().get();
    return sql.at(offset, parameters.getOrDefault("error", "' '").length() - 2);
  }

  private static Origin place(Sql sql, Throwable error) {
    int[] span = span(error, sql);
    return span == null ? sql.origin() : sql.at(span[0], span[1]);
  }

  private static int @org.jspecify.annotations.Nullable [] span(Throwable error, Sql sql) {
    if (!(error instanceof SparkThrowable throwable)) {
      return null;
    }
    QueryContext context =
        Arrays.stream(throwable.getQueryContext())
            .filter(found -> found.contextType() == QueryContextType.SQL)
            .findFirst()
            .orElse(null);
    if (context == null
        || context.startIndex() < 0
        || context.startIndex() >= sql.text().length()) {
      return null;
    }
    return new int[] {
      context.startIndex(), Math.max(1, context.stopIndex() - context.startIndex() + 1)
    };
  }

  /**
   * The first sentence of Spark's message, without its error code, plan and advice to change
   * settings.
   */
  static String brief(Throwable error) {
    String message = String.valueOf(error.getMessage());
    String first = message.lines().findFirst().orElse("").strip();
    String plain =
        first
            .replaceFirst("^\\[[A-Z0-9_.]+\\]\\s*", "")
            .replaceFirst("\\s*SQLSTATE: \\w+.*$", "")
            .replaceFirst("\\s*If necessary set .*$", "")
            .replaceFirst("[.;]\\s*(line \\d+ pos \\d+)?;?$", "");
    return plain.isEmpty()
        ? error.getClass().getSimpleName()
        : plain.substring(0, 1).toLowerCase(Locale.ROOT) + plain.substring(1);
  }
}
