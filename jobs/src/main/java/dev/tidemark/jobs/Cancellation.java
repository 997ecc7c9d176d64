package dev.tidemark.jobs;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What SIGTERM and Ctrl-C do: Spark's jobs are cancelled, the command sees its job fail and says
 * that it was cancelled, and the process ends with the signal's code. A commit is one atomic step
 * of the table format, so none is left half done.
 */
final class Cancellation {
  /** Enough to stop tasks and write a line, less than schedulers wait before they kill. */
  private static final Duration TIME_TO_TELL = Duration.ofSeconds(20);

  private enum State {
    RUNNING,
    ASKED,
    TOLD
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);
  private volatile Runnable stop = () -> {};
  private volatile Runnable lastWords = () -> {};
  private final CountDownLatch told = new CountDownLatch(1);
  private final Duration timeToTell;

  Cancellation() {
    this(TIME_TO_TELL);
  }

  /**
   * @param timeToTell how long a command has to tell that it was cancelled
   */
  Cancellation(Duration timeToTell) {
    this.timeToTell = timeToTell;
  }

  /** Asks whenever the process is told to end; once a process. */
  void listen() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::ask, "tidemark-cancel"));
  }

  /** Sets what stops the work that now begins. */
  void stopsBy(Runnable action) {
    stop = action;
    if (isAsked()) {
      action.run();
    }
  }

  /** Sets what tells of the command if it does not come to tell of itself in time. */
  void elseTell(Runnable words) {
    lastWords = words;
  }

  /**
   * Ends work that is asked to stop.
   *
   * @throws RefusedException if it is
   */
  void throwIfAsked() {
    if (isAsked()) {
      throw new RefusedException(Status.CANCELLED, "cancelled");
    }
  }

  boolean isAsked() {
    return state.get() == State.ASKED;
  }

  /**
   * The command has told how it ended.
   *
   * @return false if the process is already ending
   */
  boolean told() {
    boolean orderly = state.compareAndSet(State.RUNNING, State.TOLD);
    told.countDown();
    return orderly;
  }

  /** Stops the work and waits until the command has told of it. */
  void ask() {
    if (!state.compareAndSet(State.RUNNING, State.ASKED)) {
      return;
    }
    stop.run();
    try {
      boolean inTime = told.await(timeToTell.toMillis(), TimeUnit.MILLISECONDS);
      if (!inTime) {
        lastWords.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
