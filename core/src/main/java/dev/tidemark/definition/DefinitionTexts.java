package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Definitions as text that stands for itself: what is included, substituted and inherited is
 * written out, in the order in which it takes effect. JSON, and so HOCON too: read as a file of a
 * project it gives the same definitions. No secrets are in it, since definitions have none.
 */
public final class DefinitionTexts {
  /** What is said of a feature or a column, and changes no value either. */
  private static final Pattern OF_A_PART =
      Pattern.compile(
          "(features\\.[^.]*\\.(description|tags\\[\\d+\\])|(columns|ready|gates)\\..*)");

  private final Node root;
  private final Map<String, Node> nodes = new HashMap<>();

  DefinitionTexts(Node root) {
    this.root = root;
  }

  /**
   * One JSON object of some resources.
   *
   * @param ids as {@link Resource#id}; each must be defined
   */
  public String of(Collection<String> ids) {
    Map<String, Object> top = new LinkedHashMap<>();
    for (String id : new TreeSet<>(ids)) {
      List<String> path = List.of(id.split("\\.", -1));
      Map<String, Object> in = top;
      for (String key : path.subList(0, path.size() - 1)) {
        in = child(in, key);
      }
      in.put(path.get(path.size() - 1), value(node(id)));
    }
    return JsonText.of(top);
  }

  /**
   * What one resource says, by the path within it, such as {@code features.spend.aggregate}: each
   * scalar, also of a list, as text. What it says of itself alone ({@link About}) is left out.
   *
   * @param id as {@link Resource#id}; it must be defined
   */
  public SortedMap<String, String> fields(String id) {
    SortedMap<String, String> fields = new TreeMap<>();
    for (Node field : node(id).fields()) {
      if (!About.KEYS.contains(field.name())) {
        flatten(field.name(), field, fields);
      }
    }
    fields.keySet().removeIf(path -> OF_A_PART.matcher(path).matches());
    return fields;
  }

  /**
   * What one resource says of its columns, of when it is ready and of its gates, by the path within
   * it, such as {@code columns.email.tags[0]}.
   *
   * @param id as {@link Resource#id}; it must be defined
   */
  public SortedMap<String, String> notes(String id) {
    SortedMap<String, String> notes = new TreeMap<>();
    for (String key : List.of("columns", "ready", "gates")) {
      Node said = node(id).get(key);
      if (said != null) {
        flatten(key, said, notes);
      }
    }
    return notes;
  }

  private Node node(String id) {
    Node found = nodes().get(id);
    if (found == null) {
      throw new IllegalArgumentException("not defined: " + id);
    }
    return found;
  }

  /** By id. To look for one among thousands takes as long as to look at all. */
  private Map<String, Node> nodes() {
    if (nodes.isEmpty()) {
      for (Kind kind : Kind.values()) {
        Node group = root.get(kind.key());
        for (Node name : group == null ? List.<Node>of() : group.fields()) {
          String id = kind.key() + "." + name.name();
          if (kind == Kind.ENTITY) {
            nodes.put(id, name);
          } else {
            name.fields().forEach(variant -> nodes.put(id + "." + variant.name(), variant));
          }
        }
      }
    }
    return nodes;
  }

  private static void flatten(String path, Node node, SortedMap<String, String> fields) {
    if (node.isObject()) {
      node.fields().forEach(field -> flatten(path + "." + field.name(), field, fields));
    } else if (node.isList()) {
      List<Node> elements = node.elements();
      for (int i = 0; i < elements.size(); i++) {
        flatten("%s[%d]".formatted(path, i), elements.get(i), fields);
      }
    } else {
      fields.put(path, node.text());
    }
  }

  @SuppressWarnings("unchecked") // only maps are put where a path goes on
  private static Map<String, Object> child(Map<String, Object> in, String key) {
    return (Map<String, Object>) in.computeIfAbsent(key, k -> new LinkedHashMap<String, Object>());
  }

  private static Object value(Node node) {
    if (node.isObject()) {
      Map<String, Object> fields = new LinkedHashMap<>();
      node.fields().forEach(field -> fields.put(field.name(), value(field)));
      return fields;
    }
    if (node.isList()) {
      List<Object> elements = new ArrayList<>();
      node.elements().forEach(element -> elements.add(value(element)));
      return elements;
    }
    return new Verbatim(node.json());
  }

  /** JSON as it is to stand. */
  private record Verbatim(String json) {
    @Override
    public String toString() {
      return json;
    }
  }
}
