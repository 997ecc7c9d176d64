package dev.tidemark.jobs.export;

import java.util.List;
import java.util.stream.Collectors;

/** Lines of a POSIX shell. */
final class Shell {
  private Shell() {}

  /** How Tidemark is called. */
  static String command(Settings settings) {
    return words(settings.command());
  }

  static String words(List<String> words) {
    return words.stream().map(Quoting::word).collect(Collectors.joining(" "));
  }

  /** A task's arguments, with variables where the plan has placeholders. */
  static String arguments(Planned.Task task) {
    return task.argv().stream()
        .map(
            word ->
                switch (word) {
                  case "{{start}}" -> "\"$START\"";
                  case "{{end}}" -> "\"$END\"";
                  case "{{project}}" -> "\"$PROJECT\"";
                  default -> Quoting.word(word);
                })
        .collect(Collectors.joining(" "));
  }

  /** The exit codes that no retry mends, as a pattern of `case`. */
  static String fail(Planned plan) {
    return plan.fail().stream().map(String::valueOf).collect(Collectors.joining(" | "));
  }
}
