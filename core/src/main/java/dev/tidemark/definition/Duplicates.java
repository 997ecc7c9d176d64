package dev.tidemark.definition;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds what is written twice, where HOCON would merge in silence or let the last one win, and what
 * looks like adding to a list, where HOCON would let the new one win.
 *
 * <p>A definition may stand in one place only; a key inside it too. What a definition inherits
 * through a substitution or an {@code include} inside it may be written over.
 */
final class Duplicates {
  /** A step of a path into an object that adds to what a substitution gives. */
  private static final String OVER = "${}";

  private final Map<Path, Scanned.Body> included;
  private final Map<String, Integer> once;
  private final HoconFiles.Use use;
  private final Problems problems;
  private final Map<List<String>, Origin> definitions = new HashMap<>();
  private final Map<List<String>, Origin> leaves = new LinkedHashMap<>();

  /**
   * @param once by top-level key, how many names make a definition: 3 for {@code
   *     sources.payments.v1}
   */
  Duplicates(
      Map<Path, Scanned.Body> included,
      Map<String, Integer> once,
      HoconFiles.Use use,
      Problems problems) {
    this.included = included;
    this.once = once;
    this.use = use;
    this.problems = problems;
  }

  void find(List<Scanned.Body> roots) {
    roots.forEach(root -> body(root, List.of()));
    leaves.forEach(this::findAbove);
  }

  private boolean body(Scanned.Body body, List<String> prefix) {
    for (Scanned.Item item : body.items()) {
      item.match(
          field -> field(field, prefix),
          include -> {
            Scanned.Body inner = included.get(include.file());
            // Inside a definition an include is something to inherit from.
            return inner != null && !insideDefinition(prefix) && body(inner, prefix);
          });
    }
    return true;
  }

  private boolean field(Scanned.Field field, List<String> prefix) {
    List<String> path = new ArrayList<>(prefix);
    for (Scanned.Key key : field.path()) {
      path.add(key.name());
      // `kind.name.variant.key = ...` adds to a definition that stands elsewhere, so it counts as a
      // second one too.
      if (isDefinition(path) && isSecond(path, key.origin())) {
        return false;
      }
    }
    Origin origin = field.path().get(field.path().size() - 1).origin();
    if (field.append()) {
      if (path.contains(OVER)) {
        // HOCON looks for the list to add to in this object only, and would begin a new one.
        problems.add(
            origin,
            "`+=` does not add to what is inherited",
            "write it as a list: %s = ${...} [ ... ]".formatted(path.get(path.size() - 1)));
      }
      return true;
    }
    List<Scanned.Part> parts = field.value().parts();
    boolean allBraces =
        !parts.isEmpty()
            && parts.stream()
                .allMatch(part -> part.match(b -> true, b -> false, s -> false, t -> false));
    if (!allBraces && !isOverride(field.value())) {
      leaf(path, origin);
    }
    inside(field.value(), allBraces ? path : longer(path, OVER));
    return true;
  }

  private boolean isSecond(List<String> path, Origin origin) {
    Origin other = definitions.putIfAbsent(List.copyOf(path), origin);
    if (other == null || other.equals(origin)) {
      return false;
    }
    String name = String.join(".", path);
    problems.add(
        origin,
        "`%s` is defined twice; it is also at %s".formatted(name, other),
        path.size() == 3
            ? "write a change as a new variant: %s.%s.other = ${%s} { ... }"
                .formatted(path.get(0), path.get(1), name)
            : "keep one of them");
    return true;
  }

  /** {@code key = ${?NAME}} in an environment: takes the place of a default written above it. */
  private boolean isOverride(Scanned.Value value) {
    Scanned.Substitution alone = value.alone();
    return use == HoconFiles.Use.ENVIRONMENT && alone != null && alone.optional();
  }

  private void inside(Scanned.Value value, List<String> path) {
    int index = 0;
    for (Scanned.Part part : value.parts()) {
      List<Scanned.Value> elements =
          part.match(
              braces -> List.of(),
              Scanned.Brackets::elements,
              substitution -> List.of(),
              text -> List.of());
      for (Scanned.Value element : elements) {
        inside(element, longer(path, "[" + index++ + "]"));
      }
      part.match(braces -> body(braces.body(), path), b -> false, s -> false, text -> false);
    }
  }

  private void leaf(List<String> path, Origin origin) {
    Origin other = leaves.putIfAbsent(List.copyOf(path), origin);
    if (other != null) {
      twice(path, origin, other);
    }
  }

  /** {@code a = 1} and {@code a.b = 2}: one would replace the other. */
  private void findAbove(List<String> path, Origin origin) {
    for (int length = path.size() - 1; length > 0 && !path.get(length).equals(OVER); length--) {
      List<String> above = path.subList(0, length);
      Origin other = leaves.get(above);
      if (other != null) {
        twice(above, origin, other);
      }
    }
  }

  private void twice(List<String> path, Origin origin, Origin other) {
    if (!other.equals(origin)) {
      problems.add(
          origin,
          "`%s` is written twice; it is also at %s".formatted(path.get(path.size() - 1), other),
          "keep one of them");
    }
  }

  private boolean isDefinition(List<String> path) {
    Integer names = path.isEmpty() ? null : once.get(path.get(0));
    return names != null && path.size() == names && !path.contains(OVER);
  }

  private boolean insideDefinition(List<String> path) {
    Integer names = path.isEmpty() ? null : once.get(path.get(0));
    return names != null && path.size() >= names;
  }

  private static List<String> longer(List<String> path, String step) {
    List<String> longer = new ArrayList<>(path);
    longer.add(step);
    return longer;
  }
}
