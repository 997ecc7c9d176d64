package dev.tidemark.run;

import dev.tidemark.compile.Compiler;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.compile.SourceScans;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Ready;
import dev.tidemark.definition.Source;
import dev.tidemark.plan.Awaiting;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Readiness;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.plan.TaskMetrics;
import dev.tidemark.store.FileLists;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.RunHistory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * What every task of a run works with.
 *
 * @param root relative paths are relative to it
 * @param runId different for every run
 * @param version Tidemark's
 * @param promotion the environment whose rows are taken where they are the same; null: none
 * @param task that these are for; null: for none, and nothing is measured
 * @param meter of the task; null likewise
 */
record RunTools(
    SparkSession session,
    Path root,
    Graph graph,
    Compiler compiler,
    RunHistory history,
    FileLists files,
    ManifestWriter manifests,
    String runId,
    String version,
    Progress progress,
    @Nullable Promotion promotion,
    @Nullable Task task,
    @Nullable Meter meter) {

  /** The same for one task. */
  RunTools of(Task one, Meter measuring) {
    return new RunTools(
        session, root, graph, compiler, history, files, manifests, runId, version, progress,
        promotion, one, measuring);
  }

  /** Tells what is about to be done, and counts it to a phase. */
  void step(Phase phase, String words) {
    enter(phase);
    Task known = task;
    Meter measuring = meter;
    if (measuring != null) {
      measuring.describe(words);
    }
    progress.step(
        new Step(
            words,
            runId,
            known == null ? null : known.id(),
            known == null ? null : ManifestWriter.resource(known).toString(),
            known instanceof Task.MaterializeInterval view ? view.interval() : null,
            phase.title()));
  }

  /** A phase that is not worth a word. */
  void enter(Phase phase) {
    Meter measuring = meter;
    if (measuring != null) {
      measuring.enter(phase);
    }
  }

  /** What the task has cost until now; null if nothing is measured. */
  @Nullable TaskMetrics metrics() {
    Meter measuring = meter;
    return measuring == null ? null : measuring.metrics();
  }

  /** Pins the sources of a task; from then on their scans are known. */
  void pin(Task one, PinnedSources sources) {
    compiler.pin(List.of(one), sources);
    Meter measuring = meter;
    if (measuring != null) {
      measuring.reads(SourceScans.of(sources, compiler.sources(one)));
    }
  }

  /** So that files that come later can be told from those that are there now. */
  void keepFileLists(List<InputSnapshot> inputs, PinnedSources sources) {
    for (InputSnapshot input : inputs) {
      boolean alone =
          inputs.stream().filter(other -> other.source().equals(input.source())).count() == 1;
      if (alone && input.kind() == InputSnapshot.Kind.FILES) {
        files.keep(input, sources.files(input.source()), runId, version);
      }
    }
  }

  /** Names all that decides what a view's state is: one that was made otherwise is of no use. */
  String stateOf(ResolvedView view) {
    return "%s tidemark-%s settings-%s"
        .formatted(
            compiler.stateOf(view),
            version,
            Integer.toHexString(ManifestWriter.resultSettings(session).hashCode()));
  }

  /**
   * Asks the `ready` rules of what a task reads.
   *
   * @param until all before it must be there
   * @throws TaskFailure if one does not hold
   */
  void mustBeReady(Task task, Instant until, PinnedSources sources) {
    List<Source> ruled =
        Awaiting.sources(graph, task.reads()).stream().filter(Awaiting::hasRule).toList();
    if (ruled.isEmpty()) {
      return;
    }
    step(Phase.CHECK, "asking whether the sources are ready for " + until);
    List<Problem> missing = new ArrayList<>();
    List<Readiness> found = compiler.ready(ruled, until, sources);
    for (int i = 0; i < ruled.size(); i++) {
      Ready rule = ruled.get(i).ready();
      for (Readiness.Condition condition : found.get(i).conditions()) {
        if (!condition.holds()) {
          missing.add(
              new Problem(
                  rule == null ? null : rule.origin(),
                  "%s is not ready for %s: %s: %s"
                      .formatted(found.get(i).source(), until, condition.name(), condition.found()),
                  "try again when it is, or wait for it: tidemark await %s --until %s; no table was changed"
                      .formatted(found.get(i).source(), until)));
        }
      }
    }
    if (!missing.isEmpty()) {
      throw new TaskFailure(ExitCode.INPUT_NOT_READY, missing, null);
    }
    enter(Phase.PLAN);
  }

  OfflineTable table(Target target) {
    return OfflineTables.of(session, root, target);
  }
}
