package dev.tidemark.run;

import dev.tidemark.store.FileChecksums;
import java.util.List;
import java.util.stream.Collectors;

/** Files that are not what they were, for people. */
final class ChangedFiles {
  private static final int MOST_NAMED = 20;

  private ChangedFiles() {}

  /** A line each, and how many more there are. */
  static String lines(List<FileChecksums.Checked> changed) {
    String named =
        changed.stream()
            .limit(MOST_NAMED)
            .map(file -> "  %s: %s".formatted(file.file().path(), file.change()))
            .collect(Collectors.joining("\n"));
    return changed.size() <= MOST_NAMED
        ? named
        : named + "\n  and %,d more".formatted(changed.size() - MOST_NAMED);
  }
}
