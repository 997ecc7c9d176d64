package dev.tidemark.run;

import static org.apache.spark.sql.functions.col;

import dev.tidemark.compile.CompiledLatest;
import dev.tidemark.compile.LatestBefore;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Task;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.PastCommit;
import dev.tidemark.store.RowsSummary;
import dev.tidemark.store.RunRecord;
import dev.tidemark.store.TableState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a view's table of newest values. Keys that nothing has changed since the last run keep
 * their rows, where the table, the run history and the sources tell which those are; see
 * docs/decisions/015.
 */
final class LatestTable {
  private final RunTools tools;
  private final Task.MaterializeLatest task;
  private final PinnedSources sources;
  private final boolean again;
  private final Replacement replacement;
  private final Gatekeeping gates;
  private final ResourceName name;

  /**
   * @param sources at which states they are read
   * @param again also what is done already, and all of it
   */
  LatestTable(RunTools tools, Task.MaterializeLatest task, PinnedSources sources, boolean again) {
    this.tools = tools;
    this.task = task;
    this.sources = sources;
    this.again = again || task.whole();
    this.replacement = new Replacement(tools, task);
    this.gates = new Gatekeeping(tools, task);
    this.name = task.view().view().ref();
  }

  /** What there is to start from: rows, or why there are none. */
  private record Start(@Nullable LatestBefore before, @Nullable String whole) {
    static Start none(String why) {
      return new Start(null, why);
    }
  }

  /** To the commits; every failure says which tables were committed before it. */
  TaskReport run() {
    try {
      tools.step(Phase.PLAN, "checking " + name);
      tools.pin(task, sources);
      Optional<RunRecord> done = again ? Optional.empty() : replacement.done(mark(0));
      return done.isPresent() ? upToDate(done.get()) : compute();
    } catch (Exception e) {
      // Scala declares no exceptions; whatever it is, its owner gets a sentence and an exit code.
      throw Failures.of(e, replacement.soFar());
    }
  }

  /** Computes all rows and writes nothing; the sources are pinned already. */
  RowsSummary summary() {
    Dataset<Row> rows = compiled(null).rows().drop(CompiledLatest.KEPT);
    return Replacement.kept(rows, kept -> RowsSummary.of(kept, List.of()));
  }

  private CompiledLatest compiled(@Nullable LatestBefore before) {
    return tools.compiler().latest(task, sources, before, tools.files()::since);
  }

  private TaskReport upToDate(RunRecord done) {
    return new TaskReport(
        task.id(),
        done.rows(),
        0,
        task.asOf(),
        null,
        new TaskReport.Whole(true, done.rows(), null),
        List.of(),
        0,
        done.manifest(),
        List.of(),
        Duration.ZERO);
  }

  private TaskReport compute() {
    Start start = again ? Start.none("asked for") : start();
    CompiledLatest compiled = compiled(start.before());
    String whole = start.before() == null ? start.whole() : compiled.whole();
    tools.keepFileLists(inputs(), sources);
    try {
      compiled.shared().forEach(part -> part.persist(StorageLevel.MEMORY_AND_DISK()));
      return Replacement.kept(compiled.rows(), rows -> commit(rows, compiled, whole));
    } finally {
      compiled.shared().forEach(Dataset::unpersist);
    }
  }

  private List<InputSnapshot> inputs() {
    return sources.snapshots(tools.compiler().sources(task));
  }

  /** The first table's rows, if it is known what they were made of. */
  private Start start() {
    OfflineTable table = tools.table(task.targets().get(0));
    TableState state = table.state();
    String snapshot = state.snapshot();
    Optional<PastCommit> newest = snapshot == null ? Optional.empty() : Replacement.newest(table);
    if (snapshot == null || newest.isEmpty()) {
      return Start.none("the table is new");
    }
    PastCommit last = newest.get();
    Optional<Instant> asOf = last.asOf();
    if (asOf.isEmpty() || !last.isOfDefinition(mark(0))) {
      return Start.none("its rows are of another definition");
    }
    if (task.asOf().isBefore(asOf.get())) {
      return Start.none("its rows are of %s, which is later".formatted(asOf.get()));
    }
    Optional<RunRecord> run =
        tools
            .history()
            .whole(name.toString(), Objects.requireNonNull(state.tableId()), last.snapshot())
            .filter(record -> last.runId().filter(record.runId()::equals).isPresent());
    if (run.isEmpty()) {
      return Start.none("the run before was cut off");
    }
    Optional<InputSnapshot> unpinned =
        run.get().inputs().stream()
            .filter(input -> input.kind() == InputSnapshot.Kind.UNPINNED)
            .findFirst();
    return unpinned.isPresent()
        ? Start.none("whether %s changed can't be told".formatted(unpinned.get().source()))
        : new Start(
            // Where others only arranged the rows anew, the snapshot of then may be gone.
            new LatestBefore(asOf.get(), run.get().inputs(), table.readAt(snapshot)), null);
  }

  private TaskReport commit(Dataset<Row> rows, CompiledLatest compiled, @Nullable String whole) {
    tools.step(
        Phase.COMPUTE,
        whole == null ? "computing the keys that changed" : "computing all keys: " + whole);
    Dataset<Row> shown = rows.drop(CompiledLatest.KEPT);
    RowsSummary summary = RowsSummary.of(shown, List.of());
    long kept = whole == null ? rows.where(col(CompiledLatest.KEPT)).count() : 0;
    tools.enter(Phase.CHECK);
    List<Manifest.Input> inputs = tools.manifests().inputs(tools.compiler().sources(task), sources);
    CommitMark mark = mark(summary.rows());
    ManifestWriter.Made made =
        new ManifestWriter.Made(
            task.asOf(),
            null,
            new Manifest.Times(task.asOf(), task.asOf()),
            inputs,
            null,
            0,
            summary,
            List.of(ManifestWriter.unchanged(inputs)),
            List.of());
    Long before = sources.areRecorded() ? null : gates.before();
    List<Manifest.Check> checks =
        gates
            .hold(
                shown,
                List.of(new Gatekeeping.Case(task, null, task.asOf(), before, made, mark)),
                replacement.soFar())
            .get(0);
    List<TaskReport.Written> written = replacement.write(shown, mark);
    tools.enter(Phase.MANIFEST);
    String manifest = tools.manifests().write(task, made.with(checks, written));
    replacement.record(mark, written, manifest);
    return new TaskReport(
        task.id(),
        summary.rows(),
        0,
        task.asOf(),
        null,
        new TaskReport.Whole(false, kept, whole),
        written,
        0,
        manifest,
        Stream.concat(compiled.warnings().stream(), gates.warnings().stream()).toList(),
        Duration.ZERO);
  }

  private CommitMark mark(long rows) {
    return new CommitMark(
        tools.runId(),
        name.toString(),
        task.view().fingerprint(),
        inputs(),
        null,
        task.asOf(),
        rows,
        tools.version());
  }
}
