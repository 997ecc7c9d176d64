package dev.tidemark.definition;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds what is written twice, where HOCON would merge in silence or let the last one win.
 *
 * <p>A definition may stand in one place only; a key inside it too. What a definition inherits
 * through a substitution or an {@code include} inside it may be written over.
 */
final class Duplicates {
  private final Map<Path, Scanned.Body> included;
  private final Map<String, Integer> once;
  private final Problems problems;
  private final Map<List<String>, Origin> definitions = new HashMap<>();
  private final Map<List<String>, Origin> leaves = new LinkedHashMap<>();

  /**
   * @param once by top-level key, how many names make a definition: 3 for {@code
   *     sources.payments.v1}
   */
  Duplicates(Map<Path, Scanned.Body> included, Map<String, Integer> once, Problems problems) {
    this.included = included;
    this.once = once;
    this.problems = problems;
  }

  void find(List<Scanned.Body> roots) {
    roots.forEach(root -> body(root, List.of(), 0));
    leaves.forEach(this::findAbove);
  }

  private void body(Scanned.Body body, List<String> prefix, int includes) {
    for (Scanned.Item item : body.items()) {
      item.match(
          field -> {
            field(field, prefix, includes);
            return true;
          },
          include -> {
            Scanned.Body inner = included.get(include.file());
            // Inside a definition an include is something to inherit from.
            if (inner != null && !insideDefinition(prefix) && includes < 16) {
              body(inner, prefix, includes + 1);
            }
            return true;
          });
    }
  }

  private void field(Scanned.Field field, List<String> prefix, int includes) {
    List<String> path = new ArrayList<>(prefix);
    List<Scanned.Key> keys = field.path();
    boolean entered = false;
    for (Scanned.Key key : keys) {
      path.add(key.name());
      // `kind.name.variant.key = ...` adds to a definition that stands elsewhere, so it counts as a
      // second one too.
      if (isDefinition(path) && !entered) {
        entered = true;
        Origin other = definitions.putIfAbsent(List.copyOf(path), key.origin());
        if (other != null && !other.equals(key.origin())) {
          problems.add(
              key.origin(),
              "`%s` is defined twice; it is also at %s".formatted(String.join(".", path), other),
              "write another variant: `%s`".formatted(nextVariant(path)));
          return;
        }
      }
    }
    if (field.append()) {
      return;
    }
    Origin origin = keys.get(keys.size() - 1).origin();
    List<Scanned.Body> objects = new ArrayList<>();
    for (Scanned.Part part : field.value().parts()) {
      Scanned.Body inner =
          part.match(Scanned.Braces::body, brackets -> null, substitution -> null, text -> null);
      if (inner != null) {
        objects.add(inner);
      }
    }
    boolean literalObject = objects.size() == field.value().parts().size() && !objects.isEmpty();
    if (!literalObject) {
      leaf(path, origin);
    }
    if (literalObject || insideDefinition(path)) {
      objects.forEach(object -> body(object, path, includes));
    }
    for (Scanned.Part part : field.value().parts()) {
      List<Scanned.Value> elements =
          part.match(
              braces -> List.of(),
              Scanned.Brackets::elements,
              substitution -> List.of(),
              t -> List.of());
      elements(elements, path, includes);
    }
  }

  private void elements(List<Scanned.Value> elements, List<String> path, int includes) {
    for (int i = 0; i < elements.size(); i++) {
      List<String> element = new ArrayList<>(path);
      element.add("[" + i + "]");
      for (Scanned.Part part : elements.get(i).parts()) {
        Scanned.Body inner =
            part.match(Scanned.Braces::body, brackets -> null, substitution -> null, text -> null);
        if (inner != null) {
          body(inner, element, includes);
        }
      }
    }
  }

  private void leaf(List<String> path, Origin origin) {
    Origin other = leaves.putIfAbsent(List.copyOf(path), origin);
    if (other != null && !other.equals(origin)) {
      problems.add(
          origin,
          "`%s` is written twice; it is also at %s".formatted(path.get(path.size() - 1), other),
          "keep one of them");
    }
  }

  /**
   * {@code a = 1} and {@code a.b = 2}: the second would replace the first. Inside a definition that
   * is for its types to say.
   */
  private void findAbove(List<String> path, Origin origin) {
    for (int length = 1; length < path.size(); length++) {
      List<String> above = path.subList(0, length);
      Origin other = leaves.get(above);
      if (other != null && !insideDefinition(above)) {
        problems.add(
            origin,
            "`%s` is written twice; it is also at %s".formatted(above.get(above.size() - 1), other),
            "keep one of them");
      }
    }
  }

  private boolean isDefinition(List<String> path) {
    Integer names = path.isEmpty() ? null : once.get(path.get(0));
    return names != null && path.size() == names;
  }

  private boolean insideDefinition(List<String> path) {
    Integer names = path.isEmpty() ? null : once.get(path.get(0));
    return names != null && path.size() >= names;
  }

  private static String nextVariant(List<String> path) {
    String last = path.get(path.size() - 1);
    java.util.regex.Matcher number =
        java.util.regex.Pattern.compile("(.*?)(\\d{1,8})").matcher(last);
    String next =
        number.matches() ? number.group(1) + (Integer.parseInt(number.group(2)) + 1) : last + "_2";
    List<String> renamed = new ArrayList<>(path.subList(0, path.size() - 1));
    renamed.add(next);
    return String.join(".", renamed);
  }
}
