package dev.tidemark.plan;

import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Transformation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Sources and transformations in an order in which each comes after all that it reads. Tells of
 * inputs that don't exist, and of transformations that read themselves, directly or through others.
 */
final class DependencyOrder {
  private final References references;
  private final Problems problems;
  private final Map<ResourceName, Boolean> visited = new HashMap<>();
  private final List<Step> chain = new ArrayList<>();
  private final List<Rows> order = new ArrayList<>();

  /** One transformation of the chain that is being followed, and where it names the next one. */
  private record Step(ResourceName from, Origin place) {}

  private DependencyOrder(References references, Problems problems) {
    this.references = references;
    this.problems = problems;
  }

  /** All rows but those that, however far around, read themselves or something unknown. */
  static List<Rows> of(References references, Problems problems) {
    DependencyOrder order = new DependencyOrder(references, problems);
    references.rows().keySet().forEach(order::visit);
    return order.order;
  }

  /** True if everything that the rows of this name read is sound. */
  private boolean visit(ResourceName name) {
    Boolean known = visited.get(name);
    if (known != null) {
      return known;
    }
    Rows rows = references.rows().get(name);
    if (rows == null) {
      return false;
    }
    boolean sound = true;
    for (Transformation.Input input : Graph.inputs(rows)) {
      sound &= follow(name, input);
    }
    visited.put(name, sound);
    if (sound) {
      order.add(rows);
    }
    return sound;
  }

  private boolean follow(ResourceName from, Transformation.Input input) {
    if (references.rows(input.rows()) == null) {
      return false;
    }
    chain.add(new Step(from, input.rows().origin()));
    ResourceName to = input.rows().to();
    int start = chain.stream().map(Step::from).toList().indexOf(to);
    boolean sound = start < 0 && visit(to);
    if (start >= 0) {
      circle(List.copyOf(chain.subList(start, chain.size())));
    }
    chain.remove(chain.size() - 1);
    return sound;
  }

  private void circle(List<Step> steps) {
    ResourceName first = steps.get(0).from();
    Origin last = steps.get(steps.size() - 1).place();
    if (steps.size() == 1) {
      problems.add(last, "%s reads itself".formatted(first), "read what it is made from");
      return;
    }
    problems.add(
        last,
        "transformations read each other in a circle: %s -> %s"
            .formatted(
                steps.stream()
                    .map(step -> step.from().toString())
                    .collect(Collectors.joining(" -> ")),
                first),
        "break it at one of "
            + steps.stream()
                .map(step -> step.place().toString())
                .collect(Collectors.joining(", ")));
  }
}
