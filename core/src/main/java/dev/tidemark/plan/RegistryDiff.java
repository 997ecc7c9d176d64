package dev.tidemark.plan;

import dev.tidemark.definition.About;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A project beside the registry.
 *
 * @param added what the registry lacks
 * @param changed what means something else than what was registered under the same name: refused
 * @param described what means the same, and says something else of itself
 * @param deleted what is defined here and was deleted: refused
 * @param same how many are the same in all
 * @param absent the ids of what is registered and not in the project; applying leaves it
 */
public record RegistryDiff(
    List<Registration> added,
    List<Changed> changed,
    List<Described> described,
    List<Registered> deleted,
    int same,
    SortedSet<String> absent) {
  private static final Pattern NUMBERED = Pattern.compile("v(\\d{1,9})");

  public RegistryDiff {
    added = List.copyOf(added);
    changed = List.copyOf(changed);
    described = List.copyOf(described);
    deleted = List.copyOf(deleted);
  }

  /**
   * A change of meaning.
   *
   * @param fields how its own definition differs; empty: only what it is built from does
   * @param through what it names whose meaning has changed
   * @param touches the ids of all that is built from it, registered or in the project
   * @param free the variant that it can be given; null where there are no variants
   */
  public record Changed(
      Registration before,
      Registration after,
      List<Field> fields,
      SortedSet<String> through,
      SortedSet<String> touches,
      @Nullable String free) {
    public Changed {
      fields = List.copyOf(fields);
    }
  }

  /**
   * A change that changes no value.
   *
   * @param fields owner, description, tags, or properties
   */
  public record Described(Registration before, Registration after, List<Field> fields) {
    public Described {
      fields = List.copyOf(fields);
    }
  }

  /**
   * One difference.
   *
   * @param path within the definition
   * @param before null: it is new
   * @param after null: it is gone
   */
  public record Field(String path, @Nullable String before, @Nullable String after) {}

  /** True if nothing would be written. */
  public boolean isNothing() {
    return added.isEmpty() && changed.isEmpty() && described.isEmpty() && deleted.isEmpty();
  }

  /**
   * Compares.
   *
   * @param known what is registered, by id
   * @param defined by id
   */
  public static RegistryDiff of(Map<String, Registered> known, Map<String, Registration> defined) {
    SortedMap<String, Registration> registered = new TreeMap<>();
    SortedSet<String> absent = new TreeSet<>();
    known.forEach(
        (id, each) -> {
          if (!each.deleted()) {
            registered.put(id, each.registration());
          }
          if (!each.deleted() && !defined.containsKey(id)) {
            absent.add(id);
          }
        });
    List<Registration> added = new ArrayList<>();
    List<Described> described = new ArrayList<>();
    List<Registered> deleted = new ArrayList<>();
    SortedMap<String, Registration> changed = new TreeMap<>();
    int same = 0;
    for (Registration now : new TreeMap<>(defined).values()) {
      Registered of = known.get(now.id());
      if (of == null) {
        added.add(now);
        continue;
      }
      Registration before = of.registration();
      if (of.deleted()) {
        deleted.add(of);
      } else if (!before.meaning().equals(now.meaning())) {
        changed.put(now.id(), now);
      } else if (!before.about().equals(now.about()) || !before.notes().equals(now.notes())) {
        List<Field> differences = about(before.about(), now.about());
        differences.addAll(fields(before.notes(), now.notes()));
        described.add(new Described(before, now, differences));
      } else {
        same++;
      }
    }
    return new RegistryDiff(
        added,
        changes(registered, known.keySet(), defined, changed),
        described,
        deleted,
        same,
        absent);
  }

  private static List<Changed> changes(
      Map<String, Registration> registered,
      Collection<String> taken,
      Map<String, Registration> defined,
      SortedMap<String, Registration> changed) {
    if (changed.isEmpty()) {
      return List.of();
    }
    Map<String, SortedSet<String>> users = users(registered.values());
    users(defined.values())
        .forEach((id, of) -> users.computeIfAbsent(id, any -> new TreeSet<>()).addAll(of));
    List<Changed> changes = new ArrayList<>();
    for (Registration now : changed.values()) {
      Registration before = Objects.requireNonNull(registered.get(now.id()));
      SortedSet<String> through = new TreeSet<>(now.uses());
      through.retainAll(changed.keySet());
      SortedSet<String> touches = new TreeSet<>();
      downstream(now.id(), users, touches);
      changes.add(
          new Changed(
              before,
              now,
              fields(before.fields(), now.fields()),
              through,
              touches,
              free(now, taken, defined.keySet())));
    }
    return changes;
  }

  private static Map<String, SortedSet<String>> users(Collection<Registration> all) {
    Map<String, SortedSet<String>> users = new HashMap<>();
    for (Registration each : all) {
      each.uses().forEach(id -> users.computeIfAbsent(id, any -> new TreeSet<>()).add(each.id()));
    }
    return users;
  }

  private static void downstream(
      String id, Map<String, SortedSet<String>> users, SortedSet<String> found) {
    for (String user : users.getOrDefault(id, new TreeSet<>())) {
      if (found.add(user)) {
        downstream(user, users, found);
      }
    }
  }

  /** Differences that are more than white space and comments. */
  private static List<Field> fields(
      SortedMap<String, String> before, SortedMap<String, String> after) {
    SortedSet<String> paths = new TreeSet<>(before.keySet());
    paths.addAll(after.keySet());
    List<Field> all = new ArrayList<>();
    for (String path : paths) {
      String was = before.get(path);
      String is = after.get(path);
      if (was == null || is == null || !SqlMeaning.of(was).equals(SqlMeaning.of(is))) {
        all.add(new Field(path, was, is));
      }
    }
    return all;
  }

  private static List<Field> about(About before, About after) {
    List<Field> all = new ArrayList<>();
    differing("owner", before.owner(), after.owner(), all);
    differing("description", before.description(), after.description(), all);
    differing("tags", String.join(", ", before.tags()), String.join(", ", after.tags()), all);
    SortedSet<String> names = new TreeSet<>(before.properties().keySet());
    names.addAll(after.properties().keySet());
    names.forEach(
        name ->
            differing(
                "properties." + name,
                before.properties().get(name),
                after.properties().get(name),
                all));
    return all;
  }

  private static void differing(
      String path, @Nullable String before, @Nullable String after, List<Field> all) {
    if (!Objects.equals(before, after)) {
      all.add(new Field(path, before, after));
    }
  }

  /** The next number that neither the registry nor the project has. */
  private static @Nullable String free(
      Registration of, Collection<String> registered, Collection<String> defined) {
    int dot = of.id().lastIndexOf('.');
    if (of.id().indexOf('.') == dot || of.kind().equals(Registration.FEATURES)) {
      return null;
    }
    String stem = of.id().substring(0, dot + 1);
    int most = 0;
    for (Collection<String> ids : List.of(registered, defined)) {
      for (String id : ids) {
        Matcher variant = NUMBERED.matcher(id.startsWith(stem) ? id.substring(stem.length()) : "");
        if (variant.matches()) {
          most = Math.max(most, Integer.parseInt(variant.group(1)));
        }
      }
    }
    return "v" + (most + 1);
  }
}
