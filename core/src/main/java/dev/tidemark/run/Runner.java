package dev.tidemark.run;

import dev.tidemark.compile.CompiledTrainingSet;
import dev.tidemark.compile.Compiler;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.pit.Engine;
import dev.tidemark.pit.TimeRange;
import dev.tidemark.plan.Arrivals;
import dev.tidemark.plan.DueInterval;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.History;
import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.CommitOutcome;
import dev.tidemark.store.FileLists;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.RowsSummary;
import dev.tidemark.store.RunHistory;
import dev.tidemark.store.RunRecord;
import dev.tidemark.store.TableState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
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
  private final Progress progress;
  private final ManifestWriter manifests;

  /** The tables that the running build has committed so far. */
  private final List<String> committed = new ArrayList<>();

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
    String runId = UUID.randomUUID().toString();
    this.manifests =
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
            progress);
    this.environment = environment;
    this.compiler = tools.compiler();
    this.progress = progress;
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
    return guarded(() -> compiler.check(tasks));
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
      public List<FinishedInterval> finished(ResolvedView view) {
        return guarded(() -> past.finished(view));
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

  /** Runs one task to its commits. Tasks for intervals may be run by several threads at once. */
  public TaskReport run(Task task) {
    return run(task, PinnedSources.current(), false);
  }

  /** The same, of sources at these states, and also what is done already. */
  TaskReport run(Task task, PinnedSources sources) {
    return run(task, sources, true);
  }

  private TaskReport run(Task task, PinnedSources sources, boolean again) {
    long start = System.nanoTime();
    guarded(() -> checkNames(task.targets()));
    TaskReport report =
        guarded(
            () ->
                task.match(
                    build -> build(build, sources),
                    intervals -> new Materialization(tools, intervals, sources, again).run()));
    guarded(
        () -> {
          task.targets()
              .forEach(target -> OfflineTables.enter(tools.session(), tools.root(), target));
          return report;
        });
    return report.took(Duration.ofNanos(System.nanoTime() - start));
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
              build -> summary(build, sources),
              view ->
                  kept(
                      compiler.view(view, sources).rows(),
                      rows -> RowsSummary.of(rows, List.of())));
        });
  }

  private RowsSummary summary(Task.BuildTrainingSet task, PinnedSources sources) {
    Instant asOf = compiler.asOf(task, sources);
    CompiledTrainingSet compiled = compiler.trainingSet(task.trainingSet(), asOf, sources);
    progress.step("joining features");
    try {
      compiled.shared().forEach(part -> part.persist(StorageLevel.MEMORY_AND_DISK()));
      return RowsSummary.of(compiled.joined().within(asked(compiled.counts().first())), List.of());
    } finally {
      compiled.shared().forEach(Dataset::unpersist);
    }
  }

  private static @Nullable TimeRange asked(Row counts) {
    return counts.isNullAt(counts.fieldIndex(CompiledTrainingSet.FIRST_TIME))
        ? null
        : new TimeRange(
            counts.getAs(CompiledTrainingSet.FIRST_TIME),
            counts.getAs(CompiledTrainingSet.LAST_TIME));
  }

  private TaskReport build(Task.BuildTrainingSet task, PinnedSources sources) {
    committed.clear();
    ResourceName name = task.trainingSet().trainingSet().ref();
    progress.step("checking " + name);
    compiler.pin(List.of(task), sources);
    Instant asOf = compiler.asOf(task, sources);
    CompiledTrainingSet compiled = compiler.trainingSet(task.trainingSet(), asOf, sources);
    try {
      compiled.shared().forEach(part -> part.persist(StorageLevel.MEMORY_AND_DISK()));
      return build(task, name, asOf, sources, compiled);
    } finally {
      compiled.shared().forEach(Dataset::unpersist);
    }
  }

  private TaskReport build(
      Task.BuildTrainingSet task,
      ResourceName name,
      @Nullable Instant asOf,
      PinnedSources sources,
      CompiledTrainingSet compiled) {
    progress.step("counting the spine's rows");
    Row counts = compiled.counts().first();
    long expected = counts.getAs(CompiledTrainingSet.SPINE_ROWS);
    long leftOut = counts.getAs(CompiledTrainingSet.LEFT_OUT);
    checkSpine(task, expected, leftOut, counts.getAs(CompiledTrainingSet.NULL_TIMES));
    TimeRange asked =
        new TimeRange(
            counts.getAs(CompiledTrainingSet.FIRST_TIME),
            counts.getAs(CompiledTrainingSet.LAST_TIME));
    return kept(
        compiled.explained().within(asked),
        explained -> {
          Dataset<Row> rows = table(explained, compiled.evidence());
          progress.step("joining features to %,d rows".formatted(expected));
          RowsSummary summary = RowsSummary.of(explained, compiled.evidence());
          long found = summary.rows();
          if (found != expected) {
            throw new TaskFailure(
                ExitCode.INTERNAL,
                "%s would have %d rows, but its spine has %d; no table was changed\n  this is an error of Tidemark's, or a source changed meanwhile: run again"
                    .formatted(name, found, expected),
                null);
          }
          List<Manifest.Input> inputs = manifests.inputs(compiler.sources(task), sources);
          CommitMark mark =
              new CommitMark(
                  tools.runId(),
                  name.toString(),
                  task.trainingSet().fingerprint(),
                  sources.snapshots(compiler.sources(task)),
                  null,
                  found,
                  tools.version());
          List<TaskReport.Written> written =
              write(task.targets(), table -> table.replaceAll(rows, mark));
          String manifest =
              manifests.write(
                  task,
                  new ManifestWriter.Made(
                      asOf,
                      null,
                      times(asked.firstMicros(), asked.lastMicros()),
                      inputs,
                      expected,
                      leftOut,
                      summary,
                      List.of(
                          new Manifest.Check(
                              "no_null_time", true, "every row of the spine has a T"),
                          new Manifest.Check(
                              "row_count",
                              true,
                              "%,d rows, as many as the spine has".formatted(found)),
                          ManifestWriter.unchanged(inputs)),
                      written));
          record(task, mark, written, manifest);
          return new TaskReport(
              task.id(),
              found,
              leftOut,
              asOf,
              null,
              written,
              manifest,
              compiled.warnings(),
              Duration.ZERO);
        });
  }

  /** The rows as the table gets them, without what tells why features are null. */
  static Dataset<Row> table(Dataset<Row> explained, List<NullEvidence> evidence) {
    return explained.drop(
        evidence.stream().map(NullEvidence::evidence).distinct().toArray(String[]::new));
  }

  private static Manifest.Times times(long firstMicros, long lastMicros) {
    return new Manifest.Times(
        Instant.EPOCH.plus(firstMicros, ChronoUnit.MICROS),
        Instant.EPOCH.plus(lastMicros, ChronoUnit.MICROS));
  }

  private static void checkSpine(
      Task.BuildTrainingSet task, long expected, long leftOut, long nullTimes) {
    String spine = task.trainingSet().spine().ref().toString();
    if (nullTimes > 0) {
      throw new TaskFailure(
          ExitCode.DEFINITION,
          "%d rows of %s have no event time, so there is no T for them\n  leave them out with `where`, or correct the source; no table was changed"
              .formatted(nullTimes, spine),
          null);
    }
    if (expected == 0) {
      throw new TaskFailure(
          ExitCode.INPUT_NOT_READY,
          leftOut == 0
              ? "%s has no rows, so %s would be empty\n  no table was changed"
                  .formatted(spine, task.trainingSet().trainingSet().ref())
              : "all %d rows of %s are left out: their labels are not known at the as-of time\n  give a later --as-of; no table was changed"
                  .formatted(leftOut, spine),
          null);
    }
  }

  private void record(
      Task task, CommitMark mark, List<TaskReport.Written> written, String manifest) {
    List<RunRecord.TableCommit> commits =
        written.stream()
            .map(
                table ->
                    Recorder.commit(
                        table.target(),
                        table.table(),
                        String.valueOf(tools.table(table.target()).state().tableId()),
                        table.snapshot()))
            .toList();
    Recorder recorder = new Recorder(tools.history());
    recorder.add(
        new RunRecord(
            mark.runId(),
            task.id(),
            mark.resource(),
            mark.definition(),
            Map.of(),
            null,
            mark.inputs(),
            commits,
            mark.rows(),
            mark.version(),
            Instant.now(),
            manifest));
    recorder.flush();
  }

  /** Keeps rows on the executors while they are counted and written, so that all see the same. */
  private static <T> T kept(Dataset<Row> rows, Function<Dataset<Row>, T> use) {
    Dataset<Row> kept = rows.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      return use.apply(kept);
    } finally {
      kept.unpersist();
    }
  }

  private List<TaskReport.Written> write(
      List<Target> targets, Function<OfflineTable, CommitOutcome> commit) {
    List<TaskReport.Written> written = new ArrayList<>();
    for (Target target : targets) {
      OfflineTable table = tools.table(target);
      progress.step("writing " + table.name());
      String snapshot =
          commit
              .apply(table)
              .match(
                  CommitOutcome.Committed::snapshot,
                  conflict -> {
                    throw new TaskFailure(
                        ExitCode.CONFLICT,
                        "another run changed %s meanwhile: %s\n  run again; %s"
                            .formatted(table.name(), conflict.reason(), tables()),
                        null);
                  },
                  unknown -> {
                    throw new TaskFailure(
                        ExitCode.CONFLICT,
                        "the catalog did not answer whether %s was committed: %s\n  it holds its old rows or the new ones, whole; run again; %s"
                            .formatted(table.name(), unknown.reason(), tables()),
                        null);
                  });
      committed.add(table.name());
      written.add(new TaskReport.Written(target, table.name(), snapshot));
    }
    return written;
  }

  private String tables() {
    return committed.isEmpty()
        ? "no table was changed"
        : "already committed: " + String.join(", ", committed);
  }

  private <T> T guarded(Callable<T> work) {
    try {
      return work.call();
    } catch (Exception e) {
      // Scala declares no exceptions; whatever it is, its owner gets a sentence and an exit code.
      throw Failures.of(e, tables());
    }
  }
}
