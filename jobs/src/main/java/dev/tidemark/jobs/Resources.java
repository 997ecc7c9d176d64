package dev.tidemark.jobs;

import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Resource;
import dev.tidemark.plan.Uses;
import java.util.List;
import java.util.stream.Stream;

/** All resources of a project by the names people type, and who uses whom. */
final class Resources {
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

  /** True if {@link #find} finds one, or more than one. */
  boolean isKnown(String name) {
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
