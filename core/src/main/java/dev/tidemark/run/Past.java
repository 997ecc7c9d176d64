package dev.tidemark.run;

import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Arrivals;
import dev.tidemark.plan.DueInterval;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.History;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.PastDefinition;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.StateCoverage;
import dev.tidemark.plan.Target;
import dev.tidemark.store.StateTable;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
  public List<FinishedInterval> finished(ResolvedView view, Interval within) {
    return tables(view)
        .map(tables -> tools.history().finished(view.view().id(), within, tables))
        .orElse(List.of());
  }

  @Override
  public Optional<Instant> newestTick(ResolvedView view) {
    return tables(view).flatMap(tables -> tools.history().newestTick(view.view().id(), tables));
  }

  @Override
  public List<PastDefinition> definitions(ResolvedView view, Interval asked) {
    return tables(view)
        .map(tables -> tools.history().definitions(view.view().id(), asked, tables))
        .orElse(List.of());
  }

  /** The ids of a view's tables; nothing if one of them is not there. */
  private Optional<Set<String>> tables(ResolvedView view) {
    Set<String> ids = new HashSet<>();
    for (Target target : targets.apply(view.view().ref())) {
      String id = tools.table(target).state().tableId();
      if (id == null) {
        return Optional.empty();
      }
      ids.add(id);
    }
    return Optional.of(ids);
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
    return tools.compiler().since(view, finished.inputs(), sources, tools.files()::since);
  }
}
