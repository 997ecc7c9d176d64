package dev.tidemark.run;

import org.jspecify.annotations.Nullable;

/**
 * Why a task did not come to its commit: a text for its owner (what, where, what to do) and an exit
 * code. No table has changed that is not said to have.
 */
public final class TaskFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  public TaskFailure(ExitCode exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  public ExitCode exitCode() {
    return exitCode;
  }
}
