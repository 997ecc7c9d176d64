package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Makes records of the merged definitions, and checks what a single definition can know. */
final class DefinitionsReader {
  private final Problems problems;
  private final ShapeCheck check;

  DefinitionsReader(Problems problems) {
    this.problems = problems;
    this.check = new ShapeCheck(problems);
  }

  /** Reads all that can be read; the problems say what can't. */
  Definitions read(Node root) {
    for (Node field : root.fields()) {
      if (!Language.topLevel().contains(field.name())) {
        problems.addNearest(
            field.keyOrigin(),
            "unknown kind of resource `%s`".formatted(field.name()),
            field.name(),
            Language.topLevel());
      }
    }
    RowsReader rows = new RowsReader(problems);
    TrainingSetReader sets = new TrainingSetReader(problems);
    return new Definitions(
        entities(root),
        resources(root, Kind.SOURCE, rows::source),
        resources(root, Kind.TRANSFORMATION, rows::transformation),
        resources(root, Kind.FEATURE_VIEW, new FeatureViewReader(problems)::view),
        resources(root, Kind.LABEL, TrainingSetReader::label),
        resources(root, Kind.TRAINING_SET, sets::trainingSet),
        resources(root, Kind.MODEL, DefinitionsReader::model),
        tests(root),
        new DefinitionTexts(root));
  }

  private List<Entity> entities(Node root) {
    List<Entity> entities = new ArrayList<>();
    for (Node node : named(group(root, Kind.ENTITY.key()))) {
      if (check.object(Language.ENTITY, node)) {
        entities.add(
            new Entity(
                node.name(),
                Parts.columns(node.must("keys")),
                Parts.about(node),
                node.keyOrigin()));
      }
    }
    return byId(entities);
  }

  /** The values under a top-level key. */
  private List<Node> group(Node root, String key) {
    Node group = root.get(key);
    if (group == null || !group.isResolved()) {
      return List.of();
    }
    if (!group.isObject()) {
      problems.add(
          group.origin(),
          "`%s` must be an object of named definitions".formatted(key),
          "write %s.name... { ... }".formatted(key));
      return List.of();
    }
    return group.fields();
  }

  /** Those whose keys are well-formed names; the problems tell of the others. */
  private List<Node> named(List<Node> nodes) {
    List<Node> named = new ArrayList<>();
    for (Node node : nodes) {
      if (Scalar.NAME.read(node.name()).isEmpty()) {
        problems.add(
            node.keyOrigin(),
            "`%s` must be %s".formatted(node.name(), Scalar.NAME.expected()),
            null);
      } else if (check.notReserved(Scalar.NAME, node.name(), node.keyOrigin())) {
        named.add(node);
      }
    }
    return named;
  }

  private <T extends Resource> List<T> resources(
      Node root, Kind kind, BiFunction<ResourceName, Node, @Nullable T> read) {
    Shape shape = Language.shape(kind);
    List<T> found = new ArrayList<>();
    for (Node name : named(group(root, kind.key()))) {
      if (!name.isResolved()) {
        continue;
      }
      // `sources.payments { table = ... }`: the variant was forgotten.
      if (!name.isObject()
          || name.fields().stream().anyMatch(field -> shape.key(field.name()).isPresent())) {
        problems.add(
            name.keyOrigin(),
            "`%s.%s` has no variant".formatted(kind.key(), name.name()),
            "write %s.%s.v1 { ... }".formatted(kind.key(), name.name()));
        continue;
      }
      for (Node variant : named(name.fields())) {
        if (check.object(shape, variant)) {
          T resource = read.apply(new ResourceName(kind, name.name(), variant.name()), variant);
          if (resource != null) {
            found.add(resource);
          }
        }
      }
    }
    return byId(found);
  }

  /** In which file a definition stands, and where in it, makes no difference. */
  private static <T extends Resource> List<T> byId(List<T> resources) {
    return resources.stream().sorted(Comparator.comparing(Resource::id)).toList();
  }

  private static Model model(ResourceName ref, Node node) {
    return new Model(
        ref,
        node.must("training-set").reference(),
        node.named("manifest"),
        Parts.about(node),
        node.keyOrigin());
  }

  private List<DefinitionTest> tests(Node root) {
    List<DefinitionTest> tests = new ArrayList<>();
    for (Node node : group(root, Language.TESTS)) {
      if (check.object(Language.TEST, node)) {
        tests.add(
            new DefinitionTest(
                node.name(),
                node.must("of").reference(),
                cells(node.must("given")),
                cells(node.must("expect")),
                node.keyOrigin()));
      }
    }
    return tests.stream().sorted(Comparator.comparing(DefinitionTest::name)).toList();
  }

  private static List<Map<String, @Nullable Object>> cells(Node node) {
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (Node row : node.elements()) {
      Map<String, @Nullable Object> cells = new LinkedHashMap<>();
      row.cells().forEach(cell -> cells.put(cell.name(), cell.plain()));
      rows.add(Collections.unmodifiableMap(cells));
    }
    return rows;
  }
}
