package dev.tidemark.jobs;

import dev.tidemark.definition.Problem;
import dev.tidemark.jobs.openlineage.RunEvents;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Task;
import dev.tidemark.run.Runner;
import dev.tidemark.run.TaskFailure;
import dev.tidemark.run.TaskReport;
import dev.tidemark.run.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Runs the tasks of a plan one after another, and tells of each. */
final class Tasks {
  private Tasks() {}

  /**
   * Runs all tasks. The first that fails ends it; those before it are committed and reported.
   *
   * @param after told each task that is done
   */
  static void run(Plan plan, Runner runner, RunEvents events, Report report, Consumer<Task> after) {
    run(plan, runner, events, report, 1, after);
  }

  /**
   * The same with several tasks at once; they are told in the plan's order.
   *
   * @param parallel how many
   */
  static void run(
      Plan plan,
      Runner runner,
      RunEvents events,
      Report report,
      int parallel,
      Consumer<Task> after) {
    Throwable failure = null;
    events.begin(plan.tasks());
    try {
      runAll(plan, runner, events, report, parallel, after);
    } catch (Throwable thrown) {
      failure = thrown;
      throw thrown;
    } finally {
      events.end(failure);
    }
  }

  private static void runAll(
      Plan plan,
      Runner runner,
      RunEvents events,
      Report report,
      int parallel,
      Consumer<Task> after) {
    report.say(PlanText.of(plan));
    if (plan.tasks().size() > 1) {
      // A mistake in the last is told before the first has run for an hour.
      runner.check(plan.tasks());
    }
    // On the driver: what they run on executors, Spark schedules.
    ExecutorService threads = Executors.newFixedThreadPool(parallel);
    AtomicBoolean ended = new AtomicBoolean();
    try {
      List<Future<Optional<TaskReport>>> running = new ArrayList<>();
      for (Task task : plan.tasks()) {
        running.add(
            threads.submit(
                () -> ended.get() ? Optional.empty() : Optional.of(run(task, runner, events))));
      }
      for (int i = 0; i < running.size(); i++) {
        end(plan.tasks().get(i), running.get(i), runner, report, after);
      }
    } finally {
      // What has begun comes to its end: it is good for something, and the next run goes on there.
      ended.set(true);
      threads.shutdown();
      await(threads);
    }
  }

  private static TaskReport run(Task task, Runner runner, RunEvents events) {
    RunEvents.TaskRun run = events.start(task);
    try {
      TaskReport done = runner.run(task, run::traced);
      run.complete(done);
      return done;
    } catch (Throwable thrown) {
      run.fail(thrown);
      throw thrown;
    }
  }

  private static void await(ExecutorService threads) {
    try {
      while (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
        // Their jobs end, or are cancelled with the process.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end(
      Task task,
      Future<Optional<TaskReport>> running,
      Runner runner,
      Report report,
      Consumer<Task> after) {
    long start = System.nanoTime();
    try {
      TaskReport done = running.get().orElseThrow();
      warn(done.warnings(), report);
      report.task(entry(done, runner.checks(task)));
      report.dagster().done(Admission.subject(task), done, runner::manifest);
      tell(task, done, report);
      after.accept(task);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TaskFailure failure) {
        report.task(failed(task, failure, start));
      }
      throw e.getCause() instanceof RuntimeException unchecked
          ? unchecked
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static TaskEntry failed(Task task, TaskFailure failure, long start) {
    return new TaskEntry(
        task.id(),
        Status.of(failure.exitCode().code()),
        null,
        null,
        null,
        null,
        null,
        null,
        List.of(),
        null,
        failure.checks(),
        failure.metrics() == null ? (System.nanoTime() - start) / 1e9 : failure.metrics().seconds(),
        failure.metrics());
  }

  /** Warnings with their places. */
  static void warn(List<Problem> warnings, Report report) {
    warnings.forEach(warning -> report.warn(warning.render()));
  }

  private static void tell(Task task, TaskReport done, Report report) {
    String what =
        task.match(
            build -> build.trainingSet().trainingSet().ref().toString(),
            materialize -> materialize.view().view().ref() + " in " + materialize.interval(),
            latest -> "%s, latest at %s".formatted(latest.view().view().ref(), latest.asOf()),
            score ->
                "%s, scoring at %s"
                    .formatted(score.trainingSet().trainingSet().ref(), score.asOf()));
    report.say("%s: %,d rows".formatted(what, done.rows()));
    TaskReport.Intervals intervals = done.intervals();
    if (intervals != null) {
      report.say("  " + words(intervals));
    }
    if (done.promoted() > 0) {
      report.say("  %,d of them as they are in the other environment".formatted(done.promoted()));
    }
    TaskReport.Whole whole = done.whole();
    if (whole != null) {
      words(whole, done.rows()).ifPresent(words -> report.say("  " + words));
    } else if (done.asOf() != null) {
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

  private static Optional<String> words(TaskReport.Whole whole, long rows) {
    if (whole.upToDate()) {
      return Optional.of("written before, from this definition and these inputs: nothing to do");
    }
    if (whole.because() != null) {
      return Optional.of("all computed: " + whole.because());
    }
    return whole.kept() == 0
        ? Optional.empty()
        : Optional.of(
            "%,d computed, %,d as they were".formatted(rows - whole.kept(), whole.kept()));
  }

  private static String words(TaskReport.Intervals intervals) {
    StringBuilder words = new StringBuilder();
    words.append(
        "%,d %s committed"
            .formatted(
                intervals.committed(), intervals.committed() == 1 ? "interval" : "intervals"));
    if (intervals.adopted() > 0) {
      words.append(
          ", %,d found committed by a run that was cut off".formatted(intervals.adopted()));
    }
    if (intervals.upToDate() > 0) {
      words.append(", %,d done by another run meanwhile".formatted(intervals.upToDate()));
    }
    return words.toString();
  }

  /**
   * @param checks what was checked before its last commit
   */
  static TaskEntry entry(TaskReport done, List<Trace.Check> checks) {
    return new TaskEntry(
        done.taskId(),
        Status.DONE,
        done.rows(),
        done.leftOut(),
        done.asOf(),
        done.intervals(),
        done.whole(),
        done.promoted() == 0 ? null : done.promoted(),
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
        checks,
        done.elapsed().toNanos() / 1e9,
        done.metrics());
  }
}
