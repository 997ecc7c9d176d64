package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes records of definitions, and checks what a single definition can know. */
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
    return new Definitions(
        entities(root),
        resources(root, Kind.SOURCE, this::source),
        resources(root, Kind.TRANSFORMATION, this::transformation),
        resources(root, Kind.FEATURE_VIEW, this::view),
        resources(root, Kind.LABEL, this::label),
        resources(root, Kind.TRAINING_SET, this::trainingSet),
        resources(root, Kind.MODEL, this::model),
        tests(root));
  }

  private List<Entity> entities(Node root) {
    List<Entity> entities = new ArrayList<>();
    for (Node node : named(root, Kind.ENTITY.key())) {
      if (!check.object(Language.ENTITY, node)) {
        continue;
      }
      List<Column> keys = columns(node.must("keys"));
      if (keys.isEmpty()) {
        problems.add(
            node.must("keys").origin(),
            "entity `%s` has no key".formatted(node.name()),
            "name its key columns with their types: keys { customer_id = bigint }");
      }
      entities.add(new Entity(node.name(), keys, about(node), node.keyOrigin()));
    }
    return entities;
  }

  /** The objects directly under a top-level key whose names are well-formed. */
  private List<Node> named(Node root, String key) {
    Node group = root.get(key);
    if (group == null) {
      return List.of();
    }
    if (!group.isObject()) {
      problems.add(
          group.origin(), "`%s` must be an object of named definitions".formatted(key), null);
      return List.of();
    }
    List<Node> named = new ArrayList<>();
    for (Node node : group.fields()) {
      if (Scalar.NAME.read(node.name()).isPresent()) {
        named.add(node);
      } else {
        problems.add(
            node.keyOrigin(),
            "`%s` must be %s".formatted(node.name(), Scalar.NAME.expected()),
            null);
      }
    }
    return named;
  }

  private <T> List<T> resources(
      Node root, Kind kind, BiFunction<ResourceName, Node, @Nullable T> read) {
    Shape shape = Language.RESOURCES.get(kind);
    List<T> found = new ArrayList<>();
    for (Node name : named(root, kind.key())) {
      if (!name.isObject()) {
        problems.add(
            name.origin(),
            "`%s.%s` must be an object of variants".formatted(kind.key(), name.name()),
            "write %s.%s.v1 { ... }".formatted(kind.key(), name.name()));
        continue;
      }
      for (Node variant : name.fields()) {
        if (Scalar.NAME.read(variant.name()).isEmpty()) {
          problems.add(
              variant.keyOrigin(),
              "`%s` must be %s".formatted(variant.name(), Scalar.NAME.expected()),
              null);
        } else if (shape != null && shape.key(variant.name()).isPresent()) {
          // `sources.payments { table = ... }`: the variant was forgotten.
          problems.add(
              name.keyOrigin(),
              "`%s.%s` has no variant".formatted(kind.key(), name.name()),
              "write %s.%s.v1 { ... }".formatted(kind.key(), name.name()));
          break;
        } else if (shape != null && check.object(shape, variant)) {
          T resource = read.apply(new ResourceName(kind, name.name(), variant.name()), variant);
          if (resource != null) {
            found.add(resource);
          }
        }
      }
    }
    return found;
  }

  private @Nullable Source source(ResourceName ref, Node node) {
    List<Node> places =
        Stream.of("table", "path", "sql").map(node::get).filter(found -> found != null).toList();
    if (places.size() != 1) {
      problems.add(
          places.isEmpty() ? node.keyOrigin() : places.get(1).keyOrigin(),
          "a source has one of `table`, `path` and `sql`",
          null);
      return null;
    }
    TimeRules time = time(node);
    Location location = location(node, places.get(0));
    return location == null || time == null
        ? null
        : new Source(ref, location, time, about(node), node.keyOrigin());
  }

  private @Nullable Location location(Node node, Node place) {
    Node format = node.get("format");
    Node schema = node.get("schema");
    Node options = node.get("options");
    if (!place.name().equals("path")) {
      for (Node stray :
          Stream.of(format, schema, options).filter(found -> found != null).toList()) {
        problems.add(
            stray.keyOrigin(),
            "`%s` goes with `path`, not with `%s`".formatted(stray.name(), place.name()),
            null);
      }
      return place.name().equals("table")
          ? new Location.Table(place.text(), place.origin())
          : new Location.Query(place.sql());
    }
    if (format == null) {
      problems.add(
          place.keyOrigin(),
          "a path needs `format`",
          "one of "
              + String.join(
                  ", ",
                  Arrays.stream(Location.Format.values())
                      .map(known -> known.name().toLowerCase(Locale.ROOT))
                      .toList()));
      return null;
    }
    Location.Format known = Location.Format.valueOf(format.text().toUpperCase(Locale.ROOT));
    boolean text = known == Location.Format.CSV || known == Location.Format.JSON;
    if (text && schema == null) {
      problems.add(
          format.keyOrigin(),
          "a %s source declares its columns".formatted(format.text()),
          "add schema { column = type, ... }");
      return null;
    }
    if (!text && schema != null) {
      problems.add(
          schema.keyOrigin(),
          "`schema` is for csv and json; %s knows its columns".formatted(format.text()),
          "leave it out");
      return null;
    }
    return new Location.Files(
        place.text(),
        known,
        schema == null ? List.of() : columns(schema),
        options == null ? Map.of() : texts(options),
        place.origin(),
        format.origin());
  }

  private @Nullable TimeRules time(Node node) {
    Node isStatic = node.get("static");
    boolean still = isStatic != null && isStatic.read(Scalar.BOOLEAN, Boolean.class);
    if (still) {
      boolean right = true;
      for (String key :
          List.of("event-time", "available-at", "delay", "tie-break", "deleted-when", "row-key")) {
        Node stray = node.get(key);
        if (stray != null) {
          problems.add(
              stray.keyOrigin(),
              "a static source has no `%s`".formatted(key),
              "leave out `static = true`, or this");
          right = false;
        }
      }
      if (!right) {
        return null;
      }
    } else if (node.get("event-time") == null) {
      problems.add(
          node.keyOrigin(),
          "`event-time` is missing",
          "name the column that tells when the fact happened, or write static = true");
      return null;
    }
    Node zone = node.get("time-zone");
    return new TimeRules(
        still,
        sql(node, "event-time"),
        sql(node, "available-at"),
        span(node, "delay"),
        zone == null ? null : zone.named(),
        names(node, "tie-break"),
        sql(node, "deleted-when"),
        names(node, "row-key"));
  }

  private @Nullable Transformation transformation(ResourceName ref, Node node) {
    Node sql = node.get("sql");
    Node javaClass = node.get("class");
    TimeRules time = time(node);
    if ((sql == null) == (javaClass == null)) {
      problems.add(
          javaClass == null ? node.keyOrigin() : javaClass.keyOrigin(),
          "a transformation has one of `sql` and `class`",
          null);
      return null;
    }
    if (time == null) {
      return null;
    }
    List<Transformation.Input> inputs =
        node.must("inputs").fields().stream()
            .map(
                input ->
                    new Transformation.Input(input.name(), reference(input), input.keyOrigin()))
            .toList();
    if (inputs.isEmpty()) {
      problems.add(
          node.must("inputs").origin(),
          "a transformation reads something",
          "inputs { orders = sources.orders.v1 }");
      return null;
    }
    Body body =
        sql != null
            ? new Body.Query(sql.sql())
            : new Body.JavaClass(node.must("class").text(), node.must("class").origin());
    return new Transformation(ref, inputs, body, time, about(node), node.keyOrigin());
  }

  private @Nullable FeatureView view(ResourceName ref, Node node) {
    List<Reference> sources = oneOrMore(node, "source", "sources", DefinitionsReader::reference);
    Node ignoreNulls = node.get("ignore-nulls");
    boolean ignore = ignoreNulls != null && ignoreNulls.read(Scalar.BOOLEAN, Boolean.class);
    List<Feature> features = new ArrayList<>();
    for (Node feature : node.must("features").fields()) {
      Feature read = feature(feature, ignore);
      if (read != null) {
        features.add(read);
      }
    }
    if (node.must("features").fields().isEmpty()) {
      problems.add(
          node.must("features").origin(),
          "a feature view has features",
          "features { last_amount { value = amount } }");
    }
    if (sources.isEmpty()) {
      return null;
    }
    Node asOf = node.get("as-of");
    Node materialize = node.get("materialize");
    Node useMaterialized = node.get("use-materialized");
    return new FeatureView(
        ref,
        node.must("entity").named(),
        sources,
        keys(node),
        sql(node, "where"),
        span(node, "ttl"),
        asOf != null && asOf.text().equals("exclusive"),
        features,
        derived(node),
        materialize == null
            ? null
            : new Materialize(
                materialize.must("every").span(),
                materialize.must("start").read(Scalar.INSTANT, java.time.Instant.class),
                materialize.keyOrigin()),
        useMaterialized != null && useMaterialized.read(Scalar.BOOLEAN, Boolean.class)
            ? useMaterialized.keyOrigin()
            : null,
        about(node),
        node.keyOrigin());
  }

  private @Nullable Feature feature(Node node, boolean ignoreNulls) {
    Node value = node.get("value");
    Node aggregate = node.get("aggregate");
    if ((value == null) == (aggregate == null)) {
      problems.add(
          aggregate == null ? node.keyOrigin() : aggregate.keyOrigin(),
          "feature `%s` has one of `value` and `aggregate`".formatted(node.name()),
          null);
      return null;
    }
    return value != null ? latest(node, value, ignoreNulls) : windowed(node);
  }

  private @Nullable Feature latest(Node node, Node value, boolean ignoreNulls) {
    if (strays(node, "goes with `aggregate`, not with `value`", "windows", "by", "when-empty")) {
      return null;
    }
    Node own = node.get("ignore-nulls");
    return new Feature.Latest(
        node.name(),
        value.sql(),
        sql(node, "where"),
        own == null ? ignoreNulls : own.read(Scalar.BOOLEAN, Boolean.class),
        node.keyOrigin());
  }

  private @Nullable Feature windowed(Node node) {
    if (strays(node, "goes with `value`, not with `aggregate`", "ignore-nulls")) {
      return null;
    }
    Node windows = node.get("windows");
    if (windows == null || windows.elements().isEmpty()) {
      problems.add(
          node.keyOrigin(),
          "feature `%s` needs `windows`".formatted(node.name()),
          "such as windows = [1d, 7d], or [unbounded]");
      return null;
    }
    Node whenEmpty = node.get("when-empty");
    if (whenEmpty != null && node.get("by") != null) {
      problems.add(
          whenEmpty.keyOrigin(),
          "`when-empty` does not go with `by`",
          "a map over no rows is an empty map");
      return null;
    }
    List<Window> read = new ArrayList<>();
    List<String> seen = new ArrayList<>();
    for (Node window : windows.elements()) {
      Span length = window.text().equals("unbounded") ? null : window.span();
      Window one = new Window(length, window.origin());
      if (seen.contains(one.suffix())) {
        problems.add(window.origin(), "the window `%s` twice".formatted(one.suffix()), null);
      }
      seen.add(one.suffix());
      read.add(one);
    }
    return new Feature.Windowed(
        node.name(),
        node.must("aggregate").sql(),
        read,
        sql(node, "where"),
        sql(node, "by"),
        sql(node, "when-empty"),
        node.keyOrigin());
  }

  private @Nullable Label label(ResourceName ref, Node node) {
    List<Named> entities = oneOrMore(node, "entity", "entities", Node::named);
    Node value = node.get("value");
    Node aggregate = node.get("aggregate");
    Node horizon = node.get("horizon");
    Label.Target target = null;
    if (value != null && aggregate == null && horizon == null) {
      target = new Label.OfRow(value.sql());
    } else if (value == null && aggregate != null && horizon != null) {
      target = new Label.OverHorizon(aggregate.sql(), horizon.span());
    } else {
      problems.add(
          node.keyOrigin(),
          "a label has either `value`, or `aggregate` and `horizon`",
          "such as value = is_fraud, or aggregate = \"count(*) = 0\", horizon = 30d");
    }
    return target == null || entities.isEmpty()
        ? null
        : new Label(
            ref,
            entities,
            reference(node.must("source")),
            keys(node),
            sql(node, "where"),
            target,
            names(node, "keep"),
            about(node),
            node.keyOrigin());
  }

  private @Nullable TrainingSet trainingSet(ResourceName ref, Node node) {
    Node label = node.get("label");
    Node spineNode = node.get("spine");
    if (label == null && spineNode == null) {
      problems.add(
          node.keyOrigin(), "a training set has a `label` or a `spine`, which give its rows", null);
      return null;
    }
    Spine spine = spineNode == null ? null : spine(spineNode);
    List<Selection> features = new ArrayList<>();
    for (Node selection : node.must("features").elements()) {
      Selection read = selection(selection);
      if (read != null) {
        features.add(read);
      }
    }
    Node split = node.get("split");
    Node gates = node.get("gates");
    if (label == null && spine == null) {
      return null;
    }
    return new TrainingSet(
        ref,
        label == null ? null : reference(label),
        spine,
        features,
        derived(node),
        split == null ? null : split(split),
        gates == null ? List.of() : gates.fields().stream().map(DefinitionsReader::gate).toList(),
        about(node),
        node.keyOrigin());
  }

  private @Nullable Spine spine(Node node) {
    List<Named> entities = oneOrMore(node, "entity", "entities", Node::named);
    return entities.isEmpty()
        ? null
        : new Spine(
            reference(node.must("source")),
            entities,
            keys(node),
            sql(node, "where"),
            names(node, "keep"),
            node.keyOrigin());
  }

  private @Nullable Selection selection(Node node) {
    if (node.isScalar()) {
      return selection(node, node, null, null, List.of(), null);
    }
    Node feature = node.get("feature");
    Node view = node.get("view");
    if ((feature == null) == (view == null)) {
      problems.add(
          node.origin(),
          "a selection has one of `feature` and `view`",
          "such as { feature = customer_spend.v1.last_amount, lag = 1d, as = last_amount_yesterday }");
      return null;
    }
    Node what = feature == null ? node.must("view") : feature;
    if (view != null && view.text().split("\\.", -1).length != 2) {
      problems.add(
          view.origin(),
          "`view` names a view such as customer_spend.v1, rather than `%s`".formatted(view.text()),
          "for one feature write feature = " + view.text());
      return null;
    }
    Node as = node.get("as");
    Node prefix = node.get("prefix");
    if (as != null && prefix != null) {
      problems.add(prefix.keyOrigin(), "`as` and `prefix` don't go together", null);
      return null;
    }
    return selection(
        node,
        what,
        span(node, "lag"),
        as == null ? null : as.named(),
        keys(node),
        prefix == null ? null : prefix.named());
  }

  private static Selection selection(
      Node node,
      Node what,
      @Nullable Span lag,
      @Nullable Named as,
      List<KeyMapping> keys,
      @Nullable Named prefix) {
    List<String> parts = List.of(what.text().split("\\.", -1));
    Origin origin = what.origin();
    ResourceName view = new ResourceName(Kind.FEATURE_VIEW, parts.get(0), parts.get(1));
    Named feature = parts.size() == 2 ? null : new Named(parts.get(2), origin);
    return new Selection(
        new Reference(view, origin), feature, lag, as, keys, prefix, node.origin());
  }

  private @Nullable Split split(Node node) {
    String by = node.must("by").text();
    return by.equals("time") ? splitByTime(node) : splitByShare(node, by.equals("entity"));
  }

  private @Nullable Split splitByTime(Node node) {
    if (strays(node, "does not go with by = time", "entity", "validation", "test", "seed")) {
      return null;
    }
    Node validation = node.get("validation-from");
    Node test = node.get("test-from");
    if (validation == null && test == null) {
      problems.add(
          node.keyOrigin(), "a split by time needs `validation-from` or `test-from`", null);
      return null;
    }
    java.time.Instant validationFrom = instant(validation);
    java.time.Instant testFrom = instant(test);
    if (validationFrom != null && testFrom != null && !validationFrom.isBefore(testFrom)) {
      problems.add(
          node.must("test-from").origin(),
          "`test-from` must be later than `validation-from`",
          null);
      return null;
    }
    return new Split.ByTime(validationFrom, testFrom, span(node, "embargo"), node.keyOrigin());
  }

  private @Nullable Split splitByShare(Node node, boolean entity) {
    String by = entity ? "entity" : "random";
    if (strays(node, "does not go with by = " + by, "validation-from", "test-from", "embargo")) {
      return null;
    }
    Node which = node.get("entity");
    if (which != null && !entity) {
      problems.add(which.keyOrigin(), "`entity` does not go with by = random", null);
      return null;
    }
    double validation = share(node, "validation");
    double test = share(node, "test");
    if (validation + test > 1 || validation + test <= 0) {
      problems.add(
          node.keyOrigin(),
          "the shares `validation` and `test` must be more than 0 and at most 1 together",
          "such as validation = 0.1, test = 0.1");
      return null;
    }
    Node seed = node.get("seed");
    long seeded = seed == null ? 0 : seed.read(Scalar.INTEGER, Long.class);
    return entity
        ? new Split.ByEntity(
            which == null ? null : which.named(), validation, test, seeded, node.keyOrigin())
        : new Split.ByRandom(validation, test, seeded, node.keyOrigin());
  }

  private double share(Node node, String key) {
    Node share = node.get(key);
    if (share == null) {
      return 0;
    }
    double read = share.read(Scalar.NUMBER, Double.class);
    if (read < 0 || read > 1) {
      problems.add(
          share.origin(),
          "`%s` must be a share from 0 to 1, rather than `%s`".formatted(key, share.text()),
          null);
    }
    return read;
  }

  private static Gate gate(Node node) {
    Node nulls = node.get("nulls");
    return new Gate(
        node.name().equals("rows") ? null : node.name(),
        number(node.get("min")),
        number(node.get("max")),
        nulls == null ? null : number(nulls.get("max")),
        node.keyOrigin());
  }

  private Model model(ResourceName ref, Node node) {
    return new Model(ref, reference(node.must("training-set")), about(node), node.keyOrigin());
  }

  private List<DefinitionTest> tests(Node root) {
    Node group = root.get(Language.TESTS);
    if (group == null) {
      return List.of();
    }
    if (!group.isObject()) {
      problems.add(group.origin(), "`tests` must be an object of named tests", null);
      return List.of();
    }
    List<DefinitionTest> tests = new ArrayList<>();
    for (Node node : group.fields()) {
      if (check.object(Language.TEST, node)) {
        tests.add(
            new DefinitionTest(
                node.name(),
                reference(node.must("of")),
                rows(node.must("given")),
                rows(node.must("expect")),
                node.keyOrigin()));
      }
    }
    return tests;
  }

  private static List<Map<String, @Nullable Object>> rows(Node node) {
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (Node row : node.elements()) {
      Map<String, @Nullable Object> cells = new LinkedHashMap<>();
      row.fields().forEach(cell -> cells.put(cell.name(), cell.plain()));
      rows.add(Collections.unmodifiableMap(cells));
    }
    return rows;
  }

  /**
   * The value of the singular key, or the elements of the plural one; exactly one of the two must
   * be there.
   */
  private <T> List<T> oneOrMore(
      Node node, String one, String more, java.util.function.Function<Node, T> read) {
    Node single = node.get(one);
    Node several = node.get(more);
    if ((single == null) == (several == null)) {
      problems.add(
          several == null ? node.keyOrigin() : several.keyOrigin(),
          "write one of `%s` and `%s`".formatted(one, more),
          null);
      return List.of();
    }
    if (single != null) {
      return List.of(read.apply(single));
    }
    List<T> all = node.must(more).elements().stream().map(read).toList();
    if (all.isEmpty()) {
      problems.add(node.must(more).origin(), "`%s` is empty".formatted(more), null);
    }
    return all;
  }

  private boolean strays(Node node, String why, String... keys) {
    boolean any = false;
    for (String key : keys) {
      Node stray = node.get(key);
      if (stray != null) {
        problems.add(stray.keyOrigin(), "`%s` %s".formatted(key, why), null);
        any = true;
      }
    }
    return any;
  }

  private static Reference reference(Node node) {
    List<String> parts = List.of(node.text().split("\\.", -1));
    Kind kind =
        Arrays.stream(Kind.values())
            .filter(known -> known.key().equals(parts.get(0)))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("not checked: " + node.text()));
    return new Reference(new ResourceName(kind, parts.get(1), parts.get(2)), node.origin());
  }

  private static List<KeyMapping> keys(Node node) {
    Node keys = node.get("keys");
    return keys == null
        ? List.of()
        : keys.fields().stream()
            .map(key -> new KeyMapping(key.name(), key.named(), key.keyOrigin()))
            .toList();
  }

  private static List<Derived> derived(Node node) {
    Node derived = node.get("derived");
    return derived == null
        ? List.of()
        : derived.fields().stream()
            .map(field -> new Derived(field.name(), field.sql(), field.keyOrigin()))
            .toList();
  }

  private static List<Column> columns(Node node) {
    return node.fields().stream()
        .map(column -> new Column(column.name(), column.text(), column.keyOrigin()))
        .toList();
  }

  private static About about(Node node) {
    Node owner = node.get("owner");
    Node description = node.get("description");
    Node tags = node.get("tags");
    Node properties = node.get("properties");
    return new About(
        owner == null ? null : owner.text(),
        description == null ? null : description.text(),
        tags == null ? List.of() : tags.elements().stream().map(Node::text).toList(),
        properties == null ? Map.of() : texts(properties));
  }

  static Map<String, String> texts(Node node) {
    Map<String, String> texts = new LinkedHashMap<>();
    node.fields().forEach(field -> texts.put(field.name(), field.text()));
    return texts;
  }

  private static List<Named> names(Node node, String key) {
    Node names = node.get(key);
    return names == null ? List.of() : names.elements().stream().map(Node::named).toList();
  }

  private static @Nullable Sql sql(Node node, String key) {
    Node sql = node.get(key);
    return sql == null ? null : sql.sql();
  }

  private static @Nullable Span span(Node node, String key) {
    Node span = node.get(key);
    return span == null ? null : span.span();
  }

  private static java.time.@Nullable Instant instant(@Nullable Node node) {
    return node == null ? null : node.read(Scalar.INSTANT, java.time.Instant.class);
  }

  private static @Nullable Double number(@Nullable Node node) {
    return node == null ? null : node.read(Scalar.NUMBER, Double.class);
  }
}
