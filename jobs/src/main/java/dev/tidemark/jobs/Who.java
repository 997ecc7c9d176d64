package dev.tidemark.jobs;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --by WHO}. */
final class Who {
  @Option(
      names = "--by",
      paramLabel = "WHO",
      description =
          "Who does it, for the registry, the audit log and access rules (default: the user of the "
              + "operating system).")
  @Nullable String by;

  String name() {
    return by == null ? System.getProperty("user.name", "unknown") : by;
  }
}
