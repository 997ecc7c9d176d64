package dev.tidemark.definition;

import java.util.List;
import java.util.Map;

/** JSON as text, indented, in the order given. */
final class JsonText {
  private final StringBuilder out = new StringBuilder();

  private JsonText() {}

  /** A map, list, text, number or boolean as JSON, ended by a line feed. */
  static String of(Object value) {
    JsonText text = new JsonText();
    text.value(value, 0);
    return text.out.append('\n').toString();
  }

  private void value(Object value, int depth) {
    if (value instanceof Map<?, ?> map) {
      String separator = "";
      out.append('{');
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.append(separator);
        newLine(depth + 1);
        string(String.valueOf(entry.getKey()));
        out.append(": ");
        value(entry.getValue(), depth + 1);
        separator = ",";
      }
      close('}', map.isEmpty(), depth);
    } else if (value instanceof List<?> list) {
      String separator = "";
      out.append('[');
      for (Object element : list) {
        out.append(separator);
        newLine(depth + 1);
        value(element, depth + 1);
        separator = ",";
      }
      close(']', list.isEmpty(), depth);
    } else if (value instanceof String text) {
      string(text);
    } else {
      out.append(value);
    }
  }

  private void close(char bracket, boolean empty, int depth) {
    if (!empty) {
      newLine(depth);
    }
    out.append(bracket);
  }

  private void newLine(int depth) {
    out.append('\n').append("  ".repeat(depth));
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
