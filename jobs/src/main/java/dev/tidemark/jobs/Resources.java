package dev.tidemark.jobs;

import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.Selection;
import dev.tidemark.definition.Spine;
import dev.tidemark.definition.TrainingSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** All resources of a project by the names people type, and who uses whom. */
final class Resources {
  private final List<Resource> all;

  Resources(Definitions definitions) {
    all =
        Stream.of(
                definitions.entities(),
                definitions.sources(),
                definitions.transformations(),
                definitions.featureViews(),
                definitions.labels(),
                definitions.trainingSets(),
                definitions.models())
            .flatMap(Collection::stream)
            .map(Resource.class::cast)
            .toList();
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

  /** The id without the kind: {@code customer_spend.v1}, {@code customer}. */
  static String brief(Resource resource) {
    return resource.id().substring(resource.kind().key().length() + 1);
  }

  /** The ids of what a resource names, in the order it names them. */
  static Set<String> uses(Resource resource) {
    List<String> uses = new ArrayList<>();
    resource.match(
        entity -> uses,
        source -> uses,
        transformation -> {
          transformation.inputs().forEach(input -> uses.add(input.rows().toString()));
          return uses;
        },
        view -> {
          uses.add(entityId(view.entity()));
          view.sources().forEach(source -> uses.add(source.toString()));
          return uses;
        },
        label -> {
          uses.addAll(ofLabel(label));
          return uses;
        },
        set -> {
          uses.addAll(ofTrainingSet(set));
          return uses;
        },
        model -> uses.add(model.trainingSet().toString()));
    return new LinkedHashSet<>(uses);
  }

  /** The ids of what names a resource. */
  List<String> usersOf(Resource resource) {
    return all.stream()
        .filter(other -> uses(other).contains(resource.id()))
        .map(Resource::id)
        .toList();
  }

  private static List<String> ofLabel(Label label) {
    List<String> uses =
        new ArrayList<>(label.entities().stream().map(Resources::entityId).toList());
    uses.add(label.source().toString());
    return uses;
  }

  private static List<String> ofTrainingSet(TrainingSet set) {
    List<String> uses = new ArrayList<>();
    Spine spine = set.spine();
    Reference label = set.label();
    if (spine != null) {
      uses.add(spine.source().toString());
      spine.entities().forEach(entity -> uses.add(entityId(entity)));
    }
    if (label != null) {
      uses.add(label.toString());
    }
    set.features().stream().map(Selection::view).forEach(view -> uses.add(view.toString()));
    return uses;
  }

  private static String entityId(Named entity) {
    return "entities." + entity.name();
  }
}
