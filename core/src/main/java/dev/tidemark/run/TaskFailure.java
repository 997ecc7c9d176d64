package dev.tidemark.run;

import dev.tidemark.definition.Problem;
import dev.tidemark.plan.TaskMetrics;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why a task did not come to its commit: a text for its owner (what, where, what to do) and an exit
 * code. No table has changed that is not said to have.
 */
public final class TaskFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;
  private final transient List<Problem> problems;
  private final transient List<Trace.Check> checks;
  private transient @Nullable TaskMetrics metrics;

  /**
   * A failure that no place in a file is to blame for.
   *
   * @param message what is wrong in the first line, what to do in those below
   */
  public TaskFailure(ExitCode exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
    this.checks = List.of();
    int end = message.indexOf('\n');
    this.problems =
        List.of(
            end < 0
                ? new Problem(null, message, null)
                : new Problem(null, message.substring(0, end), message.substring(end).strip()));
  }

  /** A failure with the places to blame. */
  public TaskFailure(ExitCode exitCode, List<Problem> problems, @Nullable Throwable cause) {
    super(problems.stream().map(Problem::render).collect(Collectors.joining("\n")), cause);
    this.exitCode = exitCode;
    this.problems = List.copyOf(problems);
    this.checks = List.of();
  }

  /**
   * Of rows that don't pass their gates.
   *
   * @param problems at least one
   * @param checks all that was checked of them
   */
  static TaskFailure refused(List<Problem> problems, List<Trace.Check> checks) {
    return new TaskFailure(problems, checks);
  }

  private TaskFailure(List<Problem> problems, List<Trace.Check> checks) {
    super(problems.stream().map(Problem::render).collect(Collectors.joining("\n")));
    this.exitCode = ExitCode.GATE;
    this.problems = List.copyOf(problems);
    this.checks = List.copyOf(checks);
  }

  /** What was checked of the rows that were refused; none where it did not come to that. */
  public List<Trace.Check> checks() {
    return checks;
  }

  /** At least one. */
  public List<Problem> problems() {
    return problems;
  }

  /** The same, of a task that has cost so much until then. */
  TaskFailure after(TaskMetrics cost) {
    metrics = cost;
    return this;
  }

  /** What the task cost until it failed; null if it did not come to that. */
  public @Nullable TaskMetrics metrics() {
    return metrics;
  }

  public ExitCode exitCode() {
    return exitCode;
  }
}
