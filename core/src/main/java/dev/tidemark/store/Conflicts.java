package dev.tidemark.store;

import io.delta.exceptions.DeltaConcurrentModificationException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;

/** Tells a lost race from a failure. */
final class Conflicts {
  private Conflicts() {}

  /**
   * Runs a commit.
   *
   * @param commit returns the snapshot that it made
   */
  static CommitOutcome of(Callable<String> commit) {
    try {
      return new CommitOutcome.Committed(commit.call());
    } catch (Exception e) {
      // Scala declares no exceptions, so all are looked at; what is no conflict goes on as it came.
      Optional<CommitOutcome> lost = lost(e);
      if (lost.isPresent()) {
        return lost.get();
      }
      throw e instanceof RuntimeException unchecked
          ? unchecked
          : new IllegalStateException(e.getMessage(), e);
    }
  }

  private static Optional<CommitOutcome> lost(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 50; depth++) {
      String reason = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
      if (cause instanceof CommitStateUnknownException) {
        return Optional.of(new CommitOutcome.Unknown(reason));
      }
      if (cause instanceof OverlapException
          || cause instanceof CommitFailedException
          || cause instanceof ValidationException
          || cause instanceof AlreadyExistsException
          || cause instanceof TableAlreadyExistsException
          || cause instanceof DeltaConcurrentModificationException) {
        return Optional.of(new CommitOutcome.Conflict(reason));
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }
}
