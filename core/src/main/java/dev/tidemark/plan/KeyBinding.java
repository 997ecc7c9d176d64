package dev.tidemark.plan;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.KeyMapping;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds for every key of some entities the column that holds it. */
final class KeyBinding {
  private final Problems problems;

  KeyBinding(Problems problems) {
    this.problems = problems;
  }

  /**
   * Every key once, in the entities' order: in the column a mapping says, or else in the column of
   * its own name. Entities that have a key of the same name share it.
   *
   * @param names where the entities are named, in the same order
   * @return null after a problem
   */
  @Nullable List<BoundKey> bind(
      List<Entity> entities, List<KeyMapping> mappings, List<Named> names) {
    if (!known(entities, mappings)) {
      return null;
    }
    Map<String, KeyMapping> mapped = new HashMap<>();
    mappings.forEach(mapping -> mapped.put(mapping.key(), mapping));
    Map<String, BoundKey> bound = new LinkedHashMap<>();
    Map<String, Entity> owners = new HashMap<>();
    boolean right = true;
    for (int i = 0; i < entities.size(); i++) {
      for (Column key : entities.get(i).keys()) {
        Origin named = names.get(i).origin();
        KeyMapping mapping = mapped.get(key.name());
        Named column = mapping == null ? new Named(key.name(), named) : mapping.column();
        BoundKey other = bound.putIfAbsent(key.name(), new BoundKey(key, column));
        Entity owner = owners.putIfAbsent(key.name(), entities.get(i));
        if (other != null && owner != null && !sameType(other.key(), key)) {
          problems.add(
              named,
              "entities `%s` and `%s` share the key `%s`, one as %s and one as %s"
                  .formatted(
                      owner.name(),
                      entities.get(i).name(),
                      key.name(),
                      other.key().type(),
                      key.type()),
              "rename it in one of them, or give both the same type");
          right = false;
        }
      }
    }
    return right ? List.copyOf(bound.values()) : null;
  }

  /** Whether all mappings are of keys that the entities have; says so if not. */
  boolean known(List<Entity> entities, List<KeyMapping> mappings) {
    List<String> keys =
        entities.stream().flatMap(entity -> entity.keys().stream()).map(Column::name).toList();
    boolean right = true;
    for (KeyMapping mapping : mappings) {
      if (!keys.contains(mapping.key())) {
        problems.addNearest(
            mapping.origin(),
            "no key `%s` in %s"
                .formatted(
                    mapping.key(),
                    entities.stream().map(Entity::id).collect(Collectors.joining(", "))),
            mapping.key(),
            keys);
        right = false;
      }
    }
    return right;
  }

  private static boolean sameType(Column a, Column b) {
    return SqlMeaning.of(a.type()).equalsIgnoreCase(SqlMeaning.of(b.type()));
  }
}
