package dev.tidemark.plan;

import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.Selection;
import dev.tidemark.definition.Spine;
import dev.tidemark.definition.TrainingSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Who names whom in a project. */
public final class Uses {
  private Uses() {}

  /** By kind, in the order of the language, and then by name. */
  public static List<Resource> all(Definitions definitions) {
    return Stream.of(
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

  /** Some resources and all that they are built from, each once. */
  public static Set<Resource> closure(Definitions definitions, Collection<String> ids) {
    Map<String, Resource> byId = new HashMap<>();
    all(definitions).forEach(resource -> byId.put(resource.id(), resource));
    Set<Resource> found = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>(ids);
    while (!open.isEmpty()) {
      Resource resource = byId.get(open.remove());
      if (resource != null && found.add(resource)) {
        open.addAll(of(resource));
      }
    }
    return found;
  }

  /** The ids of what a resource names, in the order it names them. */
  public static Set<String> of(Resource resource) {
    return new LinkedHashSet<>(
        resource.match(
            entity -> List.<String>of(),
            source -> List.of(),
            transformation ->
                transformation.inputs().stream().map(input -> input.rows().toString()).toList(),
            view ->
                Stream.concat(
                        Stream.of(id(view.entity())), view.sources().stream().map(Object::toString))
                    .toList(),
            Uses::ofLabel,
            Uses::ofTrainingSet,
            model -> List.of(model.trainingSet().toString())));
  }

  private static List<String> ofLabel(Label label) {
    List<String> uses = new ArrayList<>(label.entities().stream().map(Uses::id).toList());
    uses.add(label.source().toString());
    return uses;
  }

  private static List<String> ofTrainingSet(TrainingSet set) {
    List<String> uses = new ArrayList<>();
    Spine spine = set.spine();
    Reference label = set.label();
    if (spine != null) {
      uses.add(spine.source().toString());
      spine.entities().forEach(entity -> uses.add(id(entity)));
    }
    if (label != null) {
      uses.add(label.toString());
    }
    set.features().stream().map(Selection::view).forEach(view -> uses.add(view.toString()));
    return uses;
  }

  private static String id(Named entity) {
    return "entities." + entity.name();
  }
}
