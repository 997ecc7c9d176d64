package dev.tidemark.definition;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Holds values against the shapes of the language: unknown and missing keys, and values of the
 * wrong type.
 */
final class ShapeCheck {
  /** What starts the name of every column that Tidemark adds. */
  private static final String RESERVED = "__tidemark_";

  private final Problems problems;

  ShapeCheck(Problems problems) {
    this.problems = problems;
  }

  /** True if the object has this shape; otherwise the problems say why not. */
  boolean object(Shape shape, Node node) {
    if (!node.isResolved()) {
      return false;
    }
    if (!node.isObject()) {
      wrong(node, new ValueType.ObjectOf(shape));
      return false;
    }
    boolean right = true;
    for (Node field : node.fields()) {
      Shape.Key key = shape.key(field.name()).orElse(null);
      if (key == null) {
        List<String> nearest = Nearest.to(field.name(), shape.names());
        problems.add(
            field.keyOrigin(),
            "unknown key `%s` in %s".formatted(field.name(), a(shape.title())),
            nearest.isEmpty()
                ? "known: " + String.join(", ", shape.names())
                : "nearest: " + String.join(", ", nearest));
        right = false;
      } else {
        right &= value(key.type(), field);
      }
    }
    for (Shape.Key key : shape.keys()) {
      if (key.required() && node.get(key.name()) == null) {
        problems.add(
            node.keyOrigin(), "%s needs `%s`".formatted(a(shape.title()), key.name()), key.says());
        right = false;
      }
    }
    for (Shape.Rule rule : shape.rules()) {
      right &=
          rule.match(
              oneOf -> oneOf(shape, oneOf, node),
              anyOf -> anyOf(shape, anyOf, node),
              needs -> needs(needs, node),
              excludes -> excludes(excludes, node));
    }
    return right;
  }

  private boolean oneOf(Shape shape, Shape.OneOf rule, Node node) {
    List<Node> there = there(rule.keys(), node);
    if (there.isEmpty()) {
      return none(shape, rule.keys(), rule.example(), node);
    }
    if (there.size() > 1) {
      problems.add(
          there.get(1).keyOrigin(),
          "%s has only one of %s".formatted(a(shape.title()), series(rule.keys(), " and ")),
          "keep one of them");
      return false;
    }
    return true;
  }

  private boolean anyOf(Shape shape, Shape.AnyOf rule, Node node) {
    return !there(rule.keys(), node).isEmpty() || none(shape, rule.keys(), rule.example(), node);
  }

  private boolean none(Shape shape, List<String> keys, String example, Node node) {
    problems.add(
        node.keyOrigin(), "%s needs %s".formatted(a(shape.title()), series(keys, " or ")), example);
    return false;
  }

  private boolean needs(Shape.Needs rule, Node node) {
    Node key = node.get(rule.key());
    if (key == null || node.get(rule.other()) != null) {
      return true;
    }
    problems.add(
        key.keyOrigin(),
        "`%s` needs `%s` beside it".formatted(rule.key(), rule.other()),
        rule.example());
    return false;
  }

  private boolean excludes(Shape.Excludes rule, Node node) {
    Node key = node.get(rule.key());
    if (key == null || node.get(rule.other()) == null) {
      return true;
    }
    problems.add(
        key.keyOrigin(),
        "`%s` does not go with `%s`".formatted(rule.key(), rule.other()),
        rule.why());
    return false;
  }

  /** Those of the keys that are there, in the order of the file. */
  private static List<Node> there(List<String> keys, Node node) {
    return node.fields().stream().filter(field -> keys.contains(field.name())).toList();
  }

  private static String series(List<String> keys, String last) {
    List<String> quoted = keys.stream().map(key -> "`" + key + "`").toList();
    int all = quoted.size() - 1;
    return String.join(", ", quoted.subList(0, all)) + last + quoted.get(all);
  }

  private static String a(String title) {
    return ("aeiou".indexOf(title.charAt(0)) >= 0 ? "an " : "a ") + title;
  }

  /** True if the value is of this type. */
  private boolean value(ValueType type, Node node) {
    if (!node.isResolved()) {
      return false;
    }
    if (type instanceof ValueType.Anything) {
      return true;
    }
    if (type instanceof ValueType.Of of) {
      return scalar(of.scalar(), node);
    }
    if (type instanceof ValueType.Choice choice) {
      return choice(choice, node);
    }
    if (type instanceof ValueType.Ref ref) {
      return reference(ref, node);
    }
    if (type instanceof ValueType.ListOf list) {
      return list(list, node);
    }
    if (type instanceof ValueType.MapOf map) {
      return map(map, node);
    }
    if (type instanceof ValueType.Settings settings) {
      return settings(settings, node);
    }
    if (type instanceof ValueType.ObjectOf object) {
      return object(object.shape(), node);
    }
    ValueType.Either either = (ValueType.Either) type;
    return value(node.isObject() ? either.object() : either.scalar(), node);
  }

  private boolean scalar(Scalar scalar, Node node) {
    if (!node.isScalar() || scalar.read(node.text()).isEmpty()) {
      wrong(node, new ValueType.Of(scalar));
      return false;
    }
    return notReserved(scalar, node.text(), node.origin());
  }

  /** True unless a name begins as the columns do that Tidemark adds. */
  boolean notReserved(Scalar scalar, String text, Origin origin) {
    boolean name = scalar == Scalar.NAME || scalar == Scalar.COLUMN;
    if (name && text.toLowerCase(Locale.ROOT).startsWith(RESERVED)) {
      problems.add(
          origin,
          "`%s` is a name that Tidemark keeps for itself".formatted(text),
          "choose one that does not start with " + RESERVED);
      return false;
    }
    return true;
  }

  private boolean choice(ValueType.Choice choice, Node node) {
    if (!node.isScalar()) {
      wrong(node, choice);
      return false;
    }
    if (!choice.words().contains(node.text())) {
      problems.addNearest(
          node.origin(),
          "%s must be %s, rather than `%s`"
              .formatted(called(node), choice.expected(), brief(node.text())),
          node.text(),
          choice.words());
      return false;
    }
    return true;
  }

  private boolean reference(ValueType.Ref ref, Node node) {
    if (!node.isScalar()) {
      wrong(node, ref);
      return false;
    }
    List<String> parts = List.of(node.text().split("\\.", -1));
    boolean wellFormed =
        parts.size() == 3
            && Scalar.NAME.read(parts.get(1)).isPresent()
            && Scalar.NAME.read(parts.get(2)).isPresent();
    if (!wellFormed || ref.kinds().stream().noneMatch(kind -> kind.key().equals(parts.get(0)))) {
      wrong(node, ref);
      return false;
    }
    return true;
  }

  private boolean list(ValueType.ListOf list, Node node) {
    if (!node.isList()) {
      wrong(node, list);
      return false;
    }
    boolean right = !list.some() || notEmpty(node, node.elements());
    Set<String> windows = new HashSet<>();
    for (Node element : node.elements()) {
      if (!value(list.element(), element)) {
        right = false;
      } else if (list.element().equals(new ValueType.Of(Scalar.WINDOW))
          && !windows.add(element.text().replaceAll("\\s", ""))) {
        // A window names a column.
        problems.add(
            element.origin(), "the window `%s` twice".formatted(element.text()), "name it once");
        right = false;
      }
    }
    return right;
  }

  private boolean notEmpty(Node node, List<Node> inside) {
    if (inside.isEmpty()) {
      problems.add(
          node.origin(), "`%s` is empty".formatted(node.name()), "it needs at least one entry");
      return false;
    }
    return true;
  }

  private boolean map(ValueType.MapOf map, Node node) {
    if (!node.isObject()) {
      wrong(node, map);
      return false;
    }
    boolean right = !map.some() || notEmpty(node, node.fields());
    Set<String> seen = new HashSet<>();
    for (Node field : node.fields()) {
      if (map.key().read(field.name()).isEmpty()) {
        problems.add(
            field.keyOrigin(),
            "`%s` must be %s".formatted(field.name(), map.key().expected()),
            null);
        right = false;
      } else if (map.key() != Scalar.TEXT && !seen.add(field.name().toLowerCase(Locale.ROOT))) {
        problems.add(
            field.keyOrigin(),
            "`%s` differs from another name here in nothing but upper and lower case"
                .formatted(field.name()),
            "Spark does not tell such columns apart; rename one");
        right = false;
      } else {
        right &= notReserved(map.key(), field.name(), field.keyOrigin());
        right &= value(map.value(), field);
      }
    }
    return right;
  }

  private boolean settings(ValueType.Settings type, Node node) {
    if (!node.isObject()) {
      wrong(node, type);
      return false;
    }
    boolean right = true;
    Set<String> seen = new HashSet<>();
    for (Node.Setting setting : node.settings()) {
      Node value = setting.value();
      if (!value.isResolved()) {
        right = false;
      } else if (!value.isScalar()) {
        wrong(value, new ValueType.Of(Scalar.TEXT));
        right = false;
      } else if (!seen.add(setting.key())) {
        problems.add(
            value.keyOrigin(),
            "`%s` is written twice".formatted(setting.key()),
            "keep one of them");
        right = false;
      }
    }
    return right;
  }

  private void wrong(Node node, ValueType type) {
    String written =
        node.isObject()
            ? "an object"
            : node.isList() ? "a list" : node.isNull() ? "null" : "`" + brief(node.text()) + "`";
    problems.add(
        node.origin(),
        "%s must be %s, rather than %s".formatted(called(node), type.expected(), written),
        null);
  }

  private static String called(Node node) {
    return node.name().isEmpty() ? "an element" : "`" + node.name() + "`";
  }

  private static String brief(String text) {
    String line = text.strip().lines().findFirst().orElse("");
    return line.length() <= 60 ? line : line.substring(0, 57) + "...";
  }
}
