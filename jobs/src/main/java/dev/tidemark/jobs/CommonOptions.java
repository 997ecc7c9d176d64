package dev.tidemark.jobs;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every command takes. */
final class CommonOptions {
  static final String JSON = "--json";
  private static final String SUMMARY = "--summary";

  @Option(
      names = "--project",
      paramLabel = "DIR",
      description = "The project's folder (default: this folder).")
  Path project = Path.of(".");

  @Option(
      names = "--env",
      paramLabel = "NAME",
      description = "The environment, as in env/NAME.conf (default: local).")
  String environment = "local";

  @Option(
      names = JSON,
      description = "Print one line of JSON and nothing else; it holds the whole result.")
  boolean json;

  @Option(
      names = SUMMARY,
      paramLabel = "FILE-OR-URI",
      description = "Write the last line's JSON there too, on failure as well.")
  @Nullable String summary;

  @Option(
      names = LogFormat.OPTION,
      paramLabel = "FORMAT",
      description =
          "How to tell on stderr what goes on: text, or json for one object a line (default: "
              + LogFormat.VARIABLE
              + ", or text).")
  @Nullable LogFormat logFormat;

  @Option(
      names = {"--debug"},
      description = "Tell more, and show the stack trace of an error.")
  boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  /** The project's absolute folder. */
  Path folder() {
    return project.toAbsolutePath().normalize();
  }

  /** The summary file that arguments name which are otherwise not understood; null if none. */
  static @Nullable String summaryIn(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.startsWith(SUMMARY + "=")) {
        return argument.substring(SUMMARY.length() + 1);
      }
      if (argument.equals(SUMMARY) && i + 1 < arguments.size()) {
        return arguments.get(i + 1);
      }
    }
    return null;
  }
}
