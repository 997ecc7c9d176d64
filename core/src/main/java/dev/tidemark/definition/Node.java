package dev.tidemark.definition;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A value of the merged definitions, with its place. Typed reading ({@code duration(key)} and so
 * on) is for objects whose {@link Shape} has been checked.
 */
final class Node {
  private final ConfigValue value;
  private final List<String> path;
  private final Places places;
  private final Origin around;

  /**
   * @param around the place to name where the value itself has none
   */
  Node(ConfigValue value, List<String> path, Places places, Origin around) {
    this.value = value;
    this.path = List.copyOf(path);
    this.places = places;
    this.around = around;
  }

  /** The last step of its path. */
  String name() {
    return path.get(path.size() - 1);
  }

  /** Where the value is written. */
  Origin origin() {
    Scanned.Value found = places.value(path);
    return found != null ? found.origin() : keyOrigin();
  }

  /** Where its key is written. */
  Origin keyOrigin() {
    Origin key = places.key(path);
    return key != null ? key : around;
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

  /** What Java makes of any value: maps, lists, strings, numbers, booleans, null. */
  @Nullable Object plain() {
    return value.unwrapped();
  }

  /** The value under a key, or null. */
  @Nullable Node get(String key) {
    ConfigValue child = ((ConfigObject) value).get(key);
    return child == null ? null : new Node(child, step(key), places, origin());
  }

  /** The value under a key that is known to be there. */
  Node must(String key) {
    Node node = get(key);
    if (node == null) {
      throw new IllegalStateException("not checked: " + path + "." + key);
    }
    return node;
  }

  /** All values of an object, in the order written, inherited ones first. */
  List<Node> fields() {
    ConfigObject object = (ConfigObject) value;
    Set<String> keys = new LinkedHashSet<>(places.order(path));
    keys.retainAll(object.keySet());
    object.keySet().stream().sorted().forEach(keys::add);
    List<Node> fields = new ArrayList<>();
    for (String key : keys) {
      Node field = get(key);
      if (field != null) {
        fields.add(field);
      }
    }
    return fields;
  }

  List<Node> elements() {
    List<Node> elements = new ArrayList<>();
    int index = 0;
    for (ConfigValue element : (ConfigList) value) {
      elements.add(new Node(element, step(String.valueOf(index++)), places, origin()));
    }
    return elements;
  }

  Named named() {
    return new Named(text(), origin());
  }

  Sql sql() {
    String text = text();
    Scanned.Value found = places.value(path);
    if (found != null && found.parts().size() == 1) {
      Scanned.Text literal =
          found.parts().get(0).match(b -> null, b -> null, s -> null, written -> written);
      if (literal != null) {
        return new Sql(text, literal.origin(), literal.content().equals(text));
      }
    }
    return new Sql(text, origin(), false);
  }

  /** What the scalar's kind reads of the text, which has been checked. */
  <T> T read(Scalar scalar, Class<T> type) {
    return type.cast(
        scalar
            .read(text())
            .orElseThrow(() -> new IllegalStateException("not checked: " + path + " = " + text())));
  }

  Span span() {
    return new Span(
        read(Scalar.DURATION, java.time.Duration.class), text().replaceAll("\\s", ""), origin());
  }

  private List<String> step(String name) {
    List<String> longer = new ArrayList<>(path);
    longer.add(name);
    return longer;
  }
}
