package dev.tidemark.plan;

import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Transformation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds transformations that read themselves, directly or through others. */
final class Cycles {
  private final Map<ResourceName, Rows> rows;
  private final Problems problems;
  private final Set<ResourceName> done = new HashSet<>();
  private final List<ResourceName> chain = new ArrayList<>();

  Cycles(Map<ResourceName, Rows> rows, Problems problems) {
    this.rows = rows;
    this.problems = problems;
  }

  void find() {
    rows.keySet().forEach(this::visit);
  }

  private void visit(ResourceName name) {
    Rows found = rows.get(name);
    if (found == null || done.contains(name)) {
      return;
    }
    chain.add(name);
    for (Reference input : inputs(found)) {
      int start = chain.indexOf(input.to());
      if (start >= 0) {
        List<String> circle =
            new ArrayList<>(
                chain.subList(start, chain.size()).stream().map(ResourceName::toString).toList());
        circle.add(input.to().toString());
        problems.add(
            input.origin(),
            "transformations read each other in a circle: " + String.join(" -> ", circle),
            "break it at one of them");
      } else {
        visit(input.to());
      }
    }
    chain.remove(chain.size() - 1);
    done.add(name);
  }

  private static List<Reference> inputs(Rows rows) {
    return rows.match(
        entity -> List.of(),
        source -> List.of(),
        transformation -> transformation.inputs().stream().map(Transformation.Input::rows).toList(),
        view -> List.of(),
        label -> List.of(),
        set -> List.of(),
        model -> List.of());
  }
}
