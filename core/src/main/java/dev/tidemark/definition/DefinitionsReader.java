package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
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
                given(node.must("given")),
                rows(node.must("expect")),
                node.keyOrigin()));
      }
    }
    return tests.stream().sorted(Comparator.comparing(DefinitionTest::name)).toList();
  }

  /** Rows of the only source, or of sources by their names. */
  private List<DefinitionTest.Given> given(Node node) {
    if (node.isList()) {
      return List.of(new DefinitionTest.Given(null, rows(node), node.keyOrigin()));
    }
    List<DefinitionTest.Given> given = new ArrayList<>();
    for (Node.Setting setting : node.settings()) {
      Node rows = setting.value();
      Reference of = reference(setting.key(), rows.keyOrigin());
      if (of == null
          || !rows.isResolved()
          || !rows.isList()
          || !rows.elements().stream().allMatch(row -> row.isResolved() && row.isObject())) {
        problems.add(
            rows.keyOrigin(),
            "`given` holds rows of sources and transformations, each a list of objects",
            "given { sources.payments.v1 = [{ buyer_id = 1, amount = 5.0 }] }, or just the list where only one is read");
      } else {
        given.add(new DefinitionTest.Given(of, rows(rows), rows.keyOrigin()));
      }
    }
    return given;
  }

  private static @Nullable Reference reference(String key, Origin origin) {
    List<String> parts = List.of(key.split("\\.", -1));
    Kind kind =
        Stream.of(Kind.SOURCE, Kind.TRANSFORMATION)
            .filter(each -> each.key().equals(parts.get(0)))
            .findFirst()
            .orElse(null);
    return kind == null || parts.size() != 3
        ? null
        : new Reference(new ResourceName(kind, parts.get(1), parts.get(2)), origin);
  }

  private static List<DefinitionTest.Cells> rows(Node node) {
    List<DefinitionTest.Cells> rows = new ArrayList<>();
    for (Node row : node.elements()) {
      rows.add(
          new DefinitionTest.Cells(
              row.cells().stream()
                  .map(
                      cell ->
                          new DefinitionTest.Cell(
                              cell.name(), DefinitionTest.value(cell), cell.origin()))
                  .toList(),
              row.origin()));
    }
    return rows;
  }
}
