package dev.tidemark.jobs;

import dev.tidemark.definition.Origin;
import java.util.List;

/** The text of one definition, cut from its file. */
final class DefinitionLines {
  private DefinitionLines() {}

  /**
   * From the line where a resource's name stands to the line where its braces are closed; braces in
   * strings and comments are not counted.
   */
  static String of(Origin name) {
    List<String> lines = name.file().text().lines().toList();
    StringBuilder out = new StringBuilder();
    Braces braces = new Braces();
    for (int i = name.line() - 1; i < lines.size(); i++) {
      out.append(lines.get(i)).append('\n');
      braces.read(lines.get(i));
      if (braces.closed()) {
        break;
      }
    }
    return out.toString().stripTrailing();
  }

  /** Counts braces line by line. */
  private static final class Braces {
    private static final String TRIPLE = "\"\"\"";

    private int depth;
    private boolean opened;
    private boolean inBlock;

    boolean closed() {
      return opened && depth <= 0;
    }

    void read(String line) {
      boolean inString = false;
      for (int i = 0; i < line.length() && !closed(); i++) {
        if (!inString && line.startsWith(TRIPLE, i)) {
          inBlock = !inBlock;
          i += TRIPLE.length() - 1;
        } else if (!inBlock) {
          char c = line.charAt(i);
          if (inString) {
            i += c == '\\' ? 1 : 0;
            inString = c != '"';
          } else if (c == '"') {
            inString = true;
          } else if (c == '#' || line.startsWith("//", i)) {
            return;
          } else if (c == '{') {
            depth++;
            opened = true;
          } else if (c == '}') {
            depth--;
          }
        }
      }
    }
  }
}
