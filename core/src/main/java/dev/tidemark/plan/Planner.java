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
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
        planner.problems.addAll(Unsupported.in(graph, set));
        tasks.add(new Task.BuildTrainingSet(set, asOf, planner.targets(name)));
      }
    }
    planner.problems.throwIfAny();
    return new Plan(
        graph, tasks, tasks.isEmpty() ? List.of("the project has no training set") : List.of());
  }

  /**
   * Plans the ticks of feature views in an interval.
   *
   * @param names {@code customer_spend.v1} or {@code feature-views.customer_spend.v1}; empty: all
   *     that have {@code materialize}
   * @throws DefinitionException for an unknown name, a view without {@code materialize}, and for
   *     what is not supported yet
   */
  public static Plan materialize(
      Graph graph, Environment environment, List<String> names, Interval interval) {
    Planner planner = new Planner(graph, environment);
    List<Task> tasks = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (ResourceName name : planner.chosen(names, Kind.FEATURE_VIEW, graph.views())) {
      ResolvedView view = graph.views().get(name);
      if (view == null || (names.isEmpty() && view.view().materialize() == null)) {
        continue;
      }
      planner.problems.addAll(Unsupported.in(graph, view));
      List<Instant> ticks = planner.ticks(view, interval);
      if (ticks.isEmpty()) {
        notes.add("%s has no tick in %s: nothing to do".formatted(name, interval));
      } else {
        tasks.add(new Task.MaterializeInterval(view, interval, ticks, planner.targets(name)));
      }
    }
    planner.problems.throwIfAny();
    if (tasks.isEmpty() && notes.isEmpty()) {
      notes.add("no feature view has `materialize`");
    }
    return new Plan(graph, tasks, notes);
  }

  /** Everything in a project that this version can't do, for `validate`. */
  public static List<Problem> unsupported(Graph graph) {
    Problems all = new Problems();
    graph.trainingSets().values().forEach(set -> all.addAll(Unsupported.in(graph, set)));
    graph.views().values().forEach(view -> all.addAll(Unsupported.in(graph, view)));
    return all.sorted();
  }

  private List<Instant> ticks(ResolvedView view, Interval interval) {
    Materialize materialize = view.view().materialize();
    if (materialize == null) {
      problems.add(
          view.view().origin(),
          "%s does not say when it is materialized".formatted(view.view().ref()),
          "add materialize { every = 1d, start = \"2024-01-01\" }");
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
    List<Instant> ticks = new ArrayList<>();
    for (Instant tick = first; tick.isBefore(interval.end()); tick = tick.plus(every)) {
      ticks.add(tick);
    }
    return ticks;
  }

  /** The resources meant by names of the command line, in the order given, each once. */
  private Set<ResourceName> chosen(
      List<String> names, Kind kind, SortedMap<ResourceName, ?> known) {
    if (names.isEmpty()) {
      return known.keySet();
    }
    Set<ResourceName> chosen = new LinkedHashSet<>();
    for (String name : names) {
      String brief =
          name.startsWith(kind.key() + ".") ? name.substring(kind.key().length() + 1) : name;
      List<ResourceName> found =
          known.keySet().stream().filter(other -> other.shortName().equals(brief)).toList();
      if (found.isEmpty()) {
        problems.addNearest(
            null,
            "no %s.%s".formatted(kind.key(), brief),
            brief,
            known.keySet().stream().map(ResourceName::shortName).toList());
      }
      chosen.addAll(found);
    }
    return chosen;
  }

  private List<Target> targets(ResourceName name) {
    String table = name.name() + "_" + name.variant();
    Map<String, ResourceName> owners = new HashMap<>();
    graph.trainingSets().keySet().forEach(other -> clash(other, name, table, owners));
    graph.views().keySet().forEach(other -> clash(other, name, table, owners));
    return environment.writeTo().stream().map(provider -> new Target(provider, table)).toList();
  }

  private void clash(
      ResourceName other, ResourceName name, String table, Map<String, ResourceName> owners) {
    boolean same = (other.name() + "_" + other.variant()).equalsIgnoreCase(table);
    if (same && !other.equals(name) && owners.put(table, other) == null) {
      problems.add(
          null,
          "%s and %s would write the same table `%s`".formatted(name, other, table),
          "rename one of them");
    }
  }
}
