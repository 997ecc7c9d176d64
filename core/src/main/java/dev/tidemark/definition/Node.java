package dev.tidemark.definition;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value of the merged definitions, with its place. Typed reading ({@code span()}, {@code sql()}
 * and so on) is for values that {@link ShapeCheck} has found right.
 *
 * <p>A key whose value is {@code null} is as if it were not written, so that a variant can drop
 * what it inherits.
 */
final class Node {
  private static final Pattern JSON_NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?");

  private final ConfigValue value;
  private final String name;
  private final Places.@Nullable Place place;
  private final @Nullable Node parent;
  private final Origin top;

  private Node(
      ConfigValue value,
      String name,
      Places.@Nullable Place place,
      @Nullable Node parent,
      Origin top) {
    this.value = value;
    this.name = name;
    this.place = place;
    this.parent = parent;
    this.top = top;
  }

  /**
   * The merged object.
   *
   * @param top the place to name where nothing else can be
   */
  static Node root(ConfigObject object, Places places, Origin top) {
    return new Node(object, "", places.top(), null, top);
  }

  /** Its key; empty for an element of a list. */
  String name() {
    return name;
  }

  /** Where the value is written. */
  Origin origin() {
    Scanned.Value written = parent == null || place == null ? null : place.written();
    return written != null ? written.origin() : keyOrigin();
  }

  /** Where its key is written; for an element of a list, where the element is. */
  Origin keyOrigin() {
    if (parent == null) {
      return top;
    }
    Origin key = place == null ? null : place.key();
    if (key != null) {
      return key;
    }
    return place == null ? parent.origin() : origin();
  }

  /** True if a part of the value is written out, other than by substitution. */
  boolean isLiteral() {
    return place == null || place.isLiteral();
  }

  /** False if a substitution in it leads nowhere, which is a problem that has been told. */
  boolean isResolved() {
    try {
      if (value.valueType() == ConfigValueType.OBJECT) {
        // Typesafe Config tells by throwing, whatever is asked.
        ((ConfigObject) value).forEach((key, child) -> {});
      }
      return true;
    } catch (ConfigException.NotResolved e) {
      return false;
    }
  }

  boolean isObject() {
    return value.valueType() == ConfigValueType.OBJECT;
  }

  boolean isList() {
    return value.valueType() == ConfigValueType.LIST;
  }

  boolean isNull() {
    return value.valueType() == ConfigValueType.NULL;
  }

  boolean isScalar() {
    return !isObject() && !isList() && !isNull();
  }

  /** A scalar as it is written. */
  String text() {
    return value.atKey("it").getString("it");
  }

  /**
   * A scalar as JSON. A number stays as it is written, since 0.20 is not 0.2 to all who read it.
   */
  String json() {
    boolean number = value.valueType() == ConfigValueType.NUMBER;
    return number && JSON_NUMBER.matcher(text()).matches()
        ? text()
        : value.render(ConfigRenderOptions.concise());
  }

  /** What Java makes of any value: maps, lists, strings, numbers, booleans, null. */
  @Nullable Object plain() {
    return value.unwrapped();
  }

  /** The value under a key, or null. */
  @Nullable Node get(String key) {
    Node child = cell(key);
    return child == null || (child.isResolved() && child.isNull()) ? null : child;
  }

  private @Nullable Node cell(String key) {
    ConfigValue child = ((ConfigObject) value).get(key);
    return child == null
        ? null
        : new Node(child, key, place == null ? null : place.child(key), this, top);
  }

  /** The value under a key that is known to be there. */
  Node must(String key) {
    Node node = get(key);
    if (node == null) {
      throw new IllegalStateException("not checked: " + key + " at " + origin());
    }
    return node;
  }

  /** The values of an object, in the order written, inherited ones first. */
  List<Node> fields() {
    return cells().stream().filter(cell -> !cell.isResolved() || !cell.isNull()).toList();
  }

  /** The values of an object as {@link #fields()}, with those that are null. */
  List<Node> cells() {
    ConfigObject object = (ConfigObject) value;
    Set<String> keys = new LinkedHashSet<>();
    if (place != null) {
      keys.addAll(place.children().keySet());
    }
    keys.retainAll(object.keySet());
    object.keySet().stream().sorted().forEach(keys::add);
    List<Node> cells = new ArrayList<>();
    for (String key : keys) {
      Node cell = cell(key);
      if (cell != null) {
        cells.add(cell);
      }
    }
    return cells;
  }

  List<Node> elements() {
    List<Places.Place> places = place == null ? List.of() : place.elements();
    ConfigList list = (ConfigList) value;
    List<Node> elements = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      Places.Place at = places.size() == list.size() ? places.get(i) : null;
      elements.add(new Node(list.get(i), "", at, this, top));
    }
    return elements;
  }

  /**
   * A value under a dotted key.
   *
   * @param key such as {@code sql.shuffle.partitions}, written as one key or as nested objects
   */
  record Setting(String key, Node value) {}

  /** What is no object in an object and the objects in it, in the order written. */
  List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    for (Node field : fields()) {
      if (field.isResolved() && field.isObject()) {
        field
            .settings()
            .forEach(
                inner ->
                    settings.add(new Setting(field.name() + "." + inner.key(), inner.value())));
      } else {
        settings.add(new Setting(field.name(), field));
      }
    }
    return settings;
  }

  Named named() {
    return new Named(text(), origin());
  }

  Sql sql() {
    String text = text();
    Scanned.Value written = place == null ? null : place.written();
    Scanned.Text literal = written == null ? null : written.text();
    return literal == null
        ? new Sql(text, origin(), false)
        : new Sql(text, literal.origin(), literal.content().equals(text));
  }

  /** What the scalar's kind reads of the text. */
  <T> T read(Scalar scalar, Class<T> type) {
    return type.cast(
        scalar.read(text()).orElseThrow(() -> new IllegalStateException("not checked: " + text())));
  }

  Span span() {
    return new Span(read(Scalar.DURATION, Duration.class), text().replaceAll("\\s", ""), origin());
  }

  Reference reference() {
    List<String> parts = List.of(text().split("\\.", -1));
    Kind kind =
        Arrays.stream(Kind.values())
            .filter(known -> known.key().equals(parts.get(0)))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("not checked: " + text()));
    return new Reference(new ResourceName(kind, parts.get(1), parts.get(2)), origin());
  }

  /** The SQL under a key, or null. */
  @Nullable Sql sql(String key) {
    Node sql = get(key);
    return sql == null ? null : sql.sql();
  }

  /** The duration under a key, or null. */
  @Nullable Span span(String key) {
    Node span = get(key);
    return span == null ? null : span.span();
  }

  /** The name under a key, or null. */
  @Nullable Named named(String key) {
    Node named = get(key);
    return named == null ? null : named.named();
  }

  /** The names in the list under a key; none if there is no list. */
  List<Named> names(String key) {
    Node names = get(key);
    return names == null ? List.of() : names.elements().stream().map(Node::named).toList();
  }

  /** True if the key is there and its value is true. */
  boolean isTrue(String key) {
    Node node = get(key);
    return node != null && node.read(Scalar.BOOLEAN, Boolean.class);
  }
}
