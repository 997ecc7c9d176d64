package dev.tidemark.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is made of what: a graph of names, which may be ids of resources or of columns, as text, as
 * pairs, and as a Mermaid diagram.
 *
 * @param uses by name, what it is made of
 */
public record Links(SortedMap<String, SortedSet<String>> uses) {
  public Links {
    SortedMap<String, SortedSet<String>> copy = new TreeMap<>();
    uses.forEach(
        (name, of) -> copy.put(name, Collections.unmodifiableSortedSet(new TreeSet<>(of))));
    uses = Collections.unmodifiableSortedMap(copy);
  }

  /** Two names of which one is made of the other. */
  public record Link(String from, String to) {}

  /** In which direction it is followed. */
  public enum Direction {
    /** What something is made of. */
    UP,
    /** What is made of it. */
    DOWN
  }

  /** The links of columns. */
  public static Links of(ColumnLineage lineage) {
    SortedMap<String, SortedSet<String>> uses = new TreeMap<>();
    lineage
        .columns()
        .forEach(
            (column, origins) -> {
              SortedSet<String> names = new TreeSet<>();
              origins.values().forEach(origin -> names.add(origin.toString()));
              uses.put(column.toString(), names);
            });
    return new Links(uses);
  }

  private Map<String, SortedSet<String>> towards(Direction direction) {
    if (direction == Direction.UP) {
      return uses;
    }
    Map<String, SortedSet<String>> users = new HashMap<>();
    uses.forEach(
        (name, of) ->
            of.forEach(used -> users.computeIfAbsent(used, any -> new TreeSet<>()).add(name)));
    return users;
  }

  /** All links that are reached from some names, each once, the near before the far. */
  public List<Link> from(List<String> names, Direction direction) {
    Map<String, SortedSet<String>> next = towards(direction);
    Set<Link> links = new LinkedHashSet<>();
    Set<String> seen = new LinkedHashSet<>(names);
    Deque<String> open = new ArrayDeque<>(names);
    while (!open.isEmpty()) {
      String name = open.remove();
      for (String other : next.getOrDefault(name, new TreeSet<>())) {
        links.add(direction == Direction.UP ? new Link(other, name) : new Link(name, other));
        if (seen.add(other)) {
          open.add(other);
        }
      }
    }
    return List.copyOf(links);
  }

  /** A tree of lines; what stands above already is named and not told again. */
  public List<String> tree(String root, Direction direction) {
    List<String> lines = new ArrayList<>(List.of(root));
    branches(root, "", towards(direction), new LinkedHashSet<>(List.of(root)), lines);
    return lines;
  }

  private static void branches(
      String name,
      String indent,
      Map<String, SortedSet<String>> next,
      Set<String> told,
      List<String> lines) {
    List<String> children = List.copyOf(next.getOrDefault(name, new TreeSet<>()));
    for (int i = 0; i < children.size(); i++) {
      String child = children.get(i);
      boolean last = i == children.size() - 1;
      boolean again = !told.add(child) && !next.getOrDefault(child, new TreeSet<>()).isEmpty();
      lines.add(indent + (last ? "└─ " : "├─ ") + child + (again ? " (above)" : ""));
      if (!again) {
        branches(child, indent + (last ? "   " : "│  "), next, told, lines);
      }
    }
  }

  /** A Mermaid flowchart, from left to right. */
  public static String mermaid(List<String> names, List<Link> links) {
    Map<String, String> ids = new LinkedHashMap<>();
    StringBuilder out = new StringBuilder("flowchart LR\n");
    names.forEach(name -> node(name, ids, out));
    for (Link link : links) {
      node(link.from(), ids, out);
      node(link.to(), ids, out);
    }
    for (Link link : links) {
      out.append("  %s --> %s\n".formatted(ids.get(link.from()), ids.get(link.to())));
    }
    return out.toString();
  }

  private static void node(String name, Map<String, String> ids, StringBuilder out) {
    if (!ids.containsKey(name)) {
      String id = "n" + ids.size();
      ids.put(name, id);
      out.append("  %s[\"%s\"]\n".formatted(id, name.replace("\"", "#quot;")));
    }
  }
}
