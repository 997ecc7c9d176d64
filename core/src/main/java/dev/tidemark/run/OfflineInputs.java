package dev.tidemark.run;

import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.pit.TimeRange;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.PastDefinition;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Ticks;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.PastCommit;
import dev.tidemark.store.RunHistory;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Holds the offline tables that a training set reads against the run history: every tick that a row
 * asks for must be committed, by the definition of now, in the snapshot that is read. A tick that
 * is not there would be null in the rows, as if the key had no value.
 */
final class OfflineInputs {
  private static final int MOST_NAMED = 10;

  /** As many as a command materializes at most. */
  private static final int MOST_TICKS = 1_000_000;

  private final RunTools tools;
  private final ResolvedTrainingSet set;
  private final Provider provider;
  private final PinnedSources sources;
  private final List<Problem> problems = new ArrayList<>();

  /**
   * @param provider whose tables are read
   * @param sources at which states the tables are read
   */
  OfflineInputs(RunTools tools, ResolvedTrainingSet set, Provider provider, PinnedSources sources) {
    this.tools = tools;
    this.set = set;
    this.provider = provider;
    this.sources = sources;
  }

  /** What is taken of one offline table. */
  private record Use(ResolvedView view, List<ResolvedSelection> selections) {
    ResourceName name() {
      return view.view().ref();
    }

    /** Where it is said that the table is read. */
    ResolvedSelection first() {
      return selections.get(0);
    }

    long lag(boolean longest) {
      var lags =
          selections.stream()
              .map(ResolvedSelection::selection)
              .mapToLong(selection -> selection.lag() == null ? 0 : selection.lag().micros())
              .summaryStatistics();
      return longest ? lags.getMax() : lags.getMin();
    }
  }

  private List<Use> uses() {
    Map<ResourceName, Use> uses = new LinkedHashMap<>();
    for (ResolvedSelection selection : set.selections()) {
      ResolvedView view = selection.view();
      if (view.isOffline()) {
        uses.computeIfAbsent(view.view().ref(), name -> new Use(view, new ArrayList<>()))
            .selections()
            .add(selection);
      }
    }
    return List.copyOf(uses.values());
  }

  private OfflineTable table(Use use) {
    return tools.table(new Target(provider, Planner.table(use.name())));
  }

  /**
   * Before anything is compiled: the tables are there, and the definitions of now have written to
   * them, so that they have all columns.
   *
   * @throws TaskFailure that tells of every one that is not
   */
  void exist() {
    for (Use use : uses()) {
      OfflineTable table = table(use);
      String id = table.state().tableId();
      Instant start = Ticks.of(use.view()).first();
      Interval any = new Interval(start, start.plus(1, ChronoUnit.MICROS));
      List<PastDefinition> written =
          id == null
              ? List.of()
              : tools.history().definitions(use.name().toString(), any, Set.of(id));
      if (written.isEmpty()) {
        add(
            use,
            "%s has no offline table yet: %s".formatted(use.name(), table.name()),
            "materialize it over all that the rows ask for: tidemark materialize %s --start %s --end TIME"
                .formatted(use.name().shortName(), start));
      } else if (written.stream().noneMatch(past -> isOfNow(past.definition(), use))) {
        add(
            use,
            "%s was written by another definition of %s: %s, and it is %s now"
                .formatted(
                    table.name(),
                    use.name(),
                    written.stream()
                        .map(past -> past.definition().brief())
                        .collect(Collectors.joining(", ")),
                    use.view().fingerprint().brief()),
            "materialize it again, with --start and --end, or take the definition back");
      }
    }
    throwIfAny();
  }

  private static boolean isOfNow(Fingerprint definition, Use use) {
    return definition.equals(use.view().fingerprint());
  }

  /**
   * Once the sources are pinned: the tables hold every tick that a row asks for.
   *
   * @param asked of all T
   * @throws TaskFailure that names the intervals that are missing, and what to run
   */
  void holdAll(TimeRange asked) {
    for (Use use : uses()) {
      Instant from = instant(asked.firstMicros() - use.lag(true));
      Instant to = instant(asked.lastMicros() - use.lag(false));
      Ticks ticks = Ticks.of(use.view());
      if (Duration.between(from, to).dividedBy(ticks.every()) > MOST_TICKS) {
        add(
            use,
            "the rows ask for more than %,d ticks of %s".formatted(MOST_TICKS, use.name()),
            "its `every` is too short for the span from %s to %s".formatted(from, to));
      } else {
        committed(use, ticks.latestAt(from, to));
      }
    }
    throwIfAny();
  }

  private static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  private void committed(Use use, List<Interval> needed) {
    if (needed.isEmpty()) {
      return;
    }
    OfflineTable table = table(use);
    String id = String.valueOf(table.state().tableId());
    Interval span = new Interval(needed.get(0).start(), needed.get(needed.size() - 1).end());
    Map<Interval, FinishedInterval> finished = new HashMap<>();
    tools
        .history()
        .finished(use.name().toString(), span, Set.of(id))
        .forEach(done -> finished.put(done.interval(), done));
    List<Interval> missing = new ArrayList<>();
    List<Interval> other = new ArrayList<>();
    for (Interval interval : needed) {
      FinishedInterval done = finished.get(interval);
      if (done == null) {
        missing.add(interval);
      } else if (!isOfNow(done.definition(), use)) {
        other.add(interval);
      }
    }
    if (!missing.isEmpty()) {
      lacking(use, needed, missing, "missing", "");
    }
    if (!other.isEmpty()) {
      lacking(use, needed, other, "of another definition", " --stale");
    }
    if (missing.isEmpty() && other.isEmpty()) {
      undisturbed(use, table, id, span);
    }
  }

  private void lacking(
      Use use, List<Interval> needed, List<Interval> lacking, String what, String option) {
    add(
        use,
        "of the %,d intervals of %s that the rows ask for, %,d %s %s: %s"
            .formatted(
                needed.size(),
                use.name(),
                lacking.size(),
                lacking.size() == 1 ? "is" : "are",
                what,
                named(lacking)),
        "tidemark materialize %s --start %s --end %s%s"
            .formatted(
                use.name().shortName(),
                lacking.get(0).start(),
                lacking.get(lacking.size() - 1).end(),
                option));
  }

  /** Those that follow each other as one. */
  private static String named(List<Interval> intervals) {
    List<Interval> merged = new ArrayList<>();
    for (Interval interval : intervals) {
      Interval last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
      if (last != null && last.end().equals(interval.start())) {
        merged.set(merged.size() - 1, new Interval(last.start(), interval.end()));
      } else {
        merged.add(interval);
      }
    }
    String named =
        merged.stream().limit(MOST_NAMED).map(Interval::toString).collect(Collectors.joining(", "));
    return merged.size() <= MOST_NAMED
        ? named
        : "%s and %,d more".formatted(named, merged.size() - MOST_NAMED);
  }

  /**
   * What the history names must be what is read: nobody has committed the same intervals since the
   * table was pinned, and no run that was cut off before it.
   */
  private void undisturbed(Use use, OfflineTable table, String id, Interval span) {
    String pinned = sources.snapshots(List.of(use.name())).get(0).id();
    if (table.commitsSince(pinned, Integer.MAX_VALUE).stream()
        .anyMatch(commit -> commit.mayTouch(span))) {
      throw new TaskFailure(
          ExitCode.CONFLICT,
          "another run changed %s while %s was being built\n  run again; no table was changed"
              .formatted(table.name(), set.trainingSet().ref()),
          null);
    }
    List<String> touching =
        RunHistory.recent(table).stream()
            .filter(commit -> commit.mayTouch(span))
            .map(PastCommit::snapshot)
            .toList();
    Set<String> recorded = tools.history().recorded(id, touching);
    List<String> unrecorded =
        touching.stream().filter(snapshot -> !recorded.contains(snapshot)).toList();
    if (!unrecorded.isEmpty()) {
      add(
          use,
          "%s holds rows of %s that no run has recorded: snapshot %s"
              .formatted(table.name(), span, unrecorded.get(0)),
          "a run was cut off, or goes on: tidemark materialize %s --start %s --end %s"
              .formatted(use.name().shortName(), span.start(), span.end()));
    }
  }

  private void add(Use use, String what, String hint) {
    problems.add(
        new Problem(
            use.first().selection().origin(),
            "%s: %s".formatted(set.trainingSet().ref(), what),
            hint));
  }

  private void throwIfAny() {
    if (!problems.isEmpty()) {
      throw new TaskFailure(ExitCode.INPUT_NOT_READY, problems, null);
    }
  }
}
