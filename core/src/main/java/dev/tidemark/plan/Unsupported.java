package dev.tidemark.plan;

import dev.tidemark.definition.Gate;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Transformation;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the language can say and this version can't do. It is refused where it is planned, so that
 * the rest of a project can be built.
 */
final class Unsupported {
  private final Map<ResourceName, Rows> rows;
  private final Problems problems = new Problems();
  private final Set<ResourceName> seen = new HashSet<>();

  private Unsupported(Map<ResourceName, Rows> rows) {
    this.rows = rows;
  }

  static List<Problem> in(Graph graph, ResolvedTrainingSet set) {
    Unsupported found = new Unsupported(graph.rows());
    for (Gate gate : set.trainingSet().gates()) {
      found.problems.add(
          gate.origin(), "gates are not supported yet", "leave `gates` out until they are");
    }
    found.rows(set.spine());
    if (set.labelSource() != null) {
      found.rows(set.labelSource());
    }
    for (ResolvedSelection selection : set.selections()) {
      found.view(selection.view());
    }
    return found.problems.sorted();
  }

  static List<Problem> in(Graph graph, ResolvedView view) {
    Unsupported found = new Unsupported(graph.rows());
    found.view(view);
    return found.problems.sorted();
  }

  private void view(ResolvedView view) {
    if (view.view().useMaterialized() != null) {
      problems.add(
          view.view().useMaterialized(),
          "`use-materialized` is not supported yet",
          "leave it out; the view is computed from its source");
    }
    view.sources().forEach(this::rows);
  }

  private void rows(Rows found) {
    if (!seen.add(found.ref())) {
      return;
    }
    found.match(
        entity -> false,
        source -> source.location().match(table -> false, this::jdbc, query -> false),
        transformation -> {
          for (Transformation.Input input : transformation.inputs()) {
            Rows read = rows.get(input.rows().to());
            if (read != null) {
              rows(read);
            }
          }
          return true;
        },
        view -> false,
        label -> false,
        set -> false,
        model -> false);
  }

  private boolean jdbc(Location.Files files) {
    if (files.format() == Location.Format.JDBC) {
      problems.add(
          files.formatOrigin(),
          "format jdbc is not supported yet",
          "configure a JDBC catalog for Spark in env/, and name its table: table = catalog.schema.table");
    }
    return true;
  }
}
