package dev.tidemark.run;

import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Arrivals;
import dev.tidemark.plan.DueInterval;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.History;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.StateCoverage;
import dev.tidemark.plan.Target;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.RunRecord;
import dev.tidemark.store.StateTable;
import dev.tidemark.store.TableState;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** What planning must know of the past, from the run history and the tables themselves. */
final class Past implements History {
  private final RunTools tools;
  private final Function<ResourceName, List<Target>> targets;

  /** One look at the sources, for all intervals that are planned. */
  private final PinnedSources sources = PinnedSources.current();

  /**
   * @param targets the tables of a resource
   */
  Past(RunTools tools, Function<ResourceName, List<Target>> targets) {
    this.tools = tools;
    this.targets = targets;
  }

  @Override
  public List<FinishedInterval> finished(ResolvedView view) {
    ResourceName name = view.view().ref();
    List<RunRecord> records = tools.history().of(name.toString(), null);
    if (records.isEmpty()) {
      return List.of();
    }
    Map<Interval, FinishedInterval> newest =
        new TreeMap<>(Comparator.comparing(Interval::start).thenComparing(Interval::end));
    List<TableState> states =
        targets.apply(name).stream().map(tools::table).map(OfflineTable::state).toList();
    for (RunRecord run : records) {
      Interval interval = run.interval();
      if (interval != null && holdAll(run, states)) {
        newest.put(
            interval,
            new FinishedInterval(
                interval, run.runId(), run.definition(), run.parts(), run.inputs()));
      }
    }
    return List.copyOf(newest.values());
  }

  private static boolean holdAll(RunRecord run, List<TableState> states) {
    for (int i = 0; i < states.size(); i++) {
      if (!holds(run, states.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** True if a run committed to a table that is still the same, and not one made anew. */
  static boolean holds(RunRecord run, TableState state) {
    return run.tables().stream().anyMatch(commit -> commit.tableId().equals(state.tableId()));
  }

  @Override
  public String lookBack(ResolvedView view, List<DueInterval> due) {
    Optional<String> obstacle = tools.compiler().obstacle(view, sources);
    if (obstacle.isPresent()) {
      return "all of it is read: " + obstacle.get();
    }
    Target first = targets.apply(view.view().ref()).get(0);
    String made = tools.stateOf(view);
    Instant last = due.get(due.size() - 1).tick();
    StateTable state = StateTable.of(tools.session(), tools.root(), first);
    return state
        .coverage(made)
        .map(known -> words(known, last, state.name()))
        .orElseGet(
            () -> "all of it is read, and folded into %s for later runs".formatted(state.name()));
  }

  private static String words(StateCoverage known, Instant last, String table) {
    String held =
        "%s holds events%s through %s"
            .formatted(
                table, known.from() == null ? "" : " after " + known.from(), known.through());
    return last.isAfter(known.through())
        ? held + "; later ones are read and folded into it"
        : held + "; it stays as it is but for what came late";
  }

  @Override
  public Arrivals since(FinishedInterval finished, ResolvedView view) {
    return tools
        .compiler()
        .since(view, finished.inputs(), sources, input -> tools.files().of(input.id()));
  }
}
