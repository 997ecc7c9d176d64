package dev.tidemark.plan;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Materialize;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.ResourceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Makes the tasks of a command. Nothing runs and nothing is written while planning. */
public final class Planner {
  /** A run with more as-of times than this is a mistake in `every`, not a wish. */
  private static final int MOST_TICKS = 1_000_000;

  private final Graph graph;
  private final Environment environment;
  private final Problems problems = new Problems();

  private Planner(Graph graph, Environment environment) {
    this.graph = graph;
    this.environment = environment;
  }

  /**
   * Plans training sets.
   *
   * @param names {@code delays.v1} or {@code training-sets.delays.v1}; empty: all
   * @param asOf see {@link Task.BuildTrainingSet}
   * @throws DefinitionException for an unknown name, and for what is not supported yet
   */
  public static Plan build(
      Graph graph, Environment environment, List<String> names, @Nullable Instant asOf) {
    Planner planner = new Planner(graph, environment);
    List<Task> tasks = new ArrayList<>();
    for (ResourceName name : planner.chosen(names, Kind.TRAINING_SET, graph.trainingSets())) {
      ResolvedTrainingSet set = graph.trainingSets().get(name);
      if (set != null) {
        ResolvedTrainingSet read = OfflineViews.in(set, environment.writeTo().get(0));
        planner.add(
            tasks, new Task.BuildTrainingSet(read, asOf, planner.targets(TableNames.of(name))));
      }
    }
    planner.problems.throwIfAny();
    return new Plan(
        graph, tasks, tasks.isEmpty() ? List.of("the project has no training set") : List.of());
  }

  /**
   * Plans the ticks of feature views in an interval, as if nothing had ever run.
   *
   * @param names {@code customer_spend.v1} or {@code feature-views.customer_spend.v1}; empty: all
   *     that have {@code materialize}
   * @throws DefinitionException for an unknown name, a view without {@code materialize}, and for
   *     what is not supported yet
   */
  public static Plan materialize(
      Graph graph, Environment environment, List<String> names, Interval interval) {
    return materialize(graph, environment, names, interval, History.NONE, Redo.DUE, 1);
  }

  /**
   * Plans those intervals of feature views that are due, oldest first.
   *
   * @param names as above
   * @param history which are done
   * @param redo which of those that are done are computed again
   * @param parallel into how many tasks consecutive intervals are split at least, if they can be
   * @throws DefinitionException as above, and for a definition whose rows can't be in one table
   *     with those that an earlier one made
   */
  public static Plan materialize(
      Graph graph,
      Environment environment,
      List<String> names,
      Interval interval,
      History history,
      Redo redo,
      int parallel) {
    Planner planner = new Planner(graph, environment);
    IntervalPlanner intervals =
        new IntervalPlanner(graph, history, redo, interval, planner.problems);
    List<Task> tasks = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (ResourceName name : planner.chosen(names, Kind.FEATURE_VIEW, graph.views())) {
      ResolvedView view = graph.views().get(name);
      if (view == null || (names.isEmpty() && view.view().materialize() == null)) {
        continue;
      }
      List<Interval> all = planner.intervals(view, interval);
      IntervalPlanner.Found found = intervals.plan(view, all);
      notes.addAll(found.notes());
      for (List<DueInterval> batch : IntervalPlanner.batches(found.due(), parallel)) {
        planner.add(
            tasks,
            Task.MaterializeInterval.of(
                view, batch, planner.targets(TableNames.of(name)), history.lookBack(view, batch)));
      }
    }
    planner.problems.throwIfAny();
    if (tasks.isEmpty() && notes.isEmpty()) {
      notes.add("no feature view has `materialize`");
    }
    return new Plan(graph, tasks, notes);
  }

  /**
   * Plans the newest values of feature views.
   *
   * @param names as above
   * @param asOf T; null: of each view the newest tick that its tables hold
   * @param history which those are
   * @param whole see {@link Task.MaterializeLatest}
   * @throws DefinitionException for an unknown name, a view of a static source, a view that nothing
   *     gives a T, and for what is not supported yet
   */
  public static Plan latest(
      Graph graph,
      Environment environment,
      List<String> names,
      @Nullable Instant asOf,
      History history,
      boolean whole) {
    Planner planner = new Planner(graph, environment);
    List<Task> tasks = new ArrayList<>();
    for (ResourceName name : planner.chosen(names, Kind.FEATURE_VIEW, graph.views())) {
      ResolvedView view = graph.views().get(name);
      if (view == null || (names.isEmpty() && view.view().materialize() == null)) {
        continue;
      }
      Instant time = planner.time(view, asOf, history);
      if (time != null) {
        planner.add(
            tasks,
            new Task.MaterializeLatest(
                view, time, whole, planner.targets(TableNames.latest(name))));
      }
    }
    planner.problems.throwIfAny();
    return new Plan(
        graph, tasks, tasks.isEmpty() ? List.of("no feature view has `materialize`") : List.of());
  }

  private @Nullable Instant time(ResolvedView view, @Nullable Instant asOf, History history) {
    ResourceName name = view.view().ref();
    if (view.isStatic()) {
      problems.add(
          view.view().origin(),
          "%s reads the static %s, whose rows have no time, so none is the latest"
              .formatted(name, view.sources().get(0).ref()),
          "read the source itself, or give it an event-time");
      return null;
    }
    Optional<Instant> newest = asOf != null ? Optional.of(asOf) : history.newestTick(view);
    if (newest.isEmpty()) {
      problems.add(
          view.view().origin(),
          "nothing tells as of when: %s has no materialized interval".formatted(name),
          "give --as-of TIME, an instant, a date or `now`; or materialize an interval first, whose tick is taken");
    }
    return newest.orElse(null);
  }

  /**
   * Plans the features of training sets for keys that are to be scored.
   *
   * @param names as for {@link #build}
   * @param asOf see {@link Task.ScoreKeys}
   * @param keys null: all keys of the entity
   * @throws DefinitionException for an unknown name, for all keys of a training set of several
   *     entities or with roles, and for what is not supported yet
   */
  public static Plan score(
      Graph graph,
      Environment environment,
      List<String> names,
      Instant asOf,
      @Nullable KeysFile keys) {
    Planner planner = new Planner(graph, environment);
    List<Task> tasks = new ArrayList<>();
    for (ResourceName name : planner.chosen(names, Kind.TRAINING_SET, graph.trainingSets())) {
      ResolvedTrainingSet set = graph.trainingSets().get(name);
      if (set != null && (keys != null || planner.hasAllKeys(set))) {
        ResolvedTrainingSet read = OfflineViews.in(set, environment.writeTo().get(0));
        planner.add(
            tasks,
            new Task.ScoreKeys(
                read.toScore(), asOf, keys, planner.targets(TableNames.scoring(name))));
      }
    }
    planner.problems.throwIfAny();
    return new Plan(
        graph, tasks, tasks.isEmpty() ? List.of("the project has no training set") : List.of());
  }

  /** Whether the views' keys are the rows: of one entity, each by its own name. */
  private boolean hasAllKeys(ResolvedTrainingSet set) {
    ResourceName name = set.trainingSet().ref();
    boolean several = set.entities().size() > 1;
    if (several || set.hasRoles()) {
      problems.add(
          set.trainingSet().origin(),
          several
              ? "%s is of %d entities, and nothing tells which of their keys go together"
                  .formatted(name, set.entities().size())
              : "%s looks an entity up in another role, and no source tells by which key"
                  .formatted(name),
          "give the rows to score: --keys FILE");
    }
    return !several && !set.hasRoles();
  }

  /** What the offline table of a training set or view is called, in every provider. */
  public static String table(ResourceName name) {
    return TableNames.of(name);
  }

  /** The same of the table of a view's newest values. */
  public static String latestTable(ResourceName view) {
    return TableNames.latest(view);
  }

  /** The same of the table of what was scored by a training set. */
  public static String scoringTable(ResourceName trainingSet) {
    return TableNames.scoring(trainingSet);
  }

  /** Everything in a project that this version can't do, for `validate`. */
  public static List<Problem> unsupported(Graph graph) {
    return Unsupported.in(graph);
  }

  private void add(List<Task> tasks, Task task) {
    problems.addAll(Unsupported.in(graph, task));
    tasks.add(task);
  }

  /** From each tick in a span to the next. */
  private List<Interval> intervals(ResolvedView view, Interval interval) {
    Materialize materialize = view.view().materialize();
    if (materialize == null) {
      noTicks(view, problems);
      return List.of();
    }
    Duration every = materialize.every().duration();
    Instant first = materialize.start();
    if (first.isBefore(interval.start())) {
      long passed = Duration.between(first, interval.start()).dividedBy(every);
      first = first.plus(every.multipliedBy(passed));
      if (first.isBefore(interval.start())) {
        first = first.plus(every);
      }
    }
    if (first.isBefore(interval.end())
        && Duration.between(first, interval.end()).dividedBy(every) >= MOST_TICKS) {
      problems.add(
          materialize.every().origin(),
          "%s has more than %,d ticks in %s".formatted(view.view().ref(), MOST_TICKS, interval),
          "materialize a shorter interval, or make `every` longer");
      return List.of();
    }
    List<Interval> intervals = new ArrayList<>();
    for (Instant tick = first; tick.isBefore(interval.end()); tick = tick.plus(every)) {
      intervals.add(new Interval(tick, tick.plus(every)));
    }
    return intervals;
  }

  static void noTicks(ResolvedView view, Problems problems) {
    problems.add(
        view.view().origin(),
        "%s does not say when it is materialized".formatted(view.view().ref()),
        "add materialize { every = 1d, start = \"2024-01-01\" }");
  }

  /** The resources meant by names of the command line, in the order given, each once. */
  private Set<ResourceName> chosen(
      List<String> names, Kind kind, SortedMap<ResourceName, ?> known) {
    if (names.isEmpty()) {
      return known.keySet();
    }
    Set<ResourceName> chosen = new LinkedHashSet<>();
    for (String name : names) {
      Optional<ResourceName> found =
          known.keySet().stream()
              .filter(other -> name.equals(other.toString()) || name.equals(other.shortName()))
              .findFirst();
      found.ifPresentOrElse(chosen::add, () -> unknown(name, kind, known.keySet()));
    }
    return chosen;
  }

  private void unknown(String name, Kind kind, Set<ResourceName> known) {
    String prefix = kind.key() + ".";
    String brief = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    List<String> parts = List.of(brief.split("\\.", -1));
    List<String> variants =
        known.stream()
            .filter(other -> other.name().equals(parts.get(0)))
            .map(ResourceName::shortName)
            .toList();
    if (parts.size() == 2) {
      new References(graph.definitions(), problems)
          .unknown(null, new ResourceName(kind, parts.get(0), parts.get(1)), known);
    } else if (parts.size() == 1 && !variants.isEmpty()) {
      problems.add(
          null,
          "`%s` does not say which variant".formatted(name),
          "name one of " + String.join(", ", variants));
    } else {
      problems.addNearest(
          null,
          "`%s` is not the name of one of the project's %s".formatted(name, kind.key()),
          brief,
          known.stream().map(ResourceName::shortName).toList());
    }
  }

  private List<Target> targets(String table) {
    return environment.writeTo().stream().map(provider -> new Target(provider, table)).toList();
  }
}
