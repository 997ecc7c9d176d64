package dev.tidemark.jobs;

import dev.tidemark.definition.Problem;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Task;
import dev.tidemark.run.Runner;
import dev.tidemark.run.TaskFailure;
import dev.tidemark.run.TaskReport;
import java.util.List;
import java.util.function.Consumer;

/** Runs the tasks of a plan one after another, and tells of each. */
final class Tasks {
  private Tasks() {}

  /**
   * Runs all tasks. The first that fails ends it; those before it are committed and reported.
   *
   * @param after told each task that is done
   */
  static void run(Plan plan, Runner runner, Report report, Consumer<Task> after) {
    report.say(PlanText.of(plan));
    if (plan.tasks().size() > 1) {
      // A mistake in the last is told before the first has run for an hour.
      runner.check(plan.tasks());
    }
    for (Task task : plan.tasks()) {
      long start = System.nanoTime();
      TaskReport done;
      try {
        done = runner.run(task);
      } catch (TaskFailure failure) {
        report.task(
            new TaskEntry(
                task.id(),
                Status.of(failure.exitCode().code()),
                null,
                null,
                null,
                List.of(),
                null,
                (System.nanoTime() - start) / 1e9));
        throw failure;
      }
      warn(done.warnings(), report);
      report.task(entry(done));
      tell(task, done, report);
      after.accept(task);
    }
  }

  /** Warnings with their places. */
  static void warn(List<Problem> warnings, Report report) {
    warnings.forEach(warning -> report.warn(warning.render()));
  }

  private static void tell(Task task, TaskReport done, Report report) {
    String what =
        task.match(
            build -> build.trainingSet().trainingSet().ref().toString(),
            materialize -> materialize.view().view().ref() + " in " + materialize.interval());
    report.say("%s: %,d rows".formatted(what, done.rows()));
    if (done.asOf() != null) {
      report.say("  labels as known at %s".formatted(done.asOf()));
    }
    if (done.leftOut() > 0) {
      report.say("  %,d rows left out: their label was not known then".formatted(done.leftOut()));
    }
    tables(done, report);
  }

  /** Tells what was written where. */
  static void tables(TaskReport done, Report report) {
    for (TaskReport.Written table : done.tables()) {
      report.say(
          "  written to %s (%s, snapshot %s)"
              .formatted(table.table(), table.target().provider().format(), table.snapshot()));
    }
    if (done.manifest() != null) {
      report.say("  manifest %s".formatted(done.manifest()));
    }
  }

  static TaskEntry entry(TaskReport done) {
    return new TaskEntry(
        done.taskId(),
        Status.DONE,
        done.rows(),
        done.leftOut(),
        done.asOf(),
        done.tables().stream()
            .map(
                table ->
                    new TaskEntry.TableEntry(
                        table.target().provider().name(),
                        table.target().provider().format().toString(),
                        table.table(),
                        table.snapshot()))
            .toList(),
        done.manifest(),
        done.elapsed().toNanos() / 1e9);
  }
}
