package dev.tidemark.run;

import dev.tidemark.compile.Compiler;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.Source;
import dev.tidemark.pit.Engine;
import dev.tidemark.plan.Arrivals;
import dev.tidemark.plan.DueInterval;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.History;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.PastDefinition;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.ReadEstimate;
import dev.tidemark.plan.Readiness;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.plan.TaskMetrics;
import dev.tidemark.store.FileLists;
import dev.tidemark.store.ManifestFiles;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.RowsSummary;
import dev.tidemark.store.RunHistory;
import dev.tidemark.store.TableState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks, each from compile to commit.
 *
 * <p>The rows are computed once and kept on the executors, checked, and then committed to every
 * target; see docs/decisions/004. All methods throw {@link TaskFailure} and nothing else.
 */
public final class Runner {
  private final RunTools tools;
  private final Environment environment;
  private final Compiler compiler;

  /** One look at the sources for all that is estimated. */
  private final PinnedSources looked = PinnedSources.current();

  /**
   * @param root relative paths are relative to it
   * @param version Tidemark's, for commit marks
   */
  public Runner(
      SparkSession session,
      Path root,
      Environment environment,
      Graph graph,
      String version,
      Progress progress) {
    this(session, root, environment, graph, version, progress, null);
  }

  /**
   * @param root relative paths are relative to it
   * @param version Tidemark's, for commit marks
   * @param from an environment whose rows are taken where they are of the same definitions and
   *     inputs; its catalogs are in the session; null: none
   */
  public Runner(
      SparkSession session,
      Path root,
      Environment environment,
      Graph graph,
      String version,
      Progress progress,
      @Nullable Environment from) {
    String runId = UUID.randomUUID().toString();
    ManifestWriter manifests =
        new ManifestWriter(session, root, environment.registry(), graph, runId, version);
    this.tools =
        new RunTools(
            session,
            root,
            graph,
            new Compiler(session, root, graph, Engine.of(session)),
            new RunHistory(session, root, environment.registry()),
            new FileLists(session, root, environment.registry()),
            manifests,
            runId,
            version,
            progress,
            from == null ? null : new Promotion(session, root, from),
            null,
            null);
    this.environment = environment;
    this.compiler = tools.compiler();
  }

  /** In the commit mark of every table that this runner writes. */
  public String runId() {
    return tools.runId();
  }

  /**
   * Checks every definition against the sources; runs nothing but a look at their first rows.
   *
   * @return warnings
   */
  public List<Problem> check() {
    return guarded(compiler::check);
  }

  /** Checks what some tasks would run; as {@link #check()}. */
  public List<Problem> check(List<Task> tasks) {
    return guarded(
        () -> {
          for (Task task : tasks) {
            task.match(
                build -> areThere(build.trainingSet(), task),
                view -> true,
                latest -> true,
                score -> areThere(score.trainingSet(), task));
          }
          return compiler.check(tasks);
        });
  }

  /** Whether the offline tables that are read are there; an error that says what to run if not. */
  private boolean areThere(ResolvedTrainingSet set, Task task) {
    Provider provider = task.targets().get(0).provider();
    new OfflineInputs(tools, set, provider, PinnedSources.current()).exist();
    return true;
  }

  /** What planning must know of the past, of the tables that the environment writes. */
  public History history() {
    Past past =
        new Past(
            tools,
            name ->
                environment.writeTo().stream()
                    .map(provider -> new Target(provider, Planner.table(name)))
                    .toList());
    return new History() {
      @Override
      public List<FinishedInterval> finished(ResolvedView view, Interval within) {
        return guarded(() -> past.finished(view, within));
      }

      @Override
      public Optional<Instant> newestTick(ResolvedView view) {
        return guarded(() -> past.newestTick(view));
      }

      @Override
      public List<PastDefinition> definitions(ResolvedView view, Interval asked) {
        return guarded(() -> past.definitions(view, asked));
      }

      @Override
      public Arrivals since(FinishedInterval finished, ResolvedView view) {
        return guarded(() -> past.since(finished, view));
      }

      @Override
      public @Nullable String lookBack(ResolvedView view, List<DueInterval> due) {
        return guarded(() -> past.lookBack(view, due));
      }
    };
  }

  /** Whether sources are ready for an instant, as they are now. */
  public List<Readiness> ready(List<Source> sources, Instant until) {
    return guarded(() -> compiler.ready(sources, until, PinnedSources.current()));
  }

  /** What a task will read, by metadata alone. */
  public ReadEstimate estimate(Task.MaterializeInterval task) {
    return guarded(() -> compiler.estimate(task, looked));
  }

  /** Runs one task to its commits. Tasks for intervals may be run by several threads at once. */
  public TaskReport run(Task task) {
    return run(task, PinnedSources.current(), false);
  }

  /**
   * The same, and tells of what it was made.
   *
   * @param traced gets, once the task is done, what finds that out; to be asked on any thread, it
   *     throws {@link TaskFailure} where it can't be told
   */
  public TaskReport run(Task task, Consumer<Supplier<Trace>> traced) {
    PinnedSources sources = PinnedSources.current();
    TaskReport report = run(task, sources, false);
    traced.accept(() -> guarded(() -> new Tracing(tools).of(task, report, sources)));
    return report;
  }

  /**
   * Where the files of a target's table are or will be; nothing where a catalog decides that, or
   * where it is not a matter of files.
   */
  public Optional<String> storage(Target target) {
    return OfflineTables.storage(tools.root(), target);
  }

  /**
   * Where the files of a table of a catalog are, as it is now.
   *
   * @return URIs; none where that can't be told
   */
  public List<String> storage(String table) {
    return guarded(() -> compiler.storage(table));
  }

  /** Where what Tidemark keeps beside its tables is: a path or URI. */
  public String besideTables() {
    return OfflineTables.beside(tools.root(), environment.registry());
  }

  /** Writes small files as the session does, by the settings of its file systems. */
  public SmallFiles files() {
    return new SmallFiles(tools.session());
  }

  /** Of the engine that runs tasks. */
  public String sparkVersion() {
    return tools.session().version();
  }

  /** A setting of the session; nothing where it is not set. */
  public Optional<String> setting(String name) {
    return Optional.ofNullable(tools.session().conf().get(name, null));
  }

  /** The same, of sources at these states, and also what is done already. */
  TaskReport run(Task task, PinnedSources sources) {
    return run(task, sources, true);
  }

  private TaskReport run(Task task, PinnedSources sources, boolean again) {
    try (Meter meter = guarded(() -> new Meter(tools.session().sparkContext()))) {
      try {
        TaskReport report = run(tools.of(task, meter), task, sources, again);
        TaskMetrics metrics = meter.metrics();
        return report.took(Duration.ofNanos((long) (metrics.seconds() * 1e9)), metrics);
      } catch (TaskFailure failure) {
        throw failure.after(meter.metrics());
      }
    }
  }

  private TaskReport run(RunTools of, Task task, PinnedSources sources, boolean again) {
    guarded(() -> checkNames(task.targets()));
    TaskReport report =
        guarded(
            () ->
                task.match(
                    build -> new TrainingSetBuild(of, build, sources).run(),
                    intervals -> new Materialization(of, intervals, sources, again).run(),
                    latest -> new LatestTable(of, latest, sources, again).run(),
                    score -> new TrainingSetBuild(of, score, sources, again).run()));
    guarded(
        "the tables are written",
        () -> {
          task.targets()
              .forEach(target -> OfflineTables.enter(tools.session(), tools.root(), target));
          return report;
        });
    return report;
  }

  /**
   * The text of a manifest, JSON by its published schema.
   *
   * @param location a URI, as {@link TaskReport#manifest()} has it
   * @return nothing if there is none
   */
  public Optional<String> manifest(String location) {
    return guarded(() -> ManifestFiles.text(tools.session(), location));
  }

  /** What was checked before the last commit of a task; none if it has written nothing. */
  public List<Trace.Check> checks(Task task) {
    return tools
        .manifests()
        .newest(task)
        .map(told -> told.checks().stream().map(Tracing::check).toList())
        .orElse(List.of());
  }

  /** All rows of a target's table, as of the latest commit that was recorded. */
  public Dataset<Row> read(Target target) {
    return guarded(
        () -> {
          OfflineTable table = tools.table(target);
          TableState state = table.state();
          String tableId = state.tableId();
          List<String> recorded = tableId == null ? List.of() : tools.history().snapshots(tableId);
          if (recorded.isEmpty()) {
            throw new TaskFailure(
                ExitCode.INPUT_NOT_READY,
                "no table %s\n  build or materialize it first".formatted(table.name()),
                null);
          }
          return table.latest(recorded).map(table::readAt).orElseGet(table::read);
        });
  }

  /** Before anything is written: a table whose name is another's would be found by nobody. */
  private List<Target> checkNames(List<Target> targets) {
    for (Target target : targets) {
      OfflineTables.taken(tools.session(), tools.root(), target)
          .ifPresent(
              why -> {
                throw new TaskFailure(
                    ExitCode.DEFINITION,
                    why
                        + "\n"
                        + "  name another `database` in env/, or drop the other table; no table was"
                        + " changed",
                    null);
              });
    }
    return targets;
  }

  /** Computes the rows of a task from sources at these states, and writes nothing. */
  RowsSummary summary(Task task, PinnedSources sources) {
    return guarded(
        () -> {
          compiler.pin(List.of(task), sources);
          return task.match(
              build -> new TrainingSetBuild(tools, build, sources).summary(),
              view ->
                  Replacement.kept(
                      compiler.view(view, sources).rows(), rows -> RowsSummary.of(rows, List.of())),
              latest -> new LatestTable(tools, latest, sources, true).summary(),
              score -> new TrainingSetBuild(tools, score, sources, true).summary());
        });
  }

  private static <T> T guarded(Callable<T> work) {
    return guarded("no table was changed", work);
  }

  /**
   * @param tables what became of the tables, for errors
   */
  private static <T> T guarded(String tables, Callable<T> work) {
    try {
      return work.call();
    } catch (Exception e) {
      // Scala declares no exceptions; whatever it is, its owner gets a sentence and an exit code.
      throw Failures.of(e, tables);
    }
  }
}
