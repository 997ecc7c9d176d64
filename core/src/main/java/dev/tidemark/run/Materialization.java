package dev.tidemark.run;

import dev.tidemark.compile.CompiledView;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.DueInterval;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.IntervalRows;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.PastCommit;
import dev.tidemark.store.RowsSummary;
import dev.tidemark.store.RunRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/**
 * Runs one task for intervals of a view: looks what is done meanwhile, computes the rest in one
 * pass, writes all files, and commits interval by interval, oldest first, each with its record.
 */
final class Materialization {
  private static final long TELL_EVERY_NANOS = Duration.ofSeconds(2).toNanos();

  private final RunTools tools;
  private final Task.MaterializeInterval task;

  /** Of intervals whose rows are another environment's, in words where they come from. */
  private final Map<Interval, String> takenFrom = new HashMap<>();

  private final Recorder recorder;
  private final Gatekeeping gates;
  private final List<Destination> destinations = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private final PinnedSources sources;
  private final boolean again;
  private final List<InputSnapshot> inputs = new ArrayList<>();
  private final Set<Interval> forced = new HashSet<>();
  private long rows;
  private long promoted;
  private int committed;
  private int adopted;
  private int upToDate;
  private @Nullable String manifest;

  /**
   * @param sources at which states they are read
   * @param again also what is done already
   */
  Materialization(
      RunTools tools, Task.MaterializeInterval task, PinnedSources sources, boolean again) {
    this.tools = tools;
    this.task = task;
    this.sources = sources;
    this.again = again;
    this.recorder = new Recorder(tools.history());
    this.gates = new Gatekeeping(tools, task);
  }

  TaskReport run() {
    tools.step(Phase.PLAN, "checking " + name());
    for (Target target : task.targets()) {
      destinations.add(new Destination(target, tools.table(target)));
    }
    tools.pin(task, sources);
    inputs.addAll(sources.snapshots(tools.compiler().sources(task)));
    try {
      List<DueInterval> unfinished = unfinished();
      if (!unfinished.isEmpty()) {
        tools.keepFileLists(inputs, sources);
      }
      List<DueInterval> left = promote(unfinished);
      if (!again && !left.isEmpty()) {
        // What is seen at the last tick is before it, or at it.
        tools.mustBeReady(task, left.get(left.size() - 1).interval().start(), sources);
      }
      for (List<DueInterval> batch : consecutive(left)) {
        compute(task.only(batch));
      }
    } catch (Throwable failure) {
      // Also a failure that Scala did not declare; what is committed is recorded all the same.
      record(failure);
      throw failure;
    }
    tools.enter(Phase.RECORD);
    recorder.flush(tools.metrics());
    return report();
  }

  private void record(Throwable failure) {
    try {
      recorder.flush(tools.metrics());
    } catch (RuntimeException unrecorded) {
      failure.addSuppressed(unrecorded);
    }
  }

  private ResourceName name() {
    return task.view().view().ref();
  }

  private TaskReport report() {
    return new TaskReport(
        task.id(),
        rows,
        0,
        null,
        new TaskReport.Intervals(committed, adopted, upToDate),
        null,
        written(),
        promoted,
        manifest,
        Stream.concat(warnings.stream(), gates.warnings().stream()).toList(),
        Duration.ZERO);
  }

  /** The tables at their last commits. */
  private List<TaskReport.Written> written() {
    List<TaskReport.Written> written = new ArrayList<>();
    for (Destination destination : destinations) {
      String snapshot = destination.snapshot;
      if (snapshot != null) {
        written.add(new TaskReport.Written(destination.target, destination.table.name(), snapshot));
      }
    }
    return written;
  }

  /** Those intervals that nobody has done since they were planned. */
  private List<DueInterval> unfinished() {
    List<DueInterval> unfinished = new ArrayList<>();
    Map<Interval, FinishedInterval> finished = finished();
    for (Destination destination : destinations) {
      destination.look();
    }
    for (DueInterval due : task.due()) {
      if (again || due.reason() == DueInterval.Reason.FORCED) {
        forced.add(due.interval());
        unfinished.add(due);
      } else if (isDone(finished.get(due.interval()))) {
        upToDate++;
      } else if (adopt(due.interval())) {
        adopted++;
      } else {
        unfinished.add(due);
      }
    }
    return unfinished;
  }

  /** What the history says of the task's intervals. */
  private Map<Interval, FinishedInterval> finished() {
    Map<Interval, FinishedInterval> finished = new HashMap<>();
    Set<String> tables = new HashSet<>();
    for (Destination destination : destinations) {
      String id = destination.base.tableId();
      if (id == null) {
        return finished;
      }
      tables.add(id);
    }
    tools
        .history()
        .finished(name().toString(), task.interval(), tables)
        .forEach(done -> finished.put(done.interval(), done));
    return finished;
  }

  private boolean isDone(@Nullable FinishedInterval done) {
    return done != null
        && done.definition().equals(task.view().fingerprint())
        && done.inputs().equals(inputs);
  }

  /** Records an interval that a run committed to all tables before it was killed. */
  private boolean adopt(Interval interval) {
    CommitMark wanted = mark(interval, 0);
    List<PastCommit> found = new ArrayList<>();
    for (Destination destination : destinations) {
      destination.earlier(interval, wanted).ifPresent(found::add);
    }
    if (found.size() < destinations.size()) {
      return false;
    }
    List<RunRecord.TableCommit> commits = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      Destination destination = destinations.get(i);
      destination.tableId = String.valueOf(destination.base.tableId());
      destination.snapshot = destination.base.snapshot();
      commits.add(commit(destination, found.get(i).snapshot()));
    }
    PastCommit first = found.get(0);
    recorder.add(recordOf(interval, first.runId().orElseThrow(), first.rows(), commits, null));
    return true;
  }

  private static List<List<DueInterval>> consecutive(List<DueInterval> due) {
    List<List<DueInterval>> batches = new ArrayList<>();
    Instant end = Instant.MIN;
    for (DueInterval each : due) {
      if (!each.interval().start().equals(end)) {
        batches.add(new ArrayList<>());
      }
      batches.get(batches.size() - 1).add(each);
      end = each.interval().end();
    }
    return batches;
  }

  /**
   * Commits those intervals that another environment has of the same definition and inputs.
   *
   * @return the others
   */
  private List<DueInterval> promote(List<DueInterval> due) {
    Promotion promotion = tools.promotion();
    if (promotion == null || due.isEmpty()) {
      return due;
    }
    Map<Interval, String> there = promotion.intervals(task.view(), task.interval(), inputs);
    List<DueInterval> taken =
        due.stream()
            .filter(each -> there.containsKey(each.interval()))
            .filter(each -> !forced.contains(each.interval()))
            .toList();
    for (List<DueInterval> batch : consecutive(taken)) {
      Task.MaterializeInterval one = task.only(batch);
      tools.step(
          Phase.COMPUTE, "taking %,d intervals from %s".formatted(batch.size(), promotion.name()));
      List<String> columns = List.of(tools.compiler().view(one, sources).rows().columns());
      Dataset<Row> rows = promotion.rows(task.view(), one.interval(), columns);
      batch.forEach(
          each ->
              takenFrom.put(
                  each.interval(),
                  "not computed: rows of %s, run %s"
                      .formatted(promotion.name(), there.get(each.interval()))));
      long before = this.rows;
      compute(one, new CompiledView(rows, rows, List.of(), List.of()));
      promoted += this.rows - before;
    }
    return due.stream().filter(each -> !taken.contains(each)).toList();
  }

  private void compute(Task.MaterializeInterval batch) {
    try (Incremental incremental = new Incremental(tools, batch, sources, inputs)) {
      // What is done again is of sources as they were, which the state may be ahead of.
      compute(batch, again ? tools.compiler().view(batch, sources) : incremental.view());
    }
  }

  private void compute(Task.MaterializeInterval batch, CompiledView compiled) {
    warnings.addAll(compiled.warnings());
    List<Interval> intervals = batch.due().stream().map(DueInterval::interval).toList();
    Dataset<Row> kept = compiled.explained().persist(StorageLevel.MEMORY_AND_DISK());
    Dataset<Row> shown = TrainingSetBuild.table(kept, compiled.evidence());
    try {
      tools.step(Phase.COMPUTE, "computing %,d ticks".formatted(intervals.size()));
      SortedMap<Instant, RowsSummary> summaries =
          RowsSummary.byTime(kept, compiled.evidence(), ResolvedTrainingSet.EVENT_TIME);
      RowsSummary nothing = RowsSummary.ofNothing(kept.schema(), compiled.evidence());
      List<RowsSummary> made =
          intervals.stream()
              .map(interval -> summaries.getOrDefault(interval.start(), nothing))
              .toList();
      tools.enter(Phase.CHECK);
      List<Manifest.Input> read = tools.manifests().inputs(tools.compiler().sources(task), sources);
      IntervalRows counted =
          new IntervalRows(
              shown,
              intervals,
              made.stream().map(RowsSummary::rows).toList(),
              task.view().keys().stream().map(key -> key.key().name()).toList());
      List<List<Manifest.Check>> checks = gates.hold(kept, cases(batch, made, read), soFar());
      for (Destination destination : destinations) {
        tools.step(Phase.COMMIT, "writing " + destination.table.name());
        destination.stage(counted);
      }
      commitAll(batch, made, read, checks);
    } finally {
      kept.unpersist();
    }
  }

  private List<Gatekeeping.Case> cases(
      Task.MaterializeInterval batch, List<RowsSummary> made, List<Manifest.Input> read) {
    List<Gatekeeping.Case> cases = new ArrayList<>();
    Long before = again ? null : gates.before(batch.interval().start());
    for (int i = 0; i < made.size(); i++) {
      Task.MaterializeInterval one = batch.only(List.of(batch.due().get(i)));
      RowsSummary rows = made.get(i);
      Instant tick = one.interval().start();
      cases.add(
          new Gatekeeping.Case(
              one,
              tick,
              tick,
              before,
              made(one, rows, read, checks(one.interval(), read), List.of()),
              mark(one.interval(), rows.rows())));
      before = again ? null : (Long) rows.rows();
    }
    return cases;
  }

  private void commitAll(
      Task.MaterializeInterval batch,
      List<RowsSummary> made,
      List<Manifest.Input> read,
      List<List<Manifest.Check>> checks) {
    long told = System.nanoTime();
    int all = batch.due().size();
    for (int i = 0; i < all; i++) {
      tools.enter(Phase.COMMIT);
      tools.progress().checkpoint();
      if (System.nanoTime() - told > TELL_EVERY_NANOS) {
        told = System.nanoTime();
        tools.step(Phase.COMMIT, "committed %,d of %,d intervals".formatted(i, all));
      }
      commit(batch.only(List.of(batch.due().get(i))), made.get(i), read, checks.get(i));
    }
  }

  private void commit(
      Task.MaterializeInterval one,
      RowsSummary made,
      List<Manifest.Input> read,
      List<Manifest.Check> checks) {
    Interval interval = one.interval();
    long count = made.rows();
    List<RunRecord.TableCommit> commits = new ArrayList<>();
    CommitMark mark = mark(interval, count);
    boolean ours = false;
    String runId = tools.runId();
    for (Destination destination : destinations) {
      Optional<PastCommit> winner = commit(destination, interval, mark);
      ours |= winner.flatMap(PastCommit::runId).map(tools.runId()::equals).orElse(true);
      runId = winner.flatMap(PastCommit::runId).orElse(runId);
      String snapshot =
          winner.map(PastCommit::snapshot).orElse(String.valueOf(destination.snapshot));
      destination.snapshot = snapshot;
      commits.add(commit(destination, snapshot));
    }
    tools.enter(Phase.MANIFEST);
    // Before the record that names it.
    String told =
        ours ? tools.manifests().write(one, made(one, made, read, checks, written())) : null;
    tools.enter(Phase.RECORD);
    recorder.add(recordOf(interval, ours ? tools.runId() : runId, count, commits, told));
    if (ours) {
      manifest = told;
      committed++;
      rows += count;
    } else {
      upToDate++;
    }
  }

  private static ManifestWriter.Made made(
      Task.MaterializeInterval one,
      RowsSummary rows,
      List<Manifest.Input> read,
      List<Manifest.Check> checks,
      List<TaskReport.Written> written) {
    Instant tick = one.interval().start();
    return new ManifestWriter.Made(
        null, one.interval(), new Manifest.Times(tick, tick), read, null, 0, rows, checks, written);
  }

  private List<Manifest.Check> checks(Interval interval, List<Manifest.Input> read) {
    String from = takenFrom.get(interval);
    Manifest.Check unchanged = ManifestWriter.unchanged(read);
    return from == null
        ? List.of(unchanged)
        : List.of(unchanged, new Manifest.Check("promoted", true, from));
  }

  /** Nothing if the commit is ours; else that of another run which did the same. */
  private Optional<PastCommit> commit(Destination destination, Interval interval, CommitMark mark) {
    Optional<PastCommit> earlier =
        forced.contains(interval) ? Optional.empty() : destination.earlier(interval, mark);
    return earlier.isPresent()
        ? earlier
        : destination
            .commit(interval, mark)
            .match(
                done -> Optional.empty(),
                conflict ->
                    Optional.of(
                        winner(
                            destination,
                            interval,
                            mark,
                            "another run changed %s meanwhile: %s"
                                .formatted(destination.table.name(), conflict.reason()))),
                // The table knows what became of a commit whose answer was lost.
                unknown ->
                    Optional.of(
                        winner(
                            destination,
                            interval,
                            mark,
                            "the catalog did not answer whether %s was committed, and it is not there: %s"
                                .formatted(destination.table.name(), unknown.reason()))));
  }

  /** The commit that is there, if it is what ours would have been. */
  private PastCommit winner(
      Destination destination, Interval interval, CommitMark mark, String otherwise) {
    return destination
        .later(interval, mark)
        .orElseThrow(
            () ->
                new TaskFailure(ExitCode.CONFLICT, otherwise + "\n  run again; " + soFar(), null));
  }

  private String soFar() {
    return committed == 0
        ? "no table was changed"
        : "%,d intervals before it are committed".formatted(committed);
  }

  private CommitMark mark(Interval interval, long count) {
    return new CommitMark(
        tools.runId(),
        name().toString(),
        task.view().fingerprint(),
        inputs,
        interval,
        count,
        tools.version());
  }

  private static RunRecord.TableCommit commit(Destination destination, String snapshot) {
    return Recorder.commit(
        destination.target, destination.table.name(), destination.tableId, snapshot);
  }

  private RunRecord recordOf(
      Interval interval,
      String runId,
      long count,
      List<RunRecord.TableCommit> commits,
      @Nullable String manifest) {
    return new RunRecord(
        runId,
        task.id(),
        name().toString(),
        task.view().fingerprint(),
        tools.graph().parts(task.view()),
        interval,
        inputs,
        commits,
        count,
        tools.version(),
        Instant.now(),
        manifest);
  }
}
