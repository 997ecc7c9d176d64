package dev.tidemark.definition;

/**
 * The text of one file that a person wrote, under the name errors show.
 *
 * @param name the path relative to the project, with forward slashes
 * @param text the whole text
 */
public record SourceFile(String name, String text) {

  /**
   * The line with this number (1 is the first), without its line end; empty beyond the last. As in
   * HOCON, only a line feed ends a line.
   */
  public String line(int number) {
    int start = 0;
    for (int i = 1; i < number; i++) {
      int end = text.indexOf('\n', start);
      if (end < 0) {
        return "";
      }
      start = end + 1;
    }
    int end = text.indexOf('\n', start);
    String line = text.substring(start, end < 0 ? text.length() : end);
    return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
  }

  @Override
  public String toString() {
    return name;
  }
}
