package dev.tidemark.plan;

/**
 * SQL text without what changes no value: comments, and white space outside quotes, as Spark's
 * lexer tells them. Case stays, since it may name a column of an output.
 */
final class SqlMeaning {
  private final String sql;
  private final boolean tight;
  private final StringBuilder out = new StringBuilder();

  private SqlMeaning(String sql, boolean tight) {
    this.sql = sql;
    this.tight = tight;
  }

  /**
   * The text with every run of blanks and comments between two words as one blank, and none next to
   * brackets, commas and operators: equal for all layouts, different for different SQL.
   */
  static String of(String sql) {
    return new SqlMeaning(sql, true).read();
  }

  /** For people: the text on one line, without comments. */
  static String oneLine(String sql) {
    return new SqlMeaning(sql, false).read();
  }

  private String read() {
    boolean gap = false;
    int at = 0;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (Character.isWhitespace(c)) {
        gap = true;
        at++;
      } else if (sql.startsWith("--", at)) {
        at = endOfLineComment(at);
        gap = true;
      } else if (comment(at)) {
        at = endOfComment(at);
        gap = true;
      } else {
        int end = c == '\'' || c == '"' || c == '`' ? endOfQuote(at) : at + 1;
        if (gap && !out.isEmpty() && blankNeeded(out.charAt(out.length() - 1), c)) {
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
   * Two words, two operators, or a word and a quote might be read as one without a blank between
   * them; other neighbours are not.
   */
  private boolean blankNeeded(char before, char after) {
    if (!tight) {
      return true;
    }
    if (separates(before) || separates(after)) {
      return false;
    }
    boolean apart = operator(before) ? operand(after) : operator(after) && operand(before);
    return !apart || exponent(out.length()) || (sign(before) && exponent(out.length() - 1));
  }

  private static boolean separates(char c) {
    return c == '(' || c == ')' || c == ',' || c == ';';
  }

  private static boolean operator(char c) {
    return sign(c) || "*/%=<>|&^".indexOf(c) >= 0;
  }

  private static boolean sign(char c) {
    return c == '+' || c == '-';
  }

  private static boolean operand(char c) {
    return word(c) || c == '\'' || c == '"' || c == '`';
  }

  /** True if what is written so far ends as in {@code 1e}, which a sign makes a number of. */
  private boolean exponent(int end) {
    int start = end;
    while (start > 0 && (word(out.charAt(start - 1)) || out.charAt(start - 1) == '.')) {
      start--;
    }
    return start < end
        && !Character.isLetter(out.charAt(start))
        && Character.toLowerCase(out.charAt(end - 1)) == 'e';
  }

  /** A backslash before the line's end lets the comment go on. */
  private int endOfLineComment(int from) {
    int at = from;
    while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
      at += sql.startsWith("\\\n", at) ? 2 : 1;
    }
    return at;
  }

  /** A hint is written like a comment, and is none. */
  private boolean comment(int at) {
    return sql.startsWith("/*", at) && !sql.startsWith("/*+", at);
  }

  /** Comments nest. */
  private int endOfComment(int from) {
    int depth = 0;
    int at = from;
    while (at < sql.length()) {
      if (comment(at)) {
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

  private int endOfQuote(int from) {
    char quote = sql.charAt(from);
    boolean escapes = quote != '`' && !raw(from);
    int at = from + 1;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == '\\' && escapes) {
        at += 2;
      } else if (c == quote) {
        return at + 1;
      } else {
        at++;
      }
    }
    return sql.length();
  }

  /** True for {@code r'...'}, in which a backslash is a backslash. */
  private boolean raw(int quoteAt) {
    if (quoteAt == 0 || Character.toLowerCase(sql.charAt(quoteAt - 1)) != 'r') {
      return false;
    }
    return quoteAt == 1 || !word(sql.charAt(quoteAt - 2));
  }

  private static boolean word(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }
}
