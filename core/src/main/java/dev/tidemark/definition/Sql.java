package dev.tidemark.definition;

/**
 * Spark SQL as written: an expression or a query.
 *
 * @param text the SQL
 * @param origin where its first character stands; the span is its first line
 * @param verbatim true if the file holds {@code text} character for character, so that an offset in
 *     it is a place in the file
 */
public record Sql(String text, Origin origin, boolean verbatim) {

  /**
   * The place of a part of the SQL.
   *
   * @param offset of its first character, 0 is the first
   * @param length how many characters
   * @return that place, or the place of the whole where the part cannot be located
   */
  public Origin at(int offset, int length) {
    if (!verbatim || offset < 0 || offset >= text.length()) {
      return origin;
    }
    String before = text.substring(0, offset);
    int lastBreak = before.lastIndexOf('\n');
    int lines = (int) before.chars().filter(c -> c == '\n').count();
    int column = lastBreak < 0 ? origin.column() + offset : offset - lastBreak;
    return new Origin(origin.file(), origin.line() + lines, column, Math.max(1, length));
  }

  @Override
  public String toString() {
    return text;
  }
}
