package dev.tidemark.plan;

/**
 * SQL text without what changes no value: comments, and white space outside quotes. Case stays,
 * since literals may be unquoted names.
 */
final class SqlMeaning {
  private SqlMeaning() {}

  /**
   * The text with every run of blanks and comments between two words as one blank, and none
   * elsewhere.
   */
  static String of(String sql) {
    StringBuilder out = new StringBuilder();
    boolean gap = false;
    int at = 0;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (Character.isWhitespace(c)) {
        gap = true;
        at++;
      } else if (sql.startsWith("--", at)) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end;
        gap = true;
      } else if (sql.startsWith("/*", at) && !sql.startsWith("/*+", at)) {
        at = endOfComment(sql, at);
        gap = true;
      } else {
        int end = c == '\'' || c == '"' || c == '`' ? endOfQuote(sql, at) : at + 1;
        if (gap && !out.isEmpty() && joins(out.charAt(out.length() - 1), c)) {
          out.append(' ');
        }
        out.append(sql, at, end);
        gap = false;
        at = end;
      }
    }
    return out.toString();
  }

  /**
   * Without a blank, these two characters might be read as one word, number, operator or literal.
   */
  private static boolean joins(char before, char after) {
    return !separates(before) && !separates(after);
  }

  private static boolean separates(char c) {
    return c == '(' || c == ')' || c == ',' || c == ';';
  }

  /** Comments nest, as in Spark. */
  private static int endOfComment(String sql, int from) {
    int depth = 0;
    int at = from;
    while (at < sql.length()) {
      if (sql.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (sql.startsWith("*/", at)) {
        depth--;
        at += 2;
        if (depth == 0) {
          return at;
        }
      } else {
        at++;
      }
    }
    return at;
  }

  private static int endOfQuote(String sql, int from) {
    char quote = sql.charAt(from);
    int at = from + 1;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == '\\' && quote != '`') {
        at += 2;
      } else if (c == quote) {
        return at + 1;
      } else {
        at++;
      }
    }
    return sql.length();
  }
}
