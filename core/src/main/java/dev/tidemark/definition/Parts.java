package dev.tidemark.definition;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The parts that several kinds of definition share, of objects whose shape has been checked. */
final class Parts {
  private Parts() {}

  static About about(Node node) {
    Node owner = node.get("owner");
    Node description = node.get("description");
    Node tags = node.get("tags");
    return new About(
        owner == null ? null : owner.text(),
        description == null ? null : description.text(),
        tags == null ? List.of() : tags.elements().stream().map(Node::text).toList(),
        texts(node, "properties"));
  }

  /** Entity keys and the columns that hold them, in {@code keys}. */
  static List<KeyMapping> keys(Node node) {
    return fields(node, "keys").stream()
        .map(key -> new KeyMapping(key.name(), key.named(), key.keyOrigin()))
        .toList();
  }

  static List<Derived> derived(Node node) {
    return expressions(node, "derived");
  }

  /** Columns and their expressions, in the object under a key. */
  static List<Derived> expressions(Node node, String key) {
    return fields(node, key).stream()
        .map(field -> new Derived(field.name(), field.sql(), field.keyOrigin()))
        .toList();
  }

  /** The fields of an object of columns and types. */
  static List<Column> columns(Node node) {
    return node.fields().stream()
        .map(column -> new Column(column.name(), column.text(), column.keyOrigin()))
        .toList();
  }

  /** What is said of columns, in {@code columns}. */
  static List<ColumnNote> notes(Node node) {
    return fields(node, "columns").stream()
        .map(column -> new ColumnNote(column.name(), about(column), column.keyOrigin()))
        .toList();
  }

  /** The texts in the object under a key, by dotted keys; none if there is no object. */
  static Map<String, String> texts(Node node, String key) {
    Map<String, String> texts = new LinkedHashMap<>();
    Node object = node.get(key);
    if (object != null) {
      object.settings().forEach(setting -> texts.put(setting.key(), setting.value().text()));
    }
    return texts;
  }

  /** The value of the singular key, or the elements of the plural one. */
  static <T> List<T> oneOrMore(Node node, String one, String more, Function<Node, T> read) {
    Node single = node.get(one);
    return single != null
        ? List.of(read.apply(single))
        : node.must(more).elements().stream().map(read).toList();
  }

  private static List<Node> fields(Node node, String key) {
    Node object = node.get(key);
    return object == null ? List.of() : object.fields();
  }
}
