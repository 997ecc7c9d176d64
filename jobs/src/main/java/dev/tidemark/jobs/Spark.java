package dev.tidemark.jobs;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Project;
import dev.tidemark.jobs.openlineage.RunEvents;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Registrations;
import dev.tidemark.run.Applying;
import dev.tidemark.run.AuditReading;
import dev.tidemark.run.Auditing;
import dev.tidemark.run.Catalogue;
import dev.tidemark.run.DefinitionTests;
import dev.tidemark.run.Maintenance;
import dev.tidemark.run.Progress;
import dev.tidemark.run.Rebuild;
import dev.tidemark.run.RegisteredVariants;
import dev.tidemark.run.Runner;
import dev.tidemark.run.Sessions;
import dev.tidemark.run.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.SparkStatusTracker;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** Opens Spark when a command needs it: the others answer within a second. */
final class Spark {
  private final BiFunction<Environment, Path, SparkSession> sessions;
  private final Cancellation cancellation;
  private final Map<String, String> variables;
  private @Nullable SparkSession session;

  /**
   * @param sessions opens a session for an environment and a project's folder
   * @param cancellation from then on cancels the session's jobs
   * @param variables the process's environment
   */
  Spark(
      BiFunction<Environment, Path, SparkSession> sessions,
      Cancellation cancellation,
      Map<String, String> variables) {
    this.sessions = sessions;
    this.cancellation = cancellation;
    this.variables = Map.copyOf(variables);
  }

  /** Opens a session, and runs tasks on it that tell of their progress. */
  Runner open(Project project, Graph graph, Report report) {
    return new Runner(
        session(project, report),
        project.root(),
        project.environment(),
        graph,
        Version.current(),
        progress(report));
  }

  /**
   * The same, with the rows of another environment where they are the same.
   *
   * @param from null: all is computed
   */
  Runner open(Project project, Graph graph, Report report, @Nullable Environment from) {
    if (from == null) {
      return open(project, graph, report);
    }
    SparkSession session = session(project, report);
    Sessions.also(session, project.environment(), from, project.root());
    return new Runner(
        session,
        project.root(),
        project.environment(),
        graph,
        Version.current(),
        progress(report),
        from);
  }

  /**
   * Who tells others of what a command runs.
   *
   * @param command its name
   */
  RunEvents events(Project project, Graph graph, Runner runner, String command, Report report) {
    return new RunEvents(
        new RunEvents.Command(
            command,
            project,
            graph,
            Version.current(),
            variables,
            cancellation::isAsked,
            failure -> Failure.of(failure).told(report::open).render().strip(),
            report::open,
            report::warn),
        runner);
  }

  /** Opens a session, and builds on it what was built before. */
  Rebuild rebuild(Project project, Report report) {
    return new Rebuild(
        session(project, report),
        project.root(),
        project.environment(),
        Version.current(),
        progress(report));
  }

  /** Opens a session, and maintains tables on it. */
  Maintenance maintenance(Project project, Report report) {
    return new Maintenance(
        session(project, report), project.root(), project.environment(), progress(report));
  }

  /** Opens a session, and runs tests of definitions on it. */
  DefinitionTests tests(Project project, Graph graph, Report report) {
    return new DefinitionTests(session(project, report), project.root(), graph);
  }

  /** Opens a session, and reads the registry with it. */
  Applying applying(Project project, Graph graph, Report report) {
    SparkSession session = session(project, report);
    progress(report).step("reading the registry");
    return new Applying(
        session,
        project.root(),
        project.environment(),
        Registrations.of(graph, project.environment()),
        Version.current());
  }

  /** Opens a session, and reads what is registered. */
  RegisteredVariants variants(Project project, Report report) {
    SparkSession session = session(project, report);
    progress(report).step("reading the registry");
    return new RegisteredVariants(
        session, project.root(), project.environment(), Version.current());
  }

  /** Opens a session, and looks up on it what is known of resources. */
  Catalogue catalogue(Project project, Report report) {
    return new Catalogue(session(project, report), project.root(), project.environment());
  }

  /** Opens a session, and enters on it what somebody does. */
  Auditing auditing(Project project, Who who, Report report) {
    return new Auditing(
        session(project, report),
        project.root(),
        project.environment(),
        who.name(),
        GitCommit.of(project.root()),
        Version.current());
  }

  /** Opens a session, and reads on it what was entered. */
  AuditReading audit(Project project, Report report) {
    return new AuditReading(session(project, report), project.root(), project.environment());
  }

  /** One for all that a command does. */
  private SparkSession session(Project project, Report report) {
    SparkSession before = session;
    if (before != null) {
      return before;
    }
    report.hide(project.environment());
    report.progress("starting Spark");
    SparkSession opened = sessions.apply(project.environment(), project.root());
    cancellation.stopsBy(() -> opened.sparkContext().cancelAllJobs());
    cancellation.throwIfAsked();
    report.watch(() -> running(opened.sparkContext().statusTracker()));
    session = opened;
    return opened;
  }

  /**
   * Waits.
   *
   * @throws RefusedException if the process is told to end meanwhile
   */
  void pause(Duration length) {
    long end = System.nanoTime() + length.toNanos();
    try {
      for (long left = length.toNanos(); left > 0; left = end - System.nanoTime()) {
        cancellation.throwIfAsked();
        TimeUnit.NANOSECONDS.sleep(Math.min(left, TimeUnit.MILLISECONDS.toNanos(200)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException(Status.CANCELLED, "cancelled");
    }
    cancellation.throwIfAsked();
  }

  /**
   * Between two things that a command does.
   *
   * @throws RefusedException if the process is told to end
   */
  void checkpoint() {
    cancellation.throwIfAsked();
  }

  private static Activity.SparkTasks running(SparkStatusTracker tracker) {
    int done = 0;
    int all = 0;
    for (int id : tracker.getActiveStageIds()) {
      Option<SparkStageInfo> stage = tracker.getStageInfo(id);
      if (stage.isDefined()) {
        done += stage.get().numCompletedTasks();
        all += stage.get().numTasks();
      }
    }
    return new Activity.SparkTasks(done, all);
  }

  private Progress progress(Report report) {
    return new Progress() {
      @Override
      public void step(Step step) {
        checkpoint();
        report.progress(step);
      }

      @Override
      public void step(String what) {
        checkpoint();
        report.progress(what);
      }

      @Override
      public void checkpoint() {
        // Between two jobs there is none to cancel.
        cancellation.throwIfAsked();
      }
    };
  }
}
