package dev.tidemark.definition;

import java.util.List;

/**
 * The text of one file that a person wrote, under the name errors show.
 *
 * @param name the path relative to the project, with forward slashes
 * @param text the whole text
 */
public record SourceFile(String name, String text) {

  /** The line with this number (1 is the first), without its line end; empty beyond the last. */
  public String line(int number) {
    List<String> lines = text.lines().toList();
    return number >= 1 && number <= lines.size() ? lines.get(number - 1) : "";
  }

  @Override
  public String toString() {
    return name;
  }
}
