package dev.tidemark.jobs.export;

import java.util.List;
import java.util.stream.Collectors;

/** Texts as literals of other languages, so that nothing in a text is more than text there. */
final class Quoting {
  private static final int LONGEST_COMMENT = 100;

  private Quoting() {}

  /** For Python, YAML and JSON alike: in double quotes. */
  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          // What is no character, or ends a line for some readers.
          if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }

  /** A list of such. */
  static String list(List<String> texts) {
    return texts.stream().map(Quoting::quoted).collect(Collectors.joining(", ", "[", "]"));
  }

  /** One word of a POSIX shell. */
  static String word(String text) {
    return text.matches("[A-Za-z0-9_./:=@%+,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  /** The rest of a line of comment. */
  static String comment(String text) {
    String flat = text.replaceAll("[\\s\\p{Cntrl}\u2028\u2029]+", " ").strip();
    return flat.length() <= LONGEST_COMMENT ? flat : flat.substring(0, LONGEST_COMMENT - 1) + "…";
  }
}
