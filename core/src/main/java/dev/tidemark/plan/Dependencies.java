package dev.tidemark.plan;

import dev.tidemark.definition.Entity;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The names of all definitions that decide what a task does. */
public final class Dependencies {
  private final Graph graph;
  private final SortedSet<String> ids = new TreeSet<>();

  private Dependencies(Graph graph) {
    this.graph = graph;
  }

  /**
   * By {@code kind.name.variant}, or {@code entities.name}; the task's own resource is among them.
   */
  public static SortedSet<String> of(Graph graph, Task task) {
    Dependencies found = new Dependencies(graph);
    task.match(
        build -> found.add(build.trainingSet()),
        materialize -> found.add(materialize.view()),
        latest -> found.add(latest.view()),
        // Whole, since the definitions are read again as they are written.
        score -> found.addWhole(score.trainingSet().trainingSet().ref()));
    found.add(task.reads());
    return found.ids;
  }

  private boolean add(ResolvedTrainingSet set) {
    set.entities().forEach(this::add);
    set.selections().forEach(selection -> add(selection.view()));
    // What an offline table was made from decides what is in it, though it is not read again.
    set.selections().stream()
        .filter(ResolvedSelection::materialized)
        .map(selection -> graph.views().get(selection.view().view().ref()))
        .filter(Objects::nonNull)
        .forEach(view -> add(view.sources()));
    if (set.label() != null) {
      ids.add(set.label().id());
      set.label().entities().forEach(entity -> ids.add("entities." + entity.name()));
    }
    return ids.add(set.trainingSet().id());
  }

  private boolean addWhole(ResourceName name) {
    ResolvedTrainingSet set = graph.trainingSets().get(name);
    if (set == null) {
      throw new IllegalStateException("not resolved: " + name);
    }
    Set<Rows> rows = new LinkedHashSet<>(Set.of(set.spine()));
    if (set.labelSource() != null) {
      rows.add(set.labelSource());
    }
    add(rows);
    return add(set);
  }

  private boolean add(ResolvedView view) {
    add(view.entity());
    return ids.add(view.view().id());
  }

  private void add(Entity entity) {
    ids.add(entity.id());
  }

  private void add(Collection<Rows> rows) {
    graph.upstream(rows).forEach(each -> ids.add(each.id()));
  }
}
