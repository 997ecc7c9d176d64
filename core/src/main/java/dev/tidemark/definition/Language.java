package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

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
  private static final ValueType SETTINGS = new ValueType.Settings();
  private static final ValueType EVENTS = ref(Kind.SOURCE, Kind.TRANSFORMATION);

  private static final List<Shape.Key> ABOUT =
      List.of(
          may("owner", TEXT, "The person or team that answers for it."),
          may("description", TEXT, "What it is, for people."),
          may("tags", list(TEXT), "Words to find it by, and for access rules."),
          may("properties", SETTINGS, "Anything else worth keeping with it."));

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

  private static final Shape NOTE =
      shape(
          "column",
          List.of(
              may("description", TEXT, "What it is, for people."),
              may("tags", list(TEXT), "Words to find it by, and for access rules.")),
          rules());

  private static final ValueType NOTES = map(Scalar.COLUMN, new ValueType.ObjectOf(NOTE));

  private static final Shape.Rule EVENT_TIME =
      new Shape.AnyOf(
          List.of("event-time", "static"),
          "name the column that tells when the fact happened, or write static = true");

  private static final Shape.Rule ENTITIES =
      new Shape.OneOf(List.of("entity", "entities"), "such as entity = customer");

  static final Shape ENTITY =
      shape(
          "entity",
          List.of(
              must(
                  "keys",
                  some(map(Scalar.NAME, of(Scalar.TYPE))),
                  "Its key columns with their types.")),
          rules(),
          ABOUT);

  private static final Shape READY_ROWS =
      shape(
          "row count",
          List.of(
              must("min", of(Scalar.INTEGER), "At least so many."),
              may(
                  "within",
                  DURATION,
                  "With an event time in [T - within, T); without it, all before T.")),
          rules());

  private static final Shape READY =
      shape(
          "ready rule",
          List.of(
              may(
                  "partition",
                  TEXT,
                  "The folder of the last instant before T is there, with a file in it: such as \"day={date}\"."),
              may(
                  "success-file",
                  TEXT,
                  "This file is there, relative to the path: such as \"day={date}/_SUCCESS\"."),
              may("rows", new ValueType.ObjectOf(READY_ROWS), "There are so many rows."),
              may(
                  "watermark",
                  SQL,
                  "`event-time`, `available-at` or an expression: the greatest is at or after T."),
              may("late", DURATION, "The watermark need only be at or after T - late.")),
          rules(
              new Shape.AnyOf(
                  List.of("partition", "success-file", "rows", "watermark"),
                  "such as watermark = event-time"),
              new Shape.Needs("late", "watermark", "it says how far a watermark may be behind")));

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
                  new ValueType.Choice(words(Location.Format.values())),
                  "What is at the path."),
              may(
                  "schema",
                  some(map(Scalar.COLUMN, of(Scalar.TYPE))),
                  "The columns of a csv or json file with their types."),
              may("options", SETTINGS, "Options of Spark's reader."),
              may("sql", SQL, "A query over tables of configured catalogs."),
              may(
                  "ready",
                  new ValueType.ObjectOf(READY),
                  "When it holds all that belongs before an instant T."),
              may("columns", NOTES, "What is to be said of its columns.")),
          rules(
              new Shape.OneOf(List.of("table", "path", "sql"), "such as table = raw.payments"),
              new Shape.Needs(
                  "path", "format", "one of " + String.join(", ", words(Location.Format.values()))),
              new Shape.Needs("format", "path", "a table or query knows its format"),
              new Shape.Needs("schema", "path", "a table or query knows its columns"),
              new Shape.Needs("options", "path", "they are options of Spark's file reader"),
              EVENT_TIME),
          TIME,
          ABOUT);

  static final Shape TRANSFORMATION =
      shape(
          "transformation",
          List.of(
              must(
                  "inputs",
                  some(map(Scalar.NAME, EVENTS)),
                  "What it reads, under the names its SQL uses."),
              may("sql", SQL, "The query."),
              may("class", TEXT, "Instead of sql: a Java class on the job's class path."),
              may("columns", NOTES, "What is to be said of its columns.")),
          rules(
              new Shape.OneOf(List.of("sql", "class"), "such as sql = \"SELECT ... FROM orders\""),
              EVENT_TIME),
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
                  some(list(of(Scalar.WINDOW))),
                  "What the aggregate covers: one column a window."),
              may("where", SQL, "Only rows for which it is true."),
              may("by", SQL, "The column is a map from this to the aggregate."),
              may(
                  "when-empty",
                  SQL,
                  "A literal in place of the aggregate where the window has no row."),
              may("description", TEXT, "What it is, for people."),
              may("tags", list(TEXT), "Words to find it by, and for access rules.")),
          rules(
              new Shape.OneOf(
                  List.of("value", "aggregate"),
                  "such as { value = amount }, or { aggregate = \"sum(amount)\", windows = [7d] }"),
              new Shape.Needs(
                  "aggregate", "windows", "such as windows = [1d, 7d], or windows = [unbounded]"),
              new Shape.Needs("windows", "aggregate", "a latest value has no window"),
              new Shape.Needs("by", "aggregate", "it divides what is aggregated"),
              new Shape.Needs("when-empty", "aggregate", "a latest value without rows is null"),
              new Shape.Needs(
                  "ignore-nulls", "value", "Spark's aggregates say themselves what nulls do"),
              new Shape.Excludes("when-empty", "by", "a map over no rows is an empty map")));

  private static final Shape NULLS =
      shape("nulls", List.of(must("max", NUMBER, "The greatest share of nulls, 0 to 1.")), rules());

  private static final Shape CHANGE =
      shape(
          "change",
          List.of(
              may("min", NUMBER, "The least: -0.5 is half as many rows as before."),
              may("max", NUMBER, "The greatest: 1 is twice as many rows as before.")),
          rules(new Shape.AnyOf(List.of("min", "max"), "such as change { min = -0.5 }")));

  private static final Shape FRESHNESS =
      shape(
          "freshness", List.of(must("max", DURATION, "How old the newest value may be.")), rules());

  private static final Shape RATE =
      shape(
          "rate",
          List.of(
              may("min", NUMBER, "The least share, 0 to 1."),
              may("max", NUMBER, "The greatest share, 0 to 1."),
              may(
                  "each-split",
                  BOOLEAN,
                  "true: asked of train, validation and test, each by itself.")),
          rules(new Shape.AnyOf(List.of("min", "max"), "such as rate { min = 0.01, max = 0.5 }")));

  private static final Shape DRIFT =
      shape(
          "drift",
          List.of(
              must("max", NUMBER, "The greatest population stability index, 0 or more."),
              must(
                  "against",
                  TEXT,
                  "The manifest of the rows to compare with: a path relative to the project, or a URI.")),
          rules());

  private static final Shape LEAKAGE =
      shape(
          "leakage",
          List.of(
              must("max", NUMBER, "The greatest AUC of one column alone, 0.5 to 1; such as 0.99.")),
          rules());

  private static final Shape GATE =
      shape(
          "gate",
          List.of(
              may("min", NUMBER, "The least value, or number of rows."),
              may("max", NUMBER, "The greatest value, or number of rows."),
              may(
                  "change",
                  new ValueType.ObjectOf(CHANGE),
                  "Of rows: how many more than before, as a share of those before."),
              may("unique-by", some(COLUMNS), "Of rows: no two are equal in these columns."),
              may("nulls", new ValueType.ObjectOf(NULLS), "How many nulls there may be."),
              may("in", some(list(TEXT)), "The values that there may be."),
              may("unique", BOOLEAN, "true: no value twice."),
              may(
                  "freshness",
                  new ValueType.ObjectOf(FRESHNESS),
                  "Of a time: how long before the as-of time, or the tick, the newest may be."),
              may(
                  "rate",
                  new ValueType.ObjectOf(RATE),
                  "The share of values that are true, or more than 0."),
              may(
                  "drift",
                  new ValueType.ObjectOf(DRIFT),
                  "How far the values' distribution may be from that of other rows."),
              may(
                  "leakage",
                  new ValueType.ObjectOf(LEAKAGE),
                  "Of a label: how well one other column alone may rank it."),
              may(
                  "severity",
                  new ValueType.Choice(List.of("fail", "warn")),
                  "warn: rows that don't pass are committed all the same, with a warning.")),
          rules(
              new Shape.AnyOf(
                  List.of(
                      "min",
                      "max",
                      "change",
                      "unique-by",
                      "nulls",
                      "in",
                      "unique",
                      "freshness",
                      "rate",
                      "drift",
                      "leakage"),
                  "such as { min = 0, nulls { max = 0.2 } }")));

  private static final ValueType GATES = map(Scalar.TEXT, new ValueType.ObjectOf(GATE));

  private static final Shape MATERIALIZE =
      shape(
          "materialize",
          List.of(
              must("every", DURATION, "The distance of two ticks."),
              must("start", of(Scalar.INSTANT), "The first tick.")),
          rules());

  static final Shape FEATURE_VIEW =
      shape(
          "feature view",
          List.of(
              must("entity", NAME, "What its features describe."),
              may("source", EVENTS, "What it reads."),
              may(
                  "sources",
                  some(list(EVENTS)),
                  "Instead of source: a union, by column name and type."),
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
              must(
                  "features",
                  some(map(Scalar.NAME, new ValueType.ObjectOf(FEATURE))),
                  "Its features."),
              may("derived", map(Scalar.NAME, SQL), "Row-level expressions over its features."),
              may(
                  "materialize",
                  new ValueType.ObjectOf(MATERIALIZE),
                  "When its values are written."),
              may(
                  "use-materialized",
                  BOOLEAN,
                  "true: training sets read its offline table, unless they say otherwise."),
              may(
                  "gates",
                  GATES,
                  "What the rows of an interval must pass before they are committed: `rows`, or a column.")),
          rules(
              new Shape.OneOf(
                  List.of("source", "sources"), "such as source = sources.payments.v1")),
          ABOUT);

  static final Shape LABEL =
      shape(
          "label",
          List.of(
              may("entity", NAME, "What it is a label of."),
              may("entities", some(list(NAME)), "Instead of entity: several."),
              must("source", EVENTS, "Its rows give keys, time and value."),
              may("keys", KEYS, "Entity key = source column, where the names differ."),
              may("where", SQL, "Only rows for which it is true."),
              may("value", SQL, "The label: a row-level expression."),
              may("aggregate", SQL, "Instead of value: an aggregate over (T, T + horizon]."),
              may("horizon", DURATION, "How far an aggregate looks ahead."),
              may("keep", COLUMNS, "Columns of the source that a training set keeps.")),
          rules(
              ENTITIES,
              new Shape.OneOf(
                  List.of("value", "aggregate"),
                  "such as value = is_fraud, or aggregate = \"count(*) = 0\", horizon = 30d"),
              new Shape.Needs("aggregate", "horizon", "such as horizon = 30d"),
              new Shape.Needs(
                  "horizon", "aggregate", "a label that is a value of its row has no horizon")),
          ABOUT);

  private static final Shape SPINE =
      shape(
          "spine",
          List.of(
              must("source", EVENTS, "Its rows are the training set's."),
              may("entity", NAME, "What its rows are of."),
              may("entities", some(list(NAME)), "Instead of entity: several."),
              may("keys", KEYS, "Entity key = source column, where the names differ."),
              may("where", SQL, "Only rows for which it is true."),
              may("keep", COLUMNS, "Columns that the training set keeps.")),
          rules(ENTITIES));

  private static final Shape SELECTION =
      shape(
          "selection",
          List.of(
              may("feature", of(Scalar.FEATURE), "One feature, or a view."),
              may("view", of(Scalar.FEATURE), "A whole view."),
              may("lag", DURATION, "Taken as of T - lag."),
              may("as", NAME, "Its name in the training set."),
              may("keys", KEYS, "Entity key = spine column, for another role of the entity."),
              may("prefix", NAME, "Put before the names, with an underscore."),
              may(
                  "use-materialized",
                  BOOLEAN,
                  "true: the view's offline table is read, and not its source.")),
          rules(
              new Shape.OneOf(
                  List.of("feature", "view"),
                  "such as { feature = customer_spend.v1.last_amount, lag = 1d }"),
              new Shape.Excludes("prefix", "as", "`as` is the whole name already")));

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
                  "by entity or random: another seed, another division.")),
          rules());

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
                  some(
                      list(
                          new ValueType.Either(
                              of(Scalar.FEATURE), new ValueType.ObjectOf(SELECTION)))),
                  "Views and features, in the order of the columns."),
              may(
                  "derived",
                  map(Scalar.NAME, SQL),
                  "Row-level expressions over kept columns and features."),
              may(
                  "mask",
                  map(Scalar.COLUMN, SQL),
                  "What is written in place of a column, such as a hash of it."),
              may("split", new ValueType.ObjectOf(SPLIT), "How rows are divided."),
              may(
                  "gates",
                  GATES,
                  "What a build must pass before it commits: `rows`, or a column.")),
          rules(
              new Shape.AnyOf(
                  List.of("label", "spine"),
                  "its rows come from one of them: label = labels.chargeback.v1")),
          ABOUT);

  static final Shape MODEL =
      shape(
          "model",
          List.of(
              must("training-set", ref(Kind.TRAINING_SET), "What it is trained on."),
              may(
                  "manifest",
                  TEXT,
                  "The manifest of the build that it was trained on, as `build` tells: a path or URI.")),
          rules(),
          ABOUT);

  static final Shape TEST =
      shape(
          "test",
          List.of(
              must("of", ref(Kind.FEATURE_VIEW, Kind.TRAINING_SET), "What is tested."),
              must(
                  "given",
                  new ValueType.Either(
                      list(map(Scalar.TEXT, new ValueType.Anything())),
                      map(Scalar.TEXT, new ValueType.Anything())),
                  "Rows of what it reads, a source or a transformation; or of several under their names, also of those further up. A source of which nothing is given has no rows."),
              must(
                  "expect",
                  list(map(Scalar.TEXT, new ValueType.Anything())),
                  "Keys, as-of and expected features.")),
          rules());

  private static final Shape PROVIDER =
      shape(
          "provider",
          List.of(
              must(
                  "format",
                  new ValueType.Choice(words(Provider.TableFormat.values())),
                  "What its tables are."),
              may(
                  "catalog",
                  NAME,
                  "The Spark catalog of its tables; default the provider's name. For Delta: `spark_catalog`, then tables are in the metastore too; else they have a path only."),
              must(
                  "warehouse",
                  TEXT,
                  "Where its tables are: a path relative to the project, or a URI."),
              may("database", NAME, "The namespace of its tables; default `features`."),
              may("options", SETTINGS, "Further properties of an Iceberg catalog.")),
          rules());

  private static final Shape LINEAGE =
      shape(
          "lineage",
          List.of(
              may(
                  "transport",
                  new ValueType.Choice(words(LineageEvents.Transport.values())),
                  "How events are sent; default `http` where there is a `url`, else `file`."),
              may(
                  "location",
                  TEXT,
                  "Of files: the folder, relative to the project, or a URI; default `_lineage` in the registry's warehouse."),
              may("url", TEXT, "The server that takes events, such as `http://marquez:5000`."),
              may("endpoint", TEXT, "The path on the server; default `api/v1/lineage`."),
              may("api-key", TEXT, "What the server asks for, as `${?NAME}`."),
              may("timeout", DURATION, "How long an answer may take; default `5s`."),
              may("namespace", TEXT, "The namespace of the jobs; default `tidemark`.")),
          rules());

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
                  some(list(NAME)),
                  "The providers that get every table; default all, in the order written."),
              may("registry", NAME, "The provider of the registry; default the first."),
              may("spark", SETTINGS, "Spark settings; `spark.` in front may be left out."),
              may("lineage", new ValueType.ObjectOf(LINEAGE), "Where lineage events go.")),
          rules());

  private static final Shape RULE =
      shape(
          "rule",
          List.of(
              must("tags", some(list(TEXT)), "What carries one of these is meant."),
              may("environments", some(list(TEXT)), "Where it holds; without it, everywhere."),
              may("roles", list(NAME), "Who may use it; [] for nobody."),
              may(
                  "masked",
                  BOOLEAN,
                  "true: whoever has none of the roles may use it where a training set masks it."),
              may("description", TEXT, "Why, for those who are refused.")),
          rules(
              new Shape.AnyOf(
                  List.of("roles", "masked"), "say who may: roles = [risk], or masked = true")));

  static final Shape POLICY =
      shape(
          "policy",
          List.of(
              may("roles", map(Scalar.NAME, list(TEXT)), "Who has each role, as in `--by`."),
              may("rules", map(Scalar.TEXT, new ValueType.ObjectOf(RULE)), "Who may use what.")),
          rules());

  /** The top-level key of tests. */
  static final String TESTS = "tests";

  /** The shape of a kind of resource. */
  static Shape shape(Kind kind) {
    return switch (kind) {
      case ENTITY -> ENTITY;
      case SOURCE -> SOURCE;
      case TRANSFORMATION -> TRANSFORMATION;
      case FEATURE_VIEW -> FEATURE_VIEW;
      case LABEL -> LABEL;
      case TRAINING_SET -> TRAINING_SET;
      case MODEL -> MODEL;
    };
  }

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
    return new ValueType.ListOf(element, false);
  }

  private static ValueType map(Scalar key, ValueType value) {
    return new ValueType.MapOf(key, value, false);
  }

  /** The same list or map, but not an empty one. */
  private static ValueType some(ValueType type) {
    return type instanceof ValueType.ListOf list
        ? new ValueType.ListOf(list.element(), true)
        : type instanceof ValueType.MapOf map
            ? new ValueType.MapOf(map.key(), map.value(), true)
            : type;
  }

  private static List<String> words(Enum<?>[] values) {
    return Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
  }

  private static List<Shape.Rule> rules(Shape.Rule... rules) {
    return List.of(rules);
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
  private static Shape shape(
      String title, List<Shape.Key> own, List<Shape.Rule> rules, List<Shape.Key>... shared) {
    List<Shape.Key> keys = new ArrayList<>(own);
    for (List<Shape.Key> group : shared) {
      keys.addAll(group);
    }
    return new Shape(title, List.copyOf(keys), rules);
  }
}
