package dev.tidemark.compile;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_micros;

import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Window;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.Lookup;
import dev.tidemark.pit.Output;
import dev.tidemark.pit.TimeRange;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.ResolvedView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * A feature view whose SQL has been checked: its events, its keys in them, and the types of its
 * columns.
 *
 * @param events with those of the entity's keys that are stored as another type under {@link #KEY}
 *     and their number
 * @param types of all output columns, the derived too
 */
record ViewEvents(ResolvedView resolved, Dataset<Row> events, Map<String, DataType> types) {
  private static final String KEY = EventColumns.RESERVED_PREFIX + "entity_key_";

  /** Reads and checks a view; nothing if anything is wrong with it, which has then been said. */
  static Optional<ViewEvents> of(
      ResolvedView resolved, EventRows rows, SparkSession session, Findings findings) {
    Optional<Dataset<Row>> union = union(resolved, rows, findings.mistakes());
    if (union.isEmpty()) {
      return Optional.empty();
    }
    String of = sourceNames(resolved);
    Dataset<Row> events = union.get();
    boolean right = true;
    KeyTypes keys = new KeyTypes(findings.mistakes());
    for (int i = 0; i < resolved.keys().size(); i++) {
      BoundKey key = resolved.keys().get(i);
      Optional<org.apache.spark.sql.Column> typed = keys.typed(key, union.get(), of);
      right &= typed.isPresent();
      if (typed.isPresent()) {
        boolean asStored =
            EventRows.columnType(union.get(), key.column().name()).equals(keys.declared(key.key()));
        events = asStored ? events : events.withColumn(KEY + i, typed.get());
      }
    }
    Expressions expressions = new Expressions(session, findings.mistakes());
    FeatureView view = resolved.view();
    if (view.where() != null) {
      right &= expressions.condition(view.where(), union.get(), of);
    }
    Map<String, DataType> types = new LinkedHashMap<>();
    FeatureTypes features =
        new FeatureTypes(union.get(), of, expressions, findings.mistakes(), types);
    for (Feature feature : view.features()) {
      right &= features.add(feature);
    }
    if (!right) {
      return Optional.empty();
    }
    for (Derived derived : view.derived()) {
      Optional<DataType> type =
          expressions.rowLevel(derived.expression(), empty(session, types), view.ref().toString());
      if (type.isEmpty()) {
        return Optional.empty();
      }
      types.put(derived.name(), type.get());
    }
    return Optional.of(new ViewEvents(resolved, events, types));
  }

  private static Optional<Dataset<Row>> union(
      ResolvedView resolved, EventRows rows, Problems problems) {
    List<Dataset<Row>> all = new ArrayList<>();
    for (Rows source : resolved.sources()) {
      rows.of(source).ifPresent(all::add);
    }
    if (all.size() < resolved.sources().size()) {
      return Optional.empty();
    }
    Dataset<Row> first = all.get(0);
    boolean right = true;
    for (int i = 1; i < all.size(); i++) {
      right &= sameColumns(resolved, first, all.get(i), i, problems);
    }
    if (!right) {
      return Optional.empty();
    }
    Dataset<Row> union = first;
    for (Dataset<Row> other : all.subList(1, all.size())) {
      union = union.unionByName(other);
    }
    return Optional.of(union);
  }

  private static boolean sameColumns(
      ResolvedView resolved, Dataset<Row> first, Dataset<Row> other, int index, Problems problems) {
    List<String> differences = new ArrayList<>();
    for (String column : Expressions.userColumns(first)) {
      Optional<DataType> theirs = EventRows.columnType(other, column);
      DataType ours = first.schema().apply(column).dataType();
      if (theirs.isEmpty()) {
        differences.add("`%s` is only in the first".formatted(column));
      } else if (!theirs.get().asNullable().equals(ours.asNullable())) {
        differences.add(
            "`%s` is %s in the first and %s in the second"
                .formatted(column, Expressions.name(ours), Expressions.name(theirs.get())));
      }
    }
    for (String column : Expressions.userColumns(other)) {
      if (EventRows.columnType(first, column).isEmpty()) {
        differences.add("`%s` is only in the second".formatted(column));
      }
    }
    if (!differences.isEmpty()) {
      problems.add(
          resolved.view().sources().get(index).origin(),
          "no union of %s and %s: %s"
              .formatted(
                  resolved.sources().get(0).ref(),
                  resolved.sources().get(index).ref(),
                  String.join(", ", differences)),
          "bring both to the same columns and types in transformations");
    }
    return differences.isEmpty();
  }

  /** A Dataset without rows, for checking what is computed from these columns. */
  static Dataset<Row> empty(SparkSession session, Map<String, DataType> types) {
    StructType schema = new StructType();
    for (Map.Entry<String, DataType> type : types.entrySet()) {
      schema = schema.add(type.getKey(), type.getValue());
    }
    return session.createDataFrame(List.of(), schema);
  }

  private static String sourceNames(ResolvedView resolved) {
    return String.join(
        ", ", resolved.sources().stream().map(source -> source.ref().toString()).toList());
  }

  /**
   * The lookup of some of the view's columns.
   *
   * @param columns output columns of features, not derived ones, and the names that the engine is
   *     to give them
   * @param spineKeys the spine's columns for the view's keys, in order
   */
  Lookup lookup(Map<String, String> columns, List<String> spineKeys, long lagMicros) {
    FeatureView view = resolved.view();
    List<Lookup.Key> keys = new ArrayList<>();
    for (int i = 0; i < spineKeys.size(); i++) {
      keys.add(new Lookup.Key(spineKeys.get(i), keyColumn(i)));
    }
    List<Output> outputs = new ArrayList<>();
    for (Feature feature : view.features()) {
      feature.match(
          latest -> latestOutput(latest, columns, outputs),
          windowed -> windowedOutputs(windowed, columns, outputs));
    }
    boolean corrected = !time().rowKey().isEmpty();
    String where = view.where() == null ? null : view.where().text();
    // Without corrections the condition is asked of the events at once, so that fewer are moved.
    Dataset<Row> seen =
        where == null || corrected ? events : events.where(coalesce(expr(where), lit(false)));
    return new Lookup(
        view.ref().toString(),
        seen,
        keys,
        !resolved.isStatic(),
        view.exclusive(),
        lagMicros,
        time().tieBreak().stream().map(column -> column.name()).toList(),
        lastTieBreak(),
        time().rowKey().stream().map(column -> column.name()).toList(),
        corrected ? where : null,
        outputs);
  }

  private dev.tidemark.definition.TimeRules time() {
    return resolved.sources().get(0).time();
  }

  private boolean latestOutput(
      Feature.Latest latest, Map<String, String> columns, List<Output> outputs) {
    String as = columns.get(latest.name());
    if (as != null) {
      FeatureView view = resolved.view();
      outputs.add(
          new Output.Latest(
              as,
              latest.value().text(),
              latest.where() == null ? null : latest.where().text(),
              view.ttl() == null ? null : view.ttl().micros(),
              latest.ignoreNulls()));
    }
    return as != null;
  }

  private boolean windowedOutputs(
      Feature.Windowed windowed, Map<String, String> columns, List<Output> outputs) {
    boolean any = false;
    for (Window window : windowed.windows()) {
      String as = columns.get(windowed.column(window));
      if (as != null) {
        any = true;
        outputs.add(
            new Output.Windowed(
                as,
                windowed.aggregate().text(),
                windowed.where() == null ? null : windowed.where().text(),
                windowed.by() == null ? null : windowed.by().text(),
                window.length() == null ? null : window.length().micros(),
                windowed.whenEmpty() == null ? null : windowed.whenEmpty().text()));
      }
    }
    return any;
  }

  /**
   * In the order of names, so that neither the order in the file nor the choice of columns changes
   * which row wins.
   */
  private List<String> lastTieBreak() {
    return resolved.view().features().stream()
        .sorted(Comparator.comparing(Feature::name))
        .flatMap(
            feature ->
                feature.<Stream<String>>match(
                    latest -> Stream.of(latest.value().text()), windowed -> Stream.of()))
        .toList();
  }

  /** The events' column that holds a key as the entity's type. */
  private String keyColumn(int key) {
    return List.of(events.columns()).contains(KEY + key)
        ? KEY + key
        : resolved.keys().get(key).column().name();
  }

  /** True if a later row may replace an earlier one. */
  boolean isCorrected() {
    return resolved.sources().stream().anyMatch(source -> !source.time().rowKey().isEmpty());
  }

  /** See {@link LookBack#span}. */
  Optional<Long> lookBack() {
    return LookBack.span(resolved.view());
  }

  /**
   * The distinct keys of the events that some T can look back at, under the entity's names; rows
   * with a null in a key are of no key.
   */
  Dataset<Row> distinctKeys(TimeRange asked) {
    return distinctKeys(events, asked);
  }

  /** The same of other events, which have the same columns. */
  Dataset<Row> distinctKeys(Dataset<Row> events, TimeRange asked) {
    org.apache.spark.sql.Column time = col(EventColumns.EVENT_TIME);
    org.apache.spark.sql.Column seen = time.leq(timestamp_micros(lit(asked.lastMicros())));
    if (lookBack().isPresent()) {
      seen = seen.and(time.geq(timestamp_micros(lit(asked.firstMicros() - lookBack().get()))));
    }
    return keysOf(events.where(seen)).distinct();
  }

  /**
   * The distinct keys of the events that are visible at T and meet the view's `where`; of a static
   * source, of all.
   */
  Dataset<Row> keysVisibleAt(Instant asOf) {
    org.apache.spark.sql.Column time = timestamp_micros(lit(SpineRows.micros(asOf)));
    Dataset<Row> visible = resolved.isStatic() ? events : events.where(visibleAt(time));
    return keysOf(
            resolved.view().where() == null
                ? visible
                : visible.where(coalesce(expr(resolved.view().where().text()), lit(false))))
        .distinct();
  }

  /** Whether an event of a source with times is visible at T; never null. */
  org.apache.spark.sql.Column visibleAt(org.apache.spark.sql.Column time) {
    org.apache.spark.sql.Column happened = col(EventColumns.EVENT_TIME);
    return coalesce(
        (resolved.view().exclusive() ? happened.lt(time) : happened.leq(time))
            .and(col(EventColumns.VISIBLE_FROM).leq(time)),
        lit(false));
  }

  /** The keys of some events under the entity's names; rows with a null in a key are of no key. */
  Dataset<Row> keysOf(Dataset<Row> some) {
    List<org.apache.spark.sql.Column> keys = new ArrayList<>();
    org.apache.spark.sql.Column complete = lit(true);
    for (int i = 0; i < resolved.keys().size(); i++) {
      keys.add(SparkPlans.named(keyColumn(i)).as(resolved.keys().get(i).key().name()));
      complete = complete.and(SparkPlans.named(keyColumn(i)).isNotNull());
    }
    return some.where(complete).select(SparkPlans.columns(keys));
  }

  /** Whether a row may be visible later than it happened. */
  boolean mayBeLate() {
    return resolved.sources().stream()
        .anyMatch(source -> source.time().availableAt() != null || source.time().delay() != null);
  }

  /** All columns of features, each under its own name. */
  Map<String, String> allFeatures() {
    Map<String, String> all = new LinkedHashMap<>();
    for (Feature feature : resolved.view().features()) {
      feature.columns().forEach(column -> all.put(column, column));
    }
    return all;
  }
}
