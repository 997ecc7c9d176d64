package dev.tidemark.plan;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.ResourceName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The tables that are to be maintained.
 *
 * @param isAll whether these are all that the project defines
 */
public record UpkeepPlan(List<Item> items, boolean isAll) {
  public UpkeepPlan {
    items = List.copyOf(items);
  }

  /**
   * One table.
   *
   * @param resource whose it is, such as {@code feature-views.spend.v1}
   * @param columns by which its readers look for rows, the most telling first
   * @param isView true: a view's ticks, which are read at times and for keys; false: one that is
   *     read whole
   * @param isBeside true: one that the resource may have beside its own, and need not
   */
  public record Item(
      String resource, Target target, List<String> columns, boolean isView, boolean isBeside) {
    public Item {
      columns = List.copyOf(columns);
    }
  }

  /**
   * Plans upkeep.
   *
   * @param names of training sets and views, with or without their kind; empty: all
   * @throws DefinitionException for names of nothing, or of several
   */
  public static UpkeepPlan of(Graph graph, Environment environment, List<String> names) {
    Problems problems = new Problems();
    List<Item> items = new ArrayList<>();
    for (ResourceName name : chosen(graph, names, problems)) {
      ResolvedView view = graph.views().get(name);
      for (Provider provider : environment.writeTo()) {
        items.addAll(
            view == null
                ? ofTrainingSet(Objects.requireNonNull(graph.trainingSets().get(name)), provider)
                : ofView(view, provider));
      }
    }
    problems.throwIfAny();
    return new UpkeepPlan(items, names.isEmpty());
  }

  /** Its ticks; its newest values, a row a key; and the state that ticks are made of. */
  private static List<Item> ofView(ResolvedView view, Provider provider) {
    ResourceName name = view.view().ref();
    List<String> keys = view.keys().stream().map(key -> key.key().name()).toList();
    List<String> columns = new ArrayList<>(keys);
    columns.add(ResolvedTrainingSet.EVENT_TIME);
    Target latest = new Target(provider, TableNames.latest(name));
    if (view.view().materialize() == null) {
      return List.of(new Item(name.toString(), latest, keys, false, false));
    }
    String ticks = TableNames.of(name);
    Target state = new Target(provider, ticks + StateCoverage.TABLE_SUFFIX);
    // A state's files go whole once they are old: what is of one time must stay together.
    List<String> byTime = new ArrayList<>();
    byTime.add(ResolvedTrainingSet.EVENT_TIME);
    byTime.addAll(keys);
    return List.of(
        new Item(name.toString(), new Target(provider, ticks), columns, true, false),
        new Item(name.toString(), latest, keys, false, true),
        new Item(name.toString(), state, byTime, false, true));
  }

  /** Its readers take it whole, or by the time of a split. */
  private static List<Item> ofTrainingSet(ResolvedTrainingSet set, Provider provider) {
    ResourceName name = set.trainingSet().ref();
    List<String> columns = new ArrayList<>();
    columns.add(ResolvedTrainingSet.EVENT_TIME);
    set.keys().forEach(key -> columns.add(key.key().name()));
    Target built = new Target(provider, TableNames.of(name));
    Target scored = new Target(provider, TableNames.scoring(name));
    return List.of(
        new Item(name.toString(), built, columns, false, false),
        new Item(name.toString(), scored, columns, false, true));
  }

  private static Set<ResourceName> chosen(Graph graph, List<String> names, Problems problems) {
    List<ResourceName> known =
        Stream.concat(
                graph.trainingSets().keySet().stream(),
                graph.views().values().stream().map(view -> view.view().ref()))
            .toList();
    if (names.isEmpty()) {
      return new LinkedHashSet<>(known);
    }
    Set<ResourceName> chosen = new LinkedHashSet<>();
    for (String name : names) {
      List<ResourceName> found =
          known.stream()
              .filter(other -> name.equals(other.toString()) || name.equals(other.shortName()))
              .toList();
      if (found.isEmpty()) {
        problems.addNearest(
            null,
            "`%s` is the name of no training set, and of no view".formatted(name),
            name,
            known.stream().map(ResourceName::shortName).toList());
      } else if (found.size() > 1) {
        problems.add(
            null,
            "`%s` is the name of several".formatted(name),
            "name one of " + String.join(", ", found.stream().map(Object::toString).toList()));
      }
      chosen.addAll(found);
    }
    return chosen;
  }
}
