package dev.tidemark.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tidemark.compile.InputNotReadyException;
import dev.tidemark.definition.DefinitionException;
import dev.tidemark.pit.DataErrors;
import dev.tidemark.store.DamagedTableException;
import dev.tidemark.store.LostRaceException;
import dev.tidemark.store.SchemaChangedException;
import dev.tidemark.store.SettingException;
import dev.tidemark.store.UnreadableManifestException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.apache.spark.SparkThrowable;

/** What went wrong while a task ran, in its owner's terms and with its exit code. */
final class Failures {
  private Failures() {}

  /** What tells a kind of failure among the causes of an exception. */
  private interface Rule {
    Optional<TaskFailure> tell(Throwable cause, Throwable failure, String tables);
  }

  /** The most telling first: a full disk also fails to create files, a bad record to read them. */
  private static final List<Rule> RULES =
      List.of(
          Failures::fullDisk,
          Failures::unreachable,
          Failures::damagedTable,
          Failures::badRecord,
          Failures::unreadable,
          Failures::unwritable,
          Failures::outOfMemory);

  /**
   * The failure that an exception means.
   *
   * @param tables what became of the tables, for the text
   */
  static TaskFailure of(Throwable failure, String tables) {
    if (failure instanceof TaskFailure known) {
      return known;
    }
    if (failure instanceof DefinitionException definition) {
      return new TaskFailure(ExitCode.DEFINITION, definition.problems(), failure);
    }
    if (failure instanceof InputNotReadyException notReady) {
      return new TaskFailure(ExitCode.INPUT_NOT_READY, notReady.problems(), failure);
    }
    for (Throwable cause : causes(failure)) {
      if (cause instanceof SchemaChangedException changed) {
        return new TaskFailure(ExitCode.DEFINITION, String.valueOf(changed.getMessage()), failure);
      }
      if (cause instanceof SettingException setting) {
        return new TaskFailure(ExitCode.DEFINITION, String.valueOf(setting.getMessage()), failure);
      }
      if (cause instanceof UnreadableManifestException unreadable) {
        return new TaskFailure(
            ExitCode.INPUT_NOT_READY, String.valueOf(unreadable.getMessage()), failure);
      }
      if (cause instanceof LostRaceException lost) {
        return new TaskFailure(
            ExitCode.CONFLICT,
            "other runs committed first, again and again: %s\n  run again when they have ended; %s"
                .formatted(lost.getMessage(), tables),
            failure);
      }
    }
    Optional<String> data = DataErrors.messageOf(failure);
    if (data.isPresent()) {
      return new TaskFailure(ExitCode.DEFINITION, data.get(), failure);
    }
    for (Rule rule : RULES) {
      for (Throwable cause : causes(failure)) {
        Optional<TaskFailure> told = rule.tell(cause, failure, tables);
        if (told.isPresent()) {
          return told.get();
        }
      }
    }
    return new TaskFailure(ExitCode.INTERNAL, innermost(failure), failure);
  }

  private static Optional<TaskFailure> fullDisk(Throwable cause, Throwable failure, String tables) {
    return says(cause, "no space left on device", "disk quota exceeded")
        ? told(
            ExitCode.INTERNAL,
            "the disk is full: " + firstLine(cause),
            "free some space and run again; " + tables,
            failure)
        : Optional.empty();
  }

  private static Optional<TaskFailure> unreachable(
      Throwable cause, Throwable failure, String tables) {
    boolean database =
        cause instanceof SQLException sql && String.valueOf(sql.getSQLState()).startsWith("08");
    return database
            || cause instanceof ConnectException
            || cause instanceof UnknownHostException
            || says(cause, "could not connect to meta store")
        ? told(
            ExitCode.INPUT_NOT_READY,
            "no connection: " + firstLine(cause),
            "see that the addresses in env/ are right, and run again when what is there answers; "
                + tables,
            failure)
        : Optional.empty();
  }

  private static Optional<TaskFailure> damagedTable(
      Throwable cause, Throwable failure, String tables) {
    boolean ofIceberg =
        (cause instanceof RuntimeIOException || cause instanceof NotFoundException)
            && says(cause, "failed to read file", "failed to open");
    return cause instanceof DamagedTableException || ofIceberg
        ? told(
            ExitCode.INPUT_NOT_READY,
            "a table's metadata are damaged: %s (%s)"
                .formatted(firstLine(cause), innermost(failure)),
            "restore what is named from a backup, and run again; the rows are in other files; "
                + tables,
            failure)
        : Optional.empty();
  }

  private static Optional<TaskFailure> badRecord(
      Throwable cause, Throwable failure, String tables) {
    return condition(cause).startsWith("MALFORMED_")
        ? told(
            ExitCode.DEFINITION,
            "a record is not as its source declares: "
                + parameters(cause).getOrDefault("badRecord", firstLine(cause)),
            "correct the file, or the source's `schema` and `options`; " + tables,
            failure)
        : Optional.empty();
  }

  private static Optional<TaskFailure> unreadable(
      Throwable cause, Throwable failure, String tables) {
    return condition(cause).startsWith("FAILED_READ_FILE")
        ? told(
            ExitCode.INPUT_NOT_READY,
            "can't read %s: %s"
                .formatted(parameters(cause).getOrDefault("path", "a file"), innermost(failure)),
            "the file is damaged, incomplete or gone; restore it and run again; " + tables,
            failure)
        : Optional.empty();
  }

  private static Optional<TaskFailure> unwritable(
      Throwable cause, Throwable failure, String tables) {
    return says(
            cause,
            "read-only file system",
            "permission denied",
            "mkdirs failed",
            "failed to create",
            "not a directory",
            "unable to create")
        ? told(
            ExitCode.INTERNAL,
            "can't write: " + firstLine(cause),
            "check the provider's `warehouse` in env/ and its permissions; " + tables,
            failure)
        : Optional.empty();
  }

  private static Optional<TaskFailure> outOfMemory(
      Throwable cause, Throwable failure, String tables) {
    return condition(cause).startsWith("UNABLE_TO_ACQUIRE_MEMORY")
        ? told(
            ExitCode.INTERNAL,
            "what belongs to one key does not fit in the memory of a task: " + firstLine(cause),
            "give executors more memory or fewer cores (spark.executor.memory, "
                + "spark.executor.cores in env/), or set spark.tidemark.engine = reference; "
                + tables,
            failure)
        : Optional.empty();
  }

  private static Optional<TaskFailure> told(
      ExitCode exitCode, String what, String hint, Throwable failure) {
    return Optional.of(new TaskFailure(exitCode, what + "\n  " + hint, failure));
  }

  private static boolean says(Throwable cause, String... words) {
    String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    return Arrays.stream(words).anyMatch(message::contains);
  }

  private static String condition(Throwable cause) {
    return cause instanceof SparkThrowable throwable
        ? String.valueOf(throwable.getCondition())
        : "";
  }

  private static Map<String, String> parameters(Throwable cause) {
    return cause instanceof SparkThrowable throwable ? throwable.getMessageParameters() : Map.of();
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
    String message =
        last instanceof JsonProcessingException json ? json.getOriginalMessage() : firstLine(last);
    // Of what follows, most is the text itself.
    return last.getMessage() == null
        ? last.getClass().getSimpleName()
        : message.replaceFirst(" \\(start marker.*", "");
  }

  private static String firstLine(Throwable cause) {
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("").strip();
  }
}
