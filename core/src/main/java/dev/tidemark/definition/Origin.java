package dev.tidemark.definition;

/**
 * Where something was written: a span inside one line of a file.
 *
 * @param file the file
 * @param line the line, 1 is the first
 * @param column the column of the first character, in UTF-16 units, 1 is the first
 * @param length how many characters are meant, at least 1
 */
public record Origin(SourceFile file, int line, int column, int length) {

  public Origin {
    if (line < 1 || column < 1 || length < 1) {
      throw new IllegalArgumentException("no such place: " + line + ":" + column + "+" + length);
    }
  }

  /** {@code file:line:column}, as errors show it. */
  @Override
  public String toString() {
    return file.name() + ":" + line + ":" + column;
  }
}
