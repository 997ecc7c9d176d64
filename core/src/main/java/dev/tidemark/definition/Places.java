package dev.tidemark.definition;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where each value of the merged and resolved definitions is written.
 *
 * <p>A value that comes through a substitution is found where it literally stands: {@code ${base}}
 * leads to the place of {@code base}. Elements of a list are steps {@code 0}, {@code 1}, and so on.
 */
final class Places {
  /** Substitutions that refer to each other in a circle lead nowhere. */
  private static final int MOST_STEPS = 64;

  private final List<Scanned.Body> roots;
  private final Map<Path, Scanned.Body> included;

  Places(List<Scanned.Body> roots, Map<Path, Scanned.Body> included) {
    this.roots = roots;
    this.included = included;
  }

  /** The value at a path, or null where no literal value stands for it. */
  Scanned.@Nullable Value value(List<String> path) {
    return inRoots(path, 0);
  }

  /** The last name of a path where it is written as a key, or null for a list's element. */
  @Nullable Origin key(List<String> path) {
    return path.isEmpty() ? null : keyInRoots(path, 0);
  }

  /** The keys of the object at a path, in the order written, inherited ones first. */
  Set<String> order(List<String> path) {
    Set<String> keys = new LinkedHashSet<>();
    orderInRoots(path, keys, 0);
    return keys;
  }

  private Scanned.@Nullable Value inRoots(List<String> path, int steps) {
    for (int i = roots.size() - 1; i >= 0; i--) {
      Scanned.Value found = inBody(roots.get(i), path, steps);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private Scanned.@Nullable Value inBody(Scanned.Body body, List<String> path, int steps) {
    if (steps > MOST_STEPS) {
      return null;
    }
    for (int i = body.items().size() - 1; i >= 0; i--) {
      Scanned.Value found =
          body.items()
              .get(i)
              .match(
                  field -> inField(field, path, steps),
                  include -> {
                    Scanned.Body inner = included.get(include.file());
                    return inner == null ? null : inBody(inner, path, steps + 1);
                  });
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private Scanned.@Nullable Value inField(Scanned.Field field, List<String> path, int steps) {
    List<String> names = field.names();
    if (path.size() < names.size() || !path.subList(0, names.size()).equals(names)) {
      return null;
    }
    List<String> rest = path.subList(names.size(), path.size());
    return rest.isEmpty() ? field.value() : inValue(field.value(), rest, steps);
  }

  private Scanned.@Nullable Value inValue(Scanned.Value value, List<String> rest, int steps) {
    if (steps > MOST_STEPS) {
      return null;
    }
    if (isList(value, steps)) {
      int index = index(rest.get(0));
      List<Scanned.Value> elements = elements(value, steps);
      if (index < 0 || index >= elements.size()) {
        return null;
      }
      List<String> inside = rest.subList(1, rest.size());
      Scanned.Value element = elements.get(index);
      return inside.isEmpty() ? element : inValue(element, inside, steps + 1);
    }
    for (int i = value.parts().size() - 1; i >= 0; i--) {
      Scanned.Value found =
          value
              .parts()
              .get(i)
              .match(
                  braces -> inBody(braces.body(), rest, steps + 1),
                  brackets -> null,
                  substitution -> inRoots(join(substitution.path(), rest), steps + 1),
                  text -> null);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private boolean isList(Scanned.Value value, int steps) {
    return steps <= MOST_STEPS
        && value.parts().stream()
            .anyMatch(
                part ->
                    part.match(
                        braces -> false,
                        brackets -> true,
                        substitution -> {
                          Scanned.Value target = inRoots(substitution.path(), steps + 1);
                          return target != null && isList(target, steps + 1);
                        },
                        text -> false));
  }

  private List<Scanned.Value> elements(Scanned.Value value, int steps) {
    List<Scanned.Value> elements = new ArrayList<>();
    if (steps > MOST_STEPS) {
      return elements;
    }
    for (Scanned.Part part : value.parts()) {
      elements.addAll(
          part.match(
              braces -> List.of(),
              Scanned.Brackets::elements,
              substitution -> {
                Scanned.Value target = inRoots(substitution.path(), steps + 1);
                return target == null ? List.of() : elements(target, steps + 1);
              },
              text -> List.of()));
    }
    return elements;
  }

  private @Nullable Origin keyInRoots(List<String> path, int steps) {
    for (int i = roots.size() - 1; i >= 0; i--) {
      Origin found = keyInBody(roots.get(i), path, steps);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private @Nullable Origin keyInBody(Scanned.Body body, List<String> path, int steps) {
    if (steps > MOST_STEPS) {
      return null;
    }
    for (int i = body.items().size() - 1; i >= 0; i--) {
      Origin found =
          body.items()
              .get(i)
              .match(
                  field -> keyInField(field, path, steps),
                  include -> {
                    Scanned.Body inner = included.get(include.file());
                    return inner == null ? null : keyInBody(inner, path, steps + 1);
                  });
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private @Nullable Origin keyInField(Scanned.Field field, List<String> path, int steps) {
    List<String> names = field.names();
    int shared = Math.min(names.size(), path.size());
    if (!names.subList(0, shared).equals(path.subList(0, shared))) {
      return null;
    }
    if (path.size() <= names.size()) {
      return field.path().get(path.size() - 1).origin();
    }
    return keyInValue(field.value(), path.subList(shared, path.size()), steps);
  }

  private @Nullable Origin keyInValue(Scanned.Value value, List<String> rest, int steps) {
    if (steps > MOST_STEPS) {
      return null;
    }
    if (isList(value, steps)) {
      int index = index(rest.get(0));
      List<Scanned.Value> elements = elements(value, steps);
      return index < 0 || index >= elements.size() || rest.size() == 1
          ? null
          : keyInValue(elements.get(index), rest.subList(1, rest.size()), steps + 1);
    }
    for (int i = value.parts().size() - 1; i >= 0; i--) {
      Origin found =
          value
              .parts()
              .get(i)
              .match(
                  braces -> keyInBody(braces.body(), rest, steps + 1),
                  brackets -> null,
                  substitution -> keyInRoots(join(substitution.path(), rest), steps + 1),
                  text -> null);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private void orderInRoots(List<String> path, Set<String> keys, int steps) {
    roots.forEach(root -> orderInBody(root, path, keys, steps));
  }

  private void orderInBody(Scanned.Body body, List<String> path, Set<String> keys, int steps) {
    if (steps > MOST_STEPS) {
      return;
    }
    for (Scanned.Item item : body.items()) {
      Scanned.Field field = item.match(found -> found, include -> null);
      if (field == null) {
        Path file = item.match(found -> Path.of(""), Scanned.Include::file);
        Scanned.Body inner = included.get(file);
        if (inner != null) {
          orderInBody(inner, path, keys, steps + 1);
        }
        continue;
      }
      List<String> names = field.names();
      int shared = Math.min(names.size(), path.size());
      if (!names.subList(0, shared).equals(path.subList(0, shared))) {
        continue;
      }
      if (names.size() > path.size()) {
        keys.add(names.get(path.size()));
      } else {
        orderInValue(field.value(), path.subList(shared, path.size()), keys, steps);
      }
    }
  }

  private void orderInValue(Scanned.Value value, List<String> rest, Set<String> keys, int steps) {
    if (steps > MOST_STEPS) {
      return;
    }
    if (!rest.isEmpty() && isList(value, steps)) {
      int index = index(rest.get(0));
      List<Scanned.Value> elements = elements(value, steps);
      if (index >= 0 && index < elements.size()) {
        orderInValue(elements.get(index), rest.subList(1, rest.size()), keys, steps + 1);
      }
      return;
    }
    for (Scanned.Part part : value.parts()) {
      part.match(
          braces -> {
            orderInBody(braces.body(), rest, keys, steps + 1);
            return true;
          },
          brackets -> false,
          substitution -> {
            orderInRoots(join(substitution.path(), rest), keys, steps + 1);
            return true;
          },
          text -> false);
    }
  }

  private static int index(String step) {
    return step.matches("\\d{1,6}") ? Integer.parseInt(step) : -1;
  }

  private static List<String> join(List<String> path, List<String> rest) {
    List<String> joined = new ArrayList<>(path);
    joined.addAll(rest);
    return joined;
  }
}
