package dev.tidemark.definition;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong: what, where, and what to do.
 *
 * @param origin where, or null if no single place is to blame
 * @param what one sentence without a full stop
 * @param hint what to do, or null
 */
public record Problem(@Nullable Origin origin, String what, @Nullable String hint) {

  /** {@code file:line:column: what}, the line itself with carets below the span, and the hint. */
  public String render() {
    StringBuilder out = new StringBuilder();
    if (origin == null) {
      out.append(what);
    } else {
      out.append(origin).append(": ").append(what);
      String line = origin.file().line(origin.line());
      String number = String.valueOf(origin.line());
      int start = Math.min(origin.column() - 1, line.length());
      int carets = Math.max(1, Math.min(origin.length(), line.length() - start));
      // Tabs stay tabs below the line, so that the carets stand right whatever a tab's width is.
      String indent = line.substring(0, start).replaceAll("[^\t]", " ");
      out.append("\n  ").append(number).append(" | ").append(line);
      out.append("\n  ").append(" ".repeat(number.length())).append(" | ");
      out.append(indent).append("^".repeat(carets));
    }
    if (hint != null) {
      out.append("\n  ").append(hint);
    }
    return out.toString();
  }
}
