package dev.tidemark.jobs.export;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Names of another language for ids of tasks, each another, and always the same ones. */
final class Names {
  private final String separator;
  private final Map<String, String> byId = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  /**
   * @param separator between words: {@code -} or {@code _}
   */
  Names(String separator) {
    this.separator = separator;
  }

  String of(String id) {
    return byId.computeIfAbsent(
        id,
        key -> {
          String plain = plain(id, separator);
          String name = plain;
          for (int i = 2; !taken.add(name); i++) {
            name = plain + separator + i;
          }
          return name;
        });
  }

  /** Lower case letters and digits, with separators between. */
  static String plain(String text, String separator) {
    String name =
        text.toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", separator)
            .replaceAll("^" + separator + "+|" + separator + "+$", "");
    // No language begins a name with a digit, and none has an empty one.
    return name.isEmpty() || Character.isDigit(name.charAt(0)) ? "t" + separator + name : name;
  }
}
