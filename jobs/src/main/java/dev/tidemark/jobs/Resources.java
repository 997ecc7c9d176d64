package dev.tidemark.jobs;

import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Resource;
import dev.tidemark.plan.Uses;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All resources of a project by the names people type, and who uses whom. */
final class Resources {
  private static final String FEATURES = "features.";

  private final List<Resource> all;

  Resources(Definitions definitions) {
    all = Uses.all(definitions);
  }

  /** By kind, in the order of the language, and then by name. */
  List<Resource> all() {
    return all;
  }

  /**
   * The resource that a person means: by its full id, or by what follows the kind where only one
   * kind has it.
   *
   * @throws dev.tidemark.definition.DefinitionException if there is none, or more than one
   */
  Resource find(String name) {
    List<Resource> found = all.stream().filter(resource -> resource.id().equals(name)).toList();
    if (found.isEmpty()) {
      found = all.stream().filter(resource -> brief(resource).equals(name)).toList();
    }
    if (found.size() == 1) {
      return found.get(0);
    }
    Problems problems = new Problems();
    if (found.isEmpty()) {
      problems.addNearest(
          null,
          "no resource `%s`".formatted(name),
          name,
          all.stream().flatMap(resource -> Stream.of(brief(resource), resource.id())).toList());
    } else {
      problems.add(
          null,
          "`%s` may be any of %s"
              .formatted(name, String.join(", ", found.stream().map(Resource::id).toList())),
          "write it with its kind");
    }
    problems.throwIfAny();
    throw new IllegalStateException("a problem that was not thrown");
  }

  /**
   * A resource, or a column of one.
   *
   * @param column null: the resource as a whole
   */
  record Named(Resource resource, @Nullable String column) {}

  /**
   * What a person means by a name that may be a column's: {@code customer_spend.v1.spend_7d}, also
   * as the registry and {@code search} have it, with {@code features.} before it.
   *
   * @throws dev.tidemark.definition.DefinitionException if there is none
   */
  Named named(String name) {
    String bare = name.startsWith(FEATURES) ? name.substring(FEATURES.length()) : name;
    int dot = bare.lastIndexOf('.');
    if (isKnown(bare) || dot < 0 || !isKnown(bare.substring(0, dot))) {
      return new Named(find(bare), null);
    }
    Resource resource = find(bare.substring(0, dot));
    String column = bare.substring(dot + 1);
    if (resource instanceof FeatureView view && !view.columns().contains(column)) {
      Problems problems = new Problems();
      problems.addNearest(
          null, "no feature `%s` in %s".formatted(column, view.ref()), column, view.columns());
      problems.throwIfAny();
    }
    return new Named(resource, column);
  }

  /** True if {@link #find} finds one, or more than one. */
  private boolean isKnown(String name) {
    return all.stream()
        .anyMatch(resource -> resource.id().equals(name) || brief(resource).equals(name));
  }

  /** The id without the kind: {@code customer_spend.v1}, {@code customer}. */
  static String brief(Resource resource) {
    return resource.id().substring(resource.kind().key().length() + 1);
  }

  /** The ids of what names a resource. */
  List<String> usersOf(Resource resource) {
    return all.stream()
        .filter(other -> Uses.of(other).contains(resource.id()))
        .map(Resource::id)
        .toList();
  }
}
