package dev.tidemark.plan;

import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Model;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Nearest;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Selection;
import dev.tidemark.definition.TrainingSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Everything of a project by its name; says of a name that is not known what may be meant. */
final class References {
  private final Problems problems;
  private final Map<String, Entity> entities = new LinkedHashMap<>();
  private final SortedMap<ResourceName, Rows> rows = new TreeMap<>();
  private final SortedMap<ResourceName, FeatureView> views = new TreeMap<>();
  private final SortedMap<ResourceName, Label> labels = new TreeMap<>();
  private final SortedMap<ResourceName, TrainingSet> trainingSets = new TreeMap<>();
  private final SortedMap<ResourceName, Model> models = new TreeMap<>();

  References(Definitions definitions, Problems problems) {
    this.problems = problems;
    definitions.entities().forEach(found -> entities.put(found.name(), found));
    definitions.sources().forEach(found -> rows.put(found.ref(), found));
    definitions.transformations().forEach(found -> rows.put(found.ref(), found));
    definitions.featureViews().forEach(found -> views.put(found.ref(), found));
    definitions.labels().forEach(found -> labels.put(found.ref(), found));
    definitions.trainingSets().forEach(found -> trainingSets.put(found.ref(), found));
    definitions.models().forEach(found -> models.put(found.ref(), found));
  }

  SortedMap<ResourceName, Rows> rows() {
    return rows;
  }

  /** The entity of this name, or null after saying that there is none. */
  @Nullable Entity entity(Named name) {
    Entity found = entities.get(name.name());
    if (found == null) {
      problems.addNearest(
          name.origin(), "no entity `%s`".formatted(name), name.name(), entities.keySet());
    }
    return found;
  }

  /** The entities of these names, or null after saying which there are not, or are named twice. */
  @Nullable List<Entity> entities(List<Named> names) {
    Map<String, Entity> found = new LinkedHashMap<>();
    boolean right = true;
    for (Named name : names) {
      Entity entity = entity(name);
      if (entity == null) {
        right = false;
      } else if (found.put(name.name(), entity) != null) {
        problems.add(name.origin(), "entity `%s` twice".formatted(name), "name it once");
        right = false;
      }
    }
    return right ? List.copyOf(found.values()) : null;
  }

  /** What a reference to a source or transformation means, or null after saying so. */
  @Nullable Rows rows(Reference reference) {
    return find(reference, rows);
  }

  @Nullable Label label(Reference reference) {
    return find(reference, labels);
  }

  @Nullable TrainingSet trainingSet(Reference reference) {
    return find(reference, trainingSets);
  }

  /** Whether a feature view or training set exists; says so if not. */
  boolean tested(Reference reference) {
    return reference.to().kind() == Kind.FEATURE_VIEW
        ? find(reference, views) != null
        : find(reference, trainingSets) != null;
  }

  /** The view that a selection takes from, or null after saying that there is none. */
  @Nullable FeatureView view(Selection selection) {
    ResourceName name = selection.view().to();
    Named feature = selection.feature();
    boolean kindNamed =
        Arrays.stream(Kind.values()).anyMatch(kind -> kind.key().equals(name.name()));
    if (views.containsKey(name) || feature == null || !kindNamed) {
      return find(selection.view(), views);
    }
    problems.add(
        selection.view().origin(),
        "features are taken from feature views, and `%s.%s` is not one"
            .formatted(name.shortName(), feature),
        "write a view as name.variant, such as customer_spend.v1");
    return null;
  }

  private <T> @Nullable T find(Reference reference, Map<ResourceName, T> known) {
    T found = known.get(reference.to());
    if (found == null) {
      unknown(reference.origin(), reference.to(), known.keySet());
    }
    return found;
  }

  /**
   * Says that nothing has this name: with the resource of another kind that has it, or the variants
   * there are of it, or else the nearest names.
   */
  void unknown(@Nullable Origin origin, ResourceName name, Collection<ResourceName> known) {
    String what = "no " + name;
    List<String> otherKinds =
        List.of(rows, views, labels, trainingSets, models).stream()
            .flatMap(all -> all.keySet().stream())
            .filter(other -> other.shortName().equals(name.shortName()))
            .map(ResourceName::toString)
            .toList();
    List<String> variants =
        known.stream()
            .filter(other -> other.kind() == name.kind() && other.name().equals(name.name()))
            .map(ResourceName::toString)
            .toList();
    if (!otherKinds.isEmpty()) {
      problems.add(origin, what, "there is " + String.join(", ", otherKinds));
    } else if (!variants.isEmpty()) {
      problems.add(origin, what, "its variants: " + String.join(", ", variants));
    } else {
      List<String> nearest =
          Nearest.to(
              name.shortName(), known.stream().map(ResourceName::shortName).distinct().toList());
      String hint =
          nearest.stream()
              .flatMap(near -> known.stream().filter(other -> other.shortName().equals(near)))
              .map(ResourceName::toString)
              .collect(Collectors.joining(", "));
      problems.add(origin, what, hint.isEmpty() ? null : "nearest: " + hint);
    }
  }
}
