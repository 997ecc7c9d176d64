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
    if (!node.isObject()) {
      wrong(node, new ValueType.ObjectOf(shape));
      return false;
    }
    boolean right = true;
    for (Node field : node.fields()) {
      Shape.Key key = shape.key(field.name()).orElse(null);
      if (key == null) {
        problems.addNearest(
            field.keyOrigin(),
            "unknown key `%s` in %s".formatted(field.name(), a(shape.title())),
            field.name(),
            shape.names());
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
    return right;
  }

  private static String a(String title) {
    return ("aeiou".indexOf(title.charAt(0)) >= 0 ? "an " : "a ") + title;
  }

  /** True if the value is of this type. */
  private boolean value(ValueType type, Node node) {
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

  private boolean notReserved(Scalar scalar, String text, Origin origin) {
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
          "`%s` must be %s, rather than `%s`"
              .formatted(node.name(), choice.expected(), node.text()),
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
    boolean right = true;
    for (Node element : node.elements()) {
      right &= value(list.element(), element);
    }
    return right;
  }

  private boolean map(ValueType.MapOf map, Node node) {
    if (!node.isObject()) {
      wrong(node, map);
      return false;
    }
    boolean right = true;
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

  private void wrong(Node node, ValueType type) {
    String written =
        node.isObject()
            ? "an object"
            : node.isList() ? "a list" : node.isNull() ? "null" : "`" + brief(node.text()) + "`";
    boolean element = node.name().chars().allMatch(Character::isDigit);
    problems.add(
        node.origin(),
        "%s must be %s, rather than %s"
            .formatted(element ? "an element" : "`" + node.name() + "`", type.expected(), written),
        null);
  }

  private static String brief(String text) {
    String line = text.strip().lines().findFirst().orElse("");
    return line.length() <= 60 ? line : line.substring(0, 57) + "...";
  }
}
