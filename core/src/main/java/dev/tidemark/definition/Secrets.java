package dev.tidemark.definition;

import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds passwords, tokens and keys that are written into a file. */
final class Secrets {
  private static final Pattern SECRET =
      Pattern.compile(
          ".*(password|passwd|pwd|secret|token|credential"
              + "|(access|account|api|private|session|shared|storage)[._-]?key).*",
          Pattern.CASE_INSENSITIVE);

  /** What speaks about a secret, and is none: its provider, its file, its lifetime. */
  private static final Pattern HARMLESS =
      Pattern.compile(
          ".*(provider|providers|type|class|impl|enabled|uri|url|path|file|endpoint|scope|ms|timeout"
              + "|name|renewal|refresh|expiry|alias)([._-]path)?",
          Pattern.CASE_INSENSITIVE);

  /** A password in an address: {@code //user:password@host}, or {@code password=...}. */
  private static final Pattern IN_ADDRESS =
      Pattern.compile(
          "(?<=://[^/\\s:@]{0,100}:)[^/\\s@]+(?=@)|(?<=(?i:password|passwd|pwd|secret|token)=)[^&;\\s]+");

  private static final String HIDDEN = "***";

  private Secrets() {}

  /** A text with stars in place of settings that are secret, and of passwords in addresses. */
  static String hide(Map<String, String> settings, String text) {
    String without = text;
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      if (isSecret(setting.getKey()) && !setting.getValue().isBlank()) {
        without = without.replace(setting.getValue(), HIDDEN);
      }
    }
    return IN_ADDRESS.matcher(without).replaceAll(HIDDEN);
  }

  /**
   * Adds a problem for every secret below a node that is not taken by substitution.
   *
   * @param hint where it belongs
   */
  static void refuse(@Nullable Node node, Problems problems, String hint) {
    if (node == null) {
      return;
    }
    for (Node.Setting setting : node.settings()) {
      if (isSecret(setting.key()) && setting.value().isLiteral()) {
        problems.add(
            setting.value().keyOrigin(),
            "`%s` looks like a secret, and is written in a file".formatted(setting.key()),
            hint);
      }
    }
  }

  private static boolean isSecret(String key) {
    return SECRET.matcher(key).matches() && !HARMLESS.matcher(key).matches();
  }
}
