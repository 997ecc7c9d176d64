package dev.tidemark.plan;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.ResourceName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
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
   * @param isView true: a view's, which is read at times and for keys; false: one that is read
   *     whole
   */
  public record Item(String resource, Target target, List<String> columns, boolean isView) {
    public Item {
      columns = List.copyOf(columns);
    }
  }

  /**
   * Plans upkeep.
   *
   * @param names of training sets and of views that have {@code materialize}, with or without their
   *     kind; empty: all
   * @throws DefinitionException for names of nothing, or of several
   */
  public static UpkeepPlan of(Graph graph, Environment environment, List<String> names) {
    Problems problems = new Problems();
    List<Item> items = new ArrayList<>();
    for (ResourceName name : chosen(graph, names, problems)) {
      environment.writeTo().stream()
          .map(provider -> new Target(provider, TableNames.of(name)))
          .forEach(target -> items.add(item(graph, name, target)));
    }
    problems.throwIfAny();
    return new UpkeepPlan(items, names.isEmpty());
  }

  private static Item item(Graph graph, ResourceName name, Target target) {
    List<String> columns = new ArrayList<>();
    ResolvedView view = graph.views().get(name);
    if (view != null) {
      view.keys().forEach(key -> columns.add(key.key().name()));
      columns.add(ResolvedTrainingSet.EVENT_TIME);
      return new Item(name.toString(), target, columns, true);
    }
    ResolvedTrainingSet set = graph.trainingSets().get(name);
    if (set == null) {
      throw new IllegalStateException("neither view nor training set: " + name);
    }
    // Its readers take it whole, or by the time of a split.
    columns.add(ResolvedTrainingSet.EVENT_TIME);
    set.keys().forEach(key -> columns.add(key.key().name()));
    return new Item(name.toString(), target, columns, false);
  }

  private static Set<ResourceName> chosen(Graph graph, List<String> names, Problems problems) {
    List<ResourceName> known =
        Stream.concat(
                graph.trainingSets().keySet().stream(),
                graph.views().values().stream()
                    .filter(view -> view.view().materialize() != null)
                    .map(view -> view.view().ref()))
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
            "`%s` is the name of no table: of no training set, and of no view that has `materialize`"
                .formatted(name),
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
