package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The definition language: every key of every kind of resource. Reading, the errors, the JSON
 * Schema for editors and the language reference all come from here.
 */
final class Language {
  private Language() {}

  private static final ValueType TEXT = of(Scalar.TEXT);
  private static final ValueType SQL = of(Scalar.SQL);
  private static final ValueType COLUMN = of(Scalar.COLUMN);
  private static final ValueType NAME = of(Scalar.NAME);
  private static final ValueType BOOLEAN = of(Scalar.BOOLEAN);
  private static final ValueType DURATION = of(Scalar.DURATION);
  private static final ValueType NUMBER = of(Scalar.NUMBER);
  private static final ValueType COLUMNS = list(COLUMN);
  private static final ValueType KEYS = map(Scalar.COLUMN, COLUMN);
  private static final ValueType EVENTS = ref(Kind.SOURCE, Kind.TRANSFORMATION);

  private static final List<Shape.Key> ABOUT =
      List.of(
          may("owner", TEXT, "The person or team that answers for it."),
          may("description", TEXT, "What it is, for people."),
          may("tags", list(TEXT), "Words to find it by, and for access rules."),
          may("properties", map(Scalar.TEXT, TEXT), "Anything else worth keeping with it."));

  private static final List<Shape.Key> TIME =
      List.of(
          may(
              "event-time",
              SQL,
              "Column or expression: when the fact happened. Required, unless static = true."),
          may(
              "available-at",
              SQL,
              "Column or expression: the row is used at no instant before it."),
          may("delay", DURATION, "The row becomes visible at event time + delay."),
          may(
              "time-zone",
              of(Scalar.TIME_ZONE),
              "The zone of event and available times that are text, dates or timestamps without one."),
          may(
              "tie-break",
              COLUMNS,
              "At equal event time the row with the greatest of these columns wins."),
          may("deleted-when", SQL, "Condition: such a row ends its key's value."),
          may(
              "row-key",
              COLUMNS,
              "A later row (by available time) with the same of these columns replaces the earlier one."),
          may(
              "static",
              BOOLEAN,
              "true: a plain dimension table without event time, not point-in-time."));

  static final Shape ENTITY =
      shape(
          "entity",
          List.of(
              must("keys", map(Scalar.NAME, of(Scalar.TYPE)), "Its key columns with their types.")),
          ABOUT);

  static final Shape SOURCE =
      shape(
          "source",
          List.of(
              may("table", TEXT, "A table of a configured catalog."),
              may(
                  "path",
                  TEXT,
                  "Files, or a Delta or Iceberg table, at a path relative to the project."),
              may(
                  "format",
                  new ValueType.Choice(
                      Arrays.stream(Location.Format.values())
                          .map(format -> format.name().toLowerCase(java.util.Locale.ROOT))
                          .toList()),
                  "What is at the path."),
              may(
                  "schema",
                  map(Scalar.TEXT, of(Scalar.TYPE)),
                  "The columns of a csv or json file with their types."),
              may("options", map(Scalar.TEXT, TEXT), "Options of Spark's reader."),
              may("sql", SQL, "A query over tables of configured catalogs.")),
          TIME,
          ABOUT);

  static final Shape TRANSFORMATION =
      shape(
          "transformation",
          List.of(
              must(
                  "inputs",
                  map(Scalar.NAME, EVENTS),
                  "What it reads, under the names its SQL uses."),
              may("sql", SQL, "The query."),
              may("class", TEXT, "Instead of sql: a Java class on the job's class path.")),
          TIME,
          ABOUT);

  private static final Shape FEATURE =
      shape(
          "feature",
          List.of(
              may("value", SQL, "Latest value: a row-level expression."),
              may("ignore-nulls", BOOLEAN, "true: a row whose value is null is passed over."),
              may("aggregate", SQL, "An expression of Spark aggregates."),
              may(
                  "windows",
                  list(of(Scalar.WINDOW)),
                  "What the aggregate covers: one column a window."),
              may("where", SQL, "Only rows for which it is true."),
              may("by", SQL, "The column is a map from this to the aggregate."),
              may(
                  "when-empty",
                  SQL,
                  "A literal in place of the aggregate where the window has no row.")));

  private static final Shape MATERIALIZE =
      shape(
          "materialize",
          List.of(
              must("every", DURATION, "The distance of two ticks."),
              must("start", of(Scalar.INSTANT), "The first tick.")));

  static final Shape FEATURE_VIEW =
      shape(
          "feature view",
          List.of(
              must("entity", NAME, "What its features describe."),
              may("source", EVENTS, "What it reads."),
              may("sources", list(EVENTS), "Instead of source: a union, by column name and type."),
              may("keys", KEYS, "Entity key = source column, where the names differ."),
              may("where", SQL, "Only rows for which it is true."),
              may("ttl", DURATION, "How old a latest value may be."),
              may(
                  "as-of",
                  new ValueType.Choice(List.of("inclusive", "exclusive")),
                  "exclusive: only events before T, not at T."),
              may(
                  "ignore-nulls",
                  BOOLEAN,
                  "true: for all its latest values, unless one says otherwise."),
              must("features", map(Scalar.NAME, new ValueType.ObjectOf(FEATURE)), "Its features."),
              may("derived", map(Scalar.NAME, SQL), "Row-level expressions over its features."),
              may(
                  "materialize",
                  new ValueType.ObjectOf(MATERIALIZE),
                  "When its values are written."),
              may("use-materialized", BOOLEAN, "true: training sets read its offline table.")),
          ABOUT);

  static final Shape LABEL =
      shape(
          "label",
          List.of(
              may("entity", NAME, "What it is a label of."),
              may("entities", list(NAME), "Instead of entity: several."),
              must("source", EVENTS, "Its rows give keys, time and value."),
              may("keys", KEYS, "Entity key = source column, where the names differ."),
              may("where", SQL, "Only rows for which it is true."),
              may("value", SQL, "The label: a row-level expression."),
              may("aggregate", SQL, "Instead of value: an aggregate over (T, T + horizon]."),
              may("horizon", DURATION, "How far an aggregate looks ahead."),
              may("keep", COLUMNS, "Columns of the source that a training set keeps.")),
          ABOUT);

  private static final Shape SPINE =
      shape(
          "spine",
          List.of(
              must("source", EVENTS, "Its rows are the training set's."),
              may("entity", NAME, "What its rows are of."),
              may("entities", list(NAME), "Instead of entity: several."),
              may("keys", KEYS, "Entity key = source column, where the names differ."),
              may("where", SQL, "Only rows for which it is true."),
              may("keep", COLUMNS, "Columns that the training set keeps.")));

  private static final Shape SELECTION =
      shape(
          "selection",
          List.of(
              may("feature", of(Scalar.FEATURE), "One feature, or a view."),
              may("view", of(Scalar.FEATURE), "A whole view."),
              may("lag", DURATION, "Taken as of T - lag."),
              may("as", NAME, "Its name in the training set."),
              may("keys", KEYS, "Entity key = spine column, for another role of the entity."),
              may("prefix", NAME, "Put before the names, with an underscore.")));

  private static final Shape SPLIT =
      shape(
          "split",
          List.of(
              must(
                  "by", new ValueType.Choice(List.of("time", "entity", "random")), "What decides."),
              may("validation-from", of(Scalar.INSTANT), "by time: where validation begins."),
              may("test-from", of(Scalar.INSTANT), "by time: where test begins."),
              may(
                  "embargo",
                  DURATION,
                  "by time: rows this close before a boundary are left out of both sides."),
              may("entity", NAME, "by entity: which one, where there are several."),
              may("validation", NUMBER, "by entity or random: the share of validation, 0 to 1."),
              may("test", NUMBER, "by entity or random: the share of test, 0 to 1."),
              may(
                  "seed",
                  of(Scalar.INTEGER),
                  "by entity or random: another seed, another division.")));

  private static final Shape NULLS =
      shape("nulls", List.of(must("max", NUMBER, "The greatest share of nulls, 0 to 1.")));

  private static final Shape GATE =
      shape(
          "gate",
          List.of(
              may("min", NUMBER, "The least value, or number of rows."),
              may("max", NUMBER, "The greatest value, or number of rows."),
              may("nulls", new ValueType.ObjectOf(NULLS), "How many nulls there may be.")));

  static final Shape TRAINING_SET =
      shape(
          "training set",
          List.of(
              may("label", ref(Kind.LABEL), "What is predicted; its rows are the spine."),
              may(
                  "spine",
                  new ValueType.ObjectOf(SPINE),
                  "The rows, where they are not the label's."),
              must(
                  "features",
                  list(new ValueType.Either(of(Scalar.FEATURE), new ValueType.ObjectOf(SELECTION))),
                  "Views and features, in the order of the columns."),
              may(
                  "derived",
                  map(Scalar.NAME, SQL),
                  "Row-level expressions over kept columns and features."),
              may("split", new ValueType.ObjectOf(SPLIT), "How rows are divided."),
              may(
                  "gates",
                  map(Scalar.TEXT, new ValueType.ObjectOf(GATE)),
                  "What a build must pass: `rows`, or a column.")),
          ABOUT);

  static final Shape MODEL =
      shape(
          "model",
          List.of(must("training-set", ref(Kind.TRAINING_SET), "What it is trained on.")),
          ABOUT);

  static final Shape TEST =
      shape(
          "test",
          List.of(
              must("of", ref(Kind.FEATURE_VIEW, Kind.TRAINING_SET), "What is tested."),
              must("given", list(map(Scalar.TEXT, new ValueType.Anything())), "Source rows."),
              must(
                  "expect",
                  list(map(Scalar.TEXT, new ValueType.Anything())),
                  "Keys, as-of and expected features.")));

  private static final Shape PROVIDER =
      shape(
          "provider",
          List.of(
              must(
                  "format",
                  new ValueType.Choice(List.of("iceberg", "delta")),
                  "What its tables are."),
              may(
                  "catalog",
                  NAME,
                  "The Spark catalog of its tables; default the provider's name, for Delta `spark_catalog`."),
              must(
                  "warehouse",
                  TEXT,
                  "Where its tables are: a path relative to the project, or a URI."),
              may("database", NAME, "The namespace of its tables; default `features`."),
              may("options", map(Scalar.TEXT, TEXT), "Further properties of its catalog.")));

  static final Shape ENVIRONMENT =
      shape(
          "environment",
          List.of(
              may(
                  "providers",
                  map(Scalar.NAME, new ValueType.ObjectOf(PROVIDER)),
                  "Where tables are written."),
              may(
                  "write-to",
                  list(NAME),
                  "The providers that get every table; default all, in the order written."),
              may("registry", NAME, "The provider of the registry; default the first."),
              may("spark", new ValueType.Anything(), "Spark settings.")));

  /** The resources with a name and a variant, by top-level key. */
  static final Map<Kind, Shape> RESOURCES =
      ordered(
          Map.entry(Kind.SOURCE, SOURCE),
          Map.entry(Kind.TRANSFORMATION, TRANSFORMATION),
          Map.entry(Kind.FEATURE_VIEW, FEATURE_VIEW),
          Map.entry(Kind.LABEL, LABEL),
          Map.entry(Kind.TRAINING_SET, TRAINING_SET),
          Map.entry(Kind.MODEL, MODEL));

  /** The top-level key of tests. */
  static final String TESTS = "tests";

  /** The keys at the top of a definition file. */
  static List<String> topLevel() {
    List<String> keys = new ArrayList<>(Arrays.stream(Kind.values()).map(Kind::key).toList());
    keys.add(TESTS);
    return keys;
  }

  private static ValueType of(Scalar scalar) {
    return new ValueType.Of(scalar);
  }

  private static ValueType list(ValueType element) {
    return new ValueType.ListOf(element);
  }

  private static ValueType map(Scalar key, ValueType value) {
    return new ValueType.MapOf(key, value);
  }

  private static ValueType ref(Kind... kinds) {
    return new ValueType.Ref(List.of(kinds));
  }

  private static Shape.Key must(String name, ValueType type, String says) {
    return new Shape.Key(name, type, true, says);
  }

  private static Shape.Key may(String name, ValueType type, String says) {
    return new Shape.Key(name, type, false, says);
  }

  @SafeVarargs
  private static Shape shape(String title, List<Shape.Key>... groups) {
    List<Shape.Key> keys = new ArrayList<>();
    for (List<Shape.Key> group : groups) {
      keys.addAll(group);
    }
    return new Shape(title, List.copyOf(keys));
  }

  @SafeVarargs
  private static <K, V> Map<K, V> ordered(Map.Entry<K, V>... entries) {
    Map<K, V> map = new LinkedHashMap<>();
    for (Map.Entry<K, V> entry : entries) {
      map.put(entry.getKey(), entry.getValue());
    }
    return java.util.Collections.unmodifiableMap(map);
  }
}
