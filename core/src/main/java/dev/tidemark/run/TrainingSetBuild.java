package dev.tidemark.run;

import dev.tidemark.compile.CompiledTrainingSet;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.pit.TimeRange;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.Task;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.RowsSummary;
import dev.tidemark.store.RunRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/**
 * Builds one training set, or its features for keys to score: counts the spine, joins, holds the
 * rows against the count, commits them and leaves a manifest.
 */
final class TrainingSetBuild {
  private final RunTools tools;
  private final Task task;
  private final ResolvedTrainingSet set;
  private final PinnedSources sources;
  private final Replacement replacement;
  private final OfflineInputs offline;
  private final Gatekeeping gates;
  private final ResourceName name;

  /** Null for a training set, which is built again whenever it is asked for. */
  private final Task.@Nullable ScoreKeys scoring;

  private final boolean again;

  /**
   * @param sources at which states they are read
   */
  TrainingSetBuild(RunTools tools, Task.BuildTrainingSet task, PinnedSources sources) {
    this(tools, task, task.trainingSet(), null, sources, true);
  }

  /**
   * @param sources at which states they are read
   * @param again also what is done already
   */
  TrainingSetBuild(RunTools tools, Task.ScoreKeys task, PinnedSources sources, boolean again) {
    this(tools, task, task.trainingSet(), task, sources, again);
  }

  private TrainingSetBuild(
      RunTools tools,
      Task task,
      ResolvedTrainingSet set,
      Task.@Nullable ScoreKeys scoring,
      PinnedSources sources,
      boolean again) {
    this.tools = tools;
    this.task = task;
    this.set = set;
    this.scoring = scoring;
    this.sources = sources;
    this.again = again;
    this.replacement = new Replacement(tools, task);
    this.offline = new OfflineInputs(tools, set, task.targets().get(0).provider(), sources);
    this.gates = new Gatekeeping(tools, task);
    this.name = set.trainingSet().ref();
  }

  /** To the commits; every failure says which tables were committed before it. */
  TaskReport run() {
    try {
      tools.step(Phase.PLAN, "checking " + name);
      if (!sources.areRecorded()) {
        offline.exist();
      }
      tools.pin(task, sources);
      Optional<RunRecord> done = again ? Optional.empty() : replacement.done(mark(0));
      if (done.isPresent()) {
        return upToDate(done.get());
      }
      Optional<TaskReport> promoted = promoted();
      if (promoted.isPresent()) {
        return promoted.get();
      }
      if (!sources.areRecorded()
          && task instanceof Task.BuildTrainingSet build
          && build.asOf() != null) {
        tools.mustBeReady(task, build.asOf(), sources);
      }
      return compiled(this::build);
    } catch (Exception e) {
      // Scala declares no exceptions; whatever it is, its owner gets a sentence and an exit code.
      throw Failures.of(e, replacement.soFar());
    }
  }

  private TaskReport upToDate(RunRecord done) {
    return new TaskReport(
        task.id(),
        done.rows(),
        0,
        scoring == null ? null : scoring.asOf(),
        null,
        new TaskReport.Whole(true, done.rows(), null),
        List.of(),
        0,
        done.manifest(),
        List.of(),
        Duration.ZERO);
  }

  /** Computes the rows and writes nothing; the sources are pinned already. */
  RowsSummary summary() {
    return compiled(
        (asOf, compiled) -> {
          tools.step(Phase.COMPUTE, "joining features");
          TimeRange asked = asked(compiled.counts().first());
          return RowsSummary.of(compiled.joined().within(asked), List.of());
        });
  }

  private interface Use<T> {
    T of(@Nullable Instant asOf, CompiledTrainingSet compiled);
  }

  private <T> T compiled(Use<T> use) {
    Instant asOf = asOf();
    CompiledTrainingSet compiled =
        scoring == null
            ? tools.compiler().trainingSet(set, asOf, sources)
            : tools.compiler().scoring(scoring, sources);
    try {
      compiled.shared().forEach(part -> part.persist(StorageLevel.MEMORY_AND_DISK()));
      return use.of(asOf, compiled);
    } finally {
      compiled.shared().forEach(Dataset::unpersist);
    }
  }

  private @Nullable Instant asOf() {
    if (task instanceof Task.BuildTrainingSet build) {
      return tools.compiler().asOf(build, sources);
    }
    return scoring == null ? null : scoring.asOf();
  }

  private static @Nullable TimeRange asked(Row counts) {
    return counts.isNullAt(counts.fieldIndex(CompiledTrainingSet.FIRST_TIME))
        ? null
        : new TimeRange(
            counts.getAs(CompiledTrainingSet.FIRST_TIME),
            counts.getAs(CompiledTrainingSet.LAST_TIME));
  }

  /**
   * A spine that has been counted.
   *
   * @param asked of all its T
   */
  private record Spine(long rows, long leftOut, TimeRange asked) {}

  private TaskReport build(@Nullable Instant asOf, CompiledTrainingSet compiled) {
    gates.mustBeAnswerable(asOf);
    tools.step(Phase.COUNT, "counting the spine's rows");
    Row counts = compiled.counts().first();
    long expected = counts.getAs(CompiledTrainingSet.SPINE_ROWS);
    long leftOut = counts.getAs(CompiledTrainingSet.LEFT_OUT);
    checkSpine(expected, leftOut, counts.getAs(CompiledTrainingSet.NULL_TIMES));
    TimeRange asked =
        new TimeRange(
            counts.getAs(CompiledTrainingSet.FIRST_TIME),
            counts.getAs(CompiledTrainingSet.LAST_TIME));
    tools.enter(Phase.PLAN);
    if (!sources.areRecorded()) {
      offline.holdAll(asked);
    }
    Spine spine = new Spine(expected, leftOut, asked);
    return Replacement.kept(
        compiled.explained().within(asked), rows -> commit(rows, spine, asOf, compiled));
  }

  /** What gives the rows, in words. */
  private String spine() {
    if (scoring == null) {
      return set.spine().ref().toString();
    }
    KeysFile keys = scoring.keys();
    return keys == null ? "what the views of %s see".formatted(name) : keys.name();
  }

  private void checkSpine(long expected, long leftOut, long nullTimes) {
    String spine = spine();
    if (nullTimes > 0) {
      throw new TaskFailure(
          ExitCode.DEFINITION,
          "%d rows of %s have no event time, so there is no T for them\n  %s; no table was changed"
              .formatted(
                  nullTimes,
                  spine,
                  scoring == null
                      ? "leave them out with `where`, or correct the source"
                      : "give them one, or leave the column out: then T is --as-of"),
          null);
    }
    if (expected == 0) {
      throw new TaskFailure(
          ExitCode.INPUT_NOT_READY,
          leftOut == 0
              ? "%s has no rows, so %s would be empty\n  no table was changed"
                  .formatted(spine, name)
              : "all %d rows of %s are left out: their labels are not known at the as-of time\n  give a later --as-of; no table was changed"
                  .formatted(leftOut, spine),
          null);
    }
  }

  private TaskReport commit(
      Dataset<Row> explained, Spine spine, @Nullable Instant asOf, CompiledTrainingSet compiled) {
    tools.step(Phase.COMPUTE, "joining features to %,d rows".formatted(spine.rows()));
    RowsSummary summary = RowsSummary.of(explained, compiled.evidence());
    checkRows(spine.rows(), summary.rows());
    List<ResourceName> read = tools.compiler().sources(task);
    tools.enter(Phase.CHECK);
    List<Manifest.Input> inputs = tools.manifests().inputs(read, sources);
    CommitMark mark = mark(summary.rows());
    ManifestWriter.Made made =
        new ManifestWriter.Made(
            asOf,
            null,
            times(spine.asked()),
            inputs,
            spine.rows(),
            spine.leftOut(),
            summary,
            checks(summary.rows(), inputs),
            List.of());
    List<Manifest.Check> checks = hold(explained, made, mark);
    List<TaskReport.Written> written =
        replacement.write(table(explained, compiled.evidence()), mark);
    tools.enter(Phase.MANIFEST);
    String manifest = tools.manifests().write(task, made.with(checks, written));
    replacement.record(mark, written, manifest);
    return new TaskReport(
        task.id(),
        summary.rows(),
        spine.leftOut(),
        asOf,
        null,
        scoring == null ? null : new TaskReport.Whole(false, 0, null),
        written,
        0,
        manifest,
        warnings(compiled.warnings()),
        Duration.ZERO);
  }

  private List<Manifest.Check> hold(Dataset<Row> rows, ManifestWriter.Made made, CommitMark mark) {
    Long before = sources.areRecorded() ? null : gates.before();
    return gates
        .hold(
            rows,
            List.of(new Gatekeeping.Case(task, null, made.asOf(), before, made, mark)),
            replacement.soFar())
        .get(0);
  }

  private List<Problem> warnings(List<Problem> others) {
    return Stream.concat(others.stream(), gates.warnings().stream()).toList();
  }

  /** Takes the rows of another environment, where they are what would be computed here. */
  private Optional<TaskReport> promoted() {
    Promotion promotion = tools.promotion();
    if (promotion == null || scoring != null) {
      return Optional.empty();
    }
    List<ResourceName> read = tools.compiler().sources(task);
    Instant asOf = asOf();
    return promotion
        .whole(name, set.fingerprint(), sources.snapshots(read), asOf)
        .map(
            whole -> Replacement.kept(whole.rows(), rows -> promote(rows, whole.manifest(), read)));
  }

  /**
   * @param there what the other environment's manifest tells
   */
  private TaskReport promote(Dataset<Row> rows, Manifest there, List<ResourceName> read) {
    String from = Objects.requireNonNull(tools.promotion()).name();
    tools.step(Phase.COMPUTE, "taking %,d rows from %s".formatted(there.rows().rows(), from));
    RowsSummary found = RowsSummary.of(rows, List.of());
    if (!found.contentHash().equals(there.rows().contentHash())) {
      throw new TaskFailure(
          ExitCode.INPUT_NOT_READY,
          "%s in %s is not what its manifest says: %,d rows with another content\n  build it there again, or leave --from out; no table was changed"
              .formatted(name, from, found.rows()),
          null);
    }
    tools.enter(Phase.CHECK);
    List<Manifest.Input> inputs = tools.manifests().inputs(read, sources);
    CommitMark mark = mark(found.rows());
    List<Manifest.Check> checks = new ArrayList<>(checks(found.rows(), inputs));
    checks.add(
        new Manifest.Check(
            "promoted",
            true,
            "not computed: rows of %s, run %s, the same by their content hash"
                .formatted(from, there.runId())));
    long leftOut = there.leftOut().values().stream().mapToLong(Long::longValue).sum();
    gates.mustBeAnswerable(there.asOf());
    ManifestWriter.Made made =
        new ManifestWriter.Made(
            there.asOf(),
            null,
            there.times(),
            inputs,
            there.spineRows(),
            leftOut,
            there.rows(),
            checks,
            List.of());
    // The gates are no part of what is the same there and here.
    List<Manifest.Check> held = hold(rows, made, mark);
    List<TaskReport.Written> written = replacement.write(rows, mark);
    tools.enter(Phase.MANIFEST);
    String manifest = tools.manifests().write(task, made.with(held, written));
    replacement.record(mark, written, manifest);
    return new TaskReport(
        task.id(),
        found.rows(),
        leftOut,
        there.asOf(),
        null,
        null,
        written,
        found.rows(),
        manifest,
        warnings(List.of()),
        Duration.ZERO);
  }

  private CommitMark mark(long rows) {
    return new CommitMark(
        tools.runId(),
        name.toString(),
        set.fingerprint(),
        sources.snapshots(tools.compiler().sources(task)),
        null,
        scoring == null ? null : scoring.asOf(),
        rows,
        tools.version());
  }

  private void checkRows(long expected, long found) {
    if (found != expected) {
      throw new TaskFailure(
          ExitCode.INTERNAL,
          "%s would have %d rows, but its spine has %d; no table was changed\n  this is an error of Tidemark's, or a source changed meanwhile: run again"
              .formatted(name, found, expected),
          null);
    }
  }

  private static List<Manifest.Check> checks(long rows, List<Manifest.Input> inputs) {
    return List.of(
        new Manifest.Check("no_null_time", true, "every row of the spine has a T"),
        new Manifest.Check("row_count", true, "%,d rows, as many as the spine has".formatted(rows)),
        ManifestWriter.unchanged(inputs));
  }

  /** The rows as the table gets them, without what tells why features are null. */
  static Dataset<Row> table(Dataset<Row> explained, List<NullEvidence> evidence) {
    return explained.drop(
        evidence.stream().map(NullEvidence::evidence).distinct().toArray(String[]::new));
  }

  private static Manifest.Times times(TimeRange asked) {
    return new Manifest.Times(
        Instant.EPOCH.plus(asked.firstMicros(), ChronoUnit.MICROS),
        Instant.EPOCH.plus(asked.lastMicros(), ChronoUnit.MICROS));
  }
}
