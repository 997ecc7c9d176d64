package dev.tidemark.run;

import dev.tidemark.compile.InputNotReadyException;
import dev.tidemark.definition.DefinitionException;
import dev.tidemark.pit.DataErrors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkThrowable;

/** What went wrong while a task ran, in its owner's terms and with its exit code. */
final class Failures {
  private Failures() {}

  /** The failure that an exception means. */
  static TaskFailure of(Throwable failure) {
    if (failure instanceof TaskFailure known) {
      return known;
    }
    if (failure instanceof DefinitionException definition) {
      return new TaskFailure(ExitCode.DEFINITION, definition.problems(), failure);
    }
    if (failure instanceof InputNotReadyException notReady) {
      return new TaskFailure(ExitCode.INPUT_NOT_READY, notReady.problems(), failure);
    }
    Optional<String> data = DataErrors.messageOf(failure);
    if (data.isPresent()) {
      return new TaskFailure(ExitCode.DEFINITION, data.get(), failure);
    }
    for (Throwable cause : causes(failure)) {
      Optional<TaskFailure> known = known(cause, failure);
      if (known.isPresent()) {
        return known.get();
      }
    }
    return new TaskFailure(ExitCode.INTERNAL, innermost(failure), failure);
  }

  private static Optional<TaskFailure> known(Throwable cause, Throwable failure) {
    String message = String.valueOf(cause.getMessage());
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("no space left on device") || lower.contains("disk quota exceeded")) {
      return Optional.of(
          new TaskFailure(
              ExitCode.INTERNAL,
              "the disk is full: "
                  + firstLine(message)
                  + "\n  free some space and run again; no table was changed",
              failure));
    }
    if (lower.contains("read-only file system")
        || lower.contains("permission denied")
        || lower.contains("mkdirs failed")
        || lower.contains("failed to create")
        || lower.contains("not a directory")
        || lower.contains("unable to create")) {
      return Optional.of(
          new TaskFailure(
              ExitCode.INTERNAL,
              "can't write: "
                  + firstLine(message)
                  + "\n  check the provider's `warehouse` in env/ and its permissions; no table was changed",
              failure));
    }
    if (cause instanceof SparkThrowable throwable) {
      return spark(throwable, cause, failure);
    }
    return Optional.empty();
  }

  private static Optional<TaskFailure> spark(
      SparkThrowable throwable, Throwable cause, Throwable failure) {
    String condition = String.valueOf(throwable.getCondition());
    Map<String, String> parameters = throwable.getMessageParameters();
    if (condition.startsWith("FAILED_READ_FILE")) {
      return Optional.of(
          new TaskFailure(
              ExitCode.INPUT_NOT_READY,
              "can't read %s: %s\n  the file is damaged, incomplete or gone; restore it and run again; no table was changed"
                  .formatted(parameters.getOrDefault("path", "a file"), innermost(failure)),
              failure));
    }
    if (condition.startsWith("MALFORMED_RECORD")) {
      return Optional.of(
          new TaskFailure(
              ExitCode.DEFINITION,
              "a record that is not as its source declares: %s\n  correct the file, or the source's schema and options"
                  .formatted(
                      parameters.getOrDefault(
                          "badRecord", firstLine(String.valueOf(cause.getMessage())))),
              failure));
    }
    return Optional.empty();
  }

  private static List<Throwable> causes(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    Throwable cause = failure;
    while (cause != null && causes.size() < 50) {
      causes.add(cause);
      cause = cause.getCause();
    }
    return causes;
  }

  private static String innermost(Throwable failure) {
    List<Throwable> causes = causes(failure);
    Throwable last = causes.get(causes.size() - 1);
    String message = firstLine(String.valueOf(last.getMessage()));
    return last.getMessage() == null ? last.getClass().getSimpleName() : message;
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("").strip();
  }
}
