package dev.tidemark.plan;

import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Resource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** What becomes of registered variants, and what that means for those who use them. */
public final class Lifecycle {
  private final Map<String, Registered> registered;

  /**
   * @param registered by id
   */
  public Lifecycle(Map<String, Registered> registered) {
    this.registered = registered;
  }

  /** The ids of what is registered, not deleted, and names a resource. */
  public SortedSet<String> users(String id) {
    SortedSet<String> users = new TreeSet<>();
    for (Registered other : registered.values()) {
      if (!other.deleted() && !other.isColumn() && other.registration().uses().contains(id)) {
        users.add(other.id());
      }
    }
    return users;
  }

  /** A resource itself and, of a view, its columns: they come and go together. */
  public List<Registered> withColumns(String id) {
    List<Registered> all = new ArrayList<>();
    for (Registered other : registered.values()) {
      boolean column = other.isColumn() && other.registration().uses().contains(id);
      if (other.id().equals(id) || column) {
        all.add(other);
      }
    }
    return all;
  }

  /**
   * What is wrong with running resources: that a variant is deleted, or means something else than
   * what is registered under its name.
   *
   * @param resources what is run, with all that it is built from
   * @param defined by id
   */
  public List<Problem> refusals(Collection<Resource> resources, Map<String, Registration> defined) {
    List<Problem> problems = new ArrayList<>();
    for (Resource resource : resources) {
      Registered before = registered.get(resource.id());
      Registration now = defined.get(resource.id());
      if (before == null || now == null) {
        continue;
      }
      if (before.deleted()) {
        problems.add(
            new Problem(
                resource.origin(),
                deleted(before),
                "what is deleted stays so: define another variant"));
      } else if (!before.registration().meaning().equals(now.meaning())
          && changedItself(resource, defined)) {
        problems.add(
            new Problem(
                resource.origin(),
                "%s is registered with another meaning".formatted(resource.id()),
                "`tidemark plan` shows the difference; take it back, or give it a variant that is free"));
      }
    }
    return problems;
  }

  /** False if only what it is built from has changed: that is told there. */
  private boolean changedItself(Resource resource, Map<String, Registration> defined) {
    for (String used : Uses.of(resource)) {
      Registered before = registered.get(used);
      Registration now = defined.get(used);
      if (before != null && now != null && !before.registration().meaning().equals(now.meaning())) {
        return false;
      }
    }
    return true;
  }

  /** That it is deleted, and by whom. */
  public static String deleted(Registered tombstone) {
    return "%s was deleted on %s by %s"
        .formatted(tombstone.id(), day(tombstone.last()), tombstone.last().by());
  }

  private static LocalDate day(Registered.Deed deed) {
    return deed.at().atZone(ZoneOffset.UTC).toLocalDate();
  }

  /**
   * What users of resources should know.
   *
   * @param resources what is run, with all that it is built from
   */
  public List<Problem> warnings(Collection<Resource> resources) {
    Map<String, Problem> warnings = new LinkedHashMap<>();
    for (Resource resource : resources) {
      Optional.ofNullable(registered.get(resource.id()))
          .filter(known -> !known.deleted())
          .map(Registered::deprecation)
          .ifPresent(
              deprecation ->
                  warnings.put(
                      resource.id(),
                      new Problem(
                          null,
                          resource.id() + " is deprecated" + words(deprecation),
                          advice(deprecation))));
    }
    return List.copyOf(warnings.values());
  }

  /** Since when, by whom and why, to follow "is deprecated". */
  public static String words(Deprecation deprecation) {
    StringBuilder words = new StringBuilder();
    words.append(
        " since %s by %s"
            .formatted(deprecation.since().atZone(ZoneOffset.UTC).toLocalDate(), deprecation.by()));
    if (deprecation.reason() != null) {
      words.append(": ").append(deprecation.reason());
    }
    return words.toString();
  }

  private static String advice(Deprecation deprecation) {
    String what =
        deprecation.successor() == null
            ? "nothing takes its place"
            : "use %s instead".formatted(deprecation.successor());
    return deprecation.until() == null
        ? what
        : what + ", before %s".formatted(deprecation.until().atZone(ZoneOffset.UTC).toLocalDate());
  }
}
