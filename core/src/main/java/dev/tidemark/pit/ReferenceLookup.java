package dev.tidemark.pit;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map;
import static org.apache.spark.sql.functions.map_from_entries;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/**
 * One lookup of the reference engine.
 *
 * <p>An event is known from {@link #KNOWN_FROM} on, until a correction takes its place at {@link
 * #REPLACED_FROM}. So the pairs of an asked (keys, T) and an event are those with
 *
 * <pre>
 * keys equal  AND  KNOWN_FROM &lt;= T - lag &lt; REPLACED_FROM
 * </pre>
 *
 * <p>Latest values, windows, and each map are grouped apart, since they look back differently far.
 */
final class ReferenceLookup {
  private static final String P = EventColumns.RESERVED_PREFIX;
  private static final String KEY = P + "key_";
  private static final String AS_OF = P + "as_of";
  private static final String AT = P + "at";
  private static final String KNOWN_FROM = P + "known_from";
  static final String REPLACED_FROM = P + "replaced_from";
  private static final String POSITION = P + "position";
  private static final String LAST_ASKED = P + "last_asked";
  private static final String ASKED_KEY = P + "asked_key_";
  private static final String BUCKET = P + "bucket";
  private static final String EVENT_BUCKET = P + "event_bucket";
  private static final String PRESENT = P + "present";
  private static final String BY = P + "by";
  private static final String ENTRY_VALUE = P + "entry_value";
  private static final String OUT = P + "out_";
  private static final String FOUND_KEY = P + "found_key_";
  private static final String FOUND_AS_OF = P + "found_as_of";

  private final Dataset<Row> spine;
  private final String asOf;
  private final Lookup lookup;
  private final boolean bucketed;

  ReferenceLookup(Dataset<Row> spine, String asOf, Lookup lookup, boolean bucketed) {
    this.spine = spine;
    this.asOf = asOf;
    this.lookup = lookup;
    this.bucketed = bucketed;
  }

  /**
   * The rows of {@code base}, which has the spine's columns and perhaps more, with the lookup's
   * outputs after them.
   */
  Dataset<Row> joinTo(Dataset<Row> base) {
    List<Output.Latest> latest = new ArrayList<>();
    Map<FilteredAggregate.Strategy, List<Output.Windowed>> windowed =
        new EnumMap<>(FilteredAggregate.Strategy.class);
    List<Output.Windowed> maps = new ArrayList<>();
    for (Output output : lookup.outputs()) {
      output.match(
          latest::add,
          window ->
              (window.by() == null
                      ? windowed.computeIfAbsent(strategy(window), s -> new ArrayList<>())
                      : maps)
                  .add(window));
    }
    Dataset<Row> result = base;
    if (!latest.isEmpty()) {
      result = attach(result, latest, lookBack -> latest(lookBack, latest));
    }
    for (List<Output.Windowed> alike : windowed.values()) {
      result = attach(result, alike, lookBack -> windows(lookBack, alike));
    }
    for (Output.Windowed map : maps) {
      result = attach(result, List.of(map), lookBack -> entries(lookBack, map));
    }
    List<Column> order = new ArrayList<>();
    for (String column : base.columns()) {
      order.add(Columns.named(column));
    }
    for (Output output : lookup.outputs()) {
      order.add(Columns.named(output.name()));
    }
    return result.select(Columns.seq(order));
  }

  private FilteredAggregate.Strategy strategy(Output.Windowed windowed) {
    return FilteredAggregate.strategy(lookup.events(), expr(windowed.aggregate()));
  }

  private interface Grouping {
    /**
     * One row a (keys, T), with columns {@link #OUT}0, 1, ...; a (keys, T) without entries may be
     * left out.
     */
    Dataset<Row> group(@Nullable Long lookBack);
  }

  private Dataset<Row> attach(
      Dataset<Row> base, List<? extends Output> outputs, Grouping grouping) {
    Dataset<Row> found = grouping.group(lookBack(outputs));
    List<Column> renamed = new ArrayList<>();
    Column matches =
        lookup.timed() ? unix_micros(Columns.named(asOf)).equalTo(col(FOUND_AS_OF)) : lit(true);
    for (int i = 0; i < lookup.keys().size(); i++) {
      renamed.add(col(KEY + i).as(FOUND_KEY + i));
      // A null key finds its own row of outputs, of which nothing is visible.
      matches =
          matches.and(
              Columns.named(lookup.keys().get(i).spineColumn()).eqNullSafe(col(FOUND_KEY + i)));
    }
    renamed.add(col(AS_OF).as(FOUND_AS_OF));
    List<Column> kept = new ArrayList<>();
    for (String column : base.columns()) {
      kept.add(Columns.named(column));
    }
    for (int i = 0; i < outputs.size(); i++) {
      String name = outputs.get(i).name();
      renamed.add(col(OUT + i));
      kept.add(orEmptyMap(outputs.get(i), col(OUT + i), found).as(name));
    }
    return base.join(found.select(Columns.seq(renamed)), matches, "left").select(Columns.seq(kept));
  }

  private static Column orEmptyMap(Output output, Column column, Dataset<Row> found) {
    boolean isMap = output.match(latest -> false, windowed -> windowed.by() != null);
    return isMap
        ? coalesce(
            column, map().cast(found.schema().fields()[found.columns().length - 1].dataType()))
        : column;
  }

  /** How far before T − lag any of the outputs looks, in microseconds; null: without bound. */
  private @Nullable Long lookBack(List<? extends Output> outputs) {
    long longest = 0;
    for (Output output : outputs) {
      Long own = output.match(Output.Latest::ttlMicros, Output.Windowed::windowMicros);
      if (own == null) {
        return null;
      }
      longest = Math.max(longest, own);
    }
    return longest;
  }

  /**
   * Every asked (keys, T) with every event that counts at T; with one row without event where there
   * is none.
   */
  private Dataset<Row> pairs(Dataset<Row> events, @Nullable Long lookBack) {
    Dataset<Row> asked = asked();
    Column counts =
        keysEqual(KEY)
            .and(col(KNOWN_FROM).leq(at()))
            .and(coalesce(col(REPLACED_FROM).gt(at()), lit(true)));
    if (bucketed && lookBack != null && lookBack > 0) {
      // An event at most one bucket before T - lag lies in its bucket or in the one before.
      Column width = lit(lookBack);
      asked =
          asked.withColumn(
              BUCKET, explode(array(start(at(), width), start(at(), width).minus(width))));
      events = events.withColumn(EVENT_BUCKET, start(col(AT), width));
      counts = counts.and(col(BUCKET).equalTo(col(EVENT_BUCKET)));
    }
    Dataset<Row> pairs = asked.join(events, counts, "left");
    if (lookup.where() != null) {
      // Pairs without event stay: they keep the row of an asked (keys, T) that sees nothing.
      pairs = pairs.withColumn(PRESENT, col(PRESENT).and(isTrue(lookup.where())));
    }
    return pairs;
  }

  private Column keysEqual(String askedKey) {
    Column equal = lit(true);
    for (int i = 0; i < lookup.keys().size(); i++) {
      equal =
          equal.and(col(askedKey + i).equalTo(Columns.named(lookup.keys().get(i).eventColumn())));
    }
    return equal;
  }

  /** The first microsecond of the bucket of this width that holds {@code micros}. */
  private static Column start(Column micros, Column width) {
    return micros.minus(pmod(micros, width));
  }

  private Dataset<Row> asked() {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < lookup.keys().size(); i++) {
      columns.add(Columns.named(lookup.keys().get(i).spineColumn()).as(KEY + i));
    }
    // A static source says the same at any time, so that its keys are asked once.
    columns.add((lookup.timed() ? unix_micros(Columns.named(asOf)) : lit(0L)).as(AS_OF));
    return spine.select(Columns.seq(columns)).distinct();
  }

  /** The events that are visible at some asked (keys, T), with the times that they count. */
  Dataset<Row> events() {
    Dataset<Row> events =
        lookup
            .events()
            .withColumn(AT, unix_micros(col(EventColumns.EVENT_TIME)))
            .withColumn(KNOWN_FROM, knownFrom())
            .withColumn(PRESENT, lit(true));
    // Without the others before any of the user's expressions is evaluated: those may fail on them.
    events = events.join(lastAsked(), keysEqual(ASKED_KEY).and(knownWhenAsked()), "left_semi");
    return events.withColumn(REPLACED_FROM, replacedFrom(events));
  }

  /** Null: never. */
  private Column knownFrom() {
    if (!lookup.timed()) {
      return lit(Long.MIN_VALUE);
    }
    Column eventTime = lookup.exclusive() ? col(AT).plus(lit(1L)) : col(AT);
    Column visibleFrom = unix_micros(col(EventColumns.VISIBLE_FROM));
    return when(
        eventTime.isNotNull().and(visibleFrom.isNotNull()), greatest(eventTime, visibleFrom));
  }

  private Dataset<Row> lastAsked() {
    List<Column> keys = new ArrayList<>();
    for (int i = 0; i < lookup.keys().size(); i++) {
      keys.add(col(KEY + i).as(ASKED_KEY + i));
    }
    return asked().groupBy(Columns.seq(keys)).agg(max(col(AS_OF)).as(LAST_ASKED));
  }

  private Column knownWhenAsked() {
    return col(KNOWN_FROM).leq(col(LAST_ASKED).minus(lit(lookup.lagMicros())));
  }

  /**
   * When the first of the corrections that take this event's place is known; null: never. A null in
   * a row-key equals nothing.
   */
  private Column replacedFrom(Dataset<Row> events) {
    if (lookup.rowKey().isEmpty()) {
      return lit(null).cast("bigint");
    }
    List<Column> same = new ArrayList<>(eventKeys());
    Column noNull = lit(true);
    for (String column : lookup.rowKey()) {
      same.add(Columns.named(column));
      noNull = noNull.and(Columns.named(column).isNotNull());
    }
    List<Column> order = new ArrayList<>();
    order.add(col(EventColumns.AVAILABLE_TIME));
    order.addAll(tieBreak(events));
    order.add(col(AT));
    order.addAll(lastTieBreak(events));
    order.add(not(col(EventColumns.DELETED)));
    // Aggregates may read any column, so only rows equal in all of them are interchangeable.
    Arrays.stream(lookup.events().columns())
        .filter(column -> !column.startsWith(P))
        .sorted()
        .forEach(column -> order.add(orderable(events, Columns.named(column))));
    return when(
        noNull,
        min(col(KNOWN_FROM))
            .over(
                Window.partitionBy(Columns.seq(same))
                    .orderBy(Columns.seq(order.stream().map(Column::desc_nulls_last).toList()))
                    .rowsBetween(Window.unboundedPreceding(), -1)));
  }

  private List<Column> eventKeys() {
    return lookup.keys().stream().map(key -> Columns.named(key.eventColumn())).toList();
  }

  private List<Column> group() {
    List<Column> group = new ArrayList<>();
    IntStream.range(0, lookup.keys().size()).forEach(i -> group.add(col(KEY + i)));
    group.add(col(AS_OF));
    return group;
  }

  private List<Column> tieBreak(Dataset<Row> pairs) {
    return lookup.tieBreak().stream().map(Columns::named).map(c -> orderable(pairs, c)).toList();
  }

  private List<Column> lastTieBreak(Dataset<Row> pairs) {
    return lookup.lastTieBreak().stream()
        .map(value -> when(not(col(EventColumns.DELETED)), expr(value)))
        .map(value -> orderable(pairs, value))
        .toList();
  }

  /** Maps have no order in Spark; their text has. */
  private static Column orderable(Dataset<Row> rows, Column column) {
    DataType type = rows.select(column).schema().fields()[0].dataType();
    return RowOrdering.isOrderable(type)
        ? column
        : when(column.isNotNull(), to_json(struct(column), Map.of("timeZone", "UTC")));
  }

  private Dataset<Row> latest(@Nullable Long lookBack, List<Output.Latest> outputs) {
    Dataset<Row> events = events();
    events = events.withColumn(POSITION, position(events, outputs));
    Dataset<Row> pairs = pairs(events, lookBack);
    return aggregated(pairs, group(), numbered(outputs, latest -> latest(pairs, latest)));
  }

  /**
   * The place of an event among those of its key: the latest has the greatest. One number, where
   * comparing the columns themselves would have Spark sort all pairs.
   */
  private Column position(Dataset<Row> events, List<Output.Latest> outputs) {
    List<Column> order = new ArrayList<>();
    if (lookup.timed()) {
      order.add(col(AT));
      order.addAll(tieBreak(events));
    }
    order.addAll(lastTieBreak(events));
    outputs.forEach(latest -> order.add(orderable(events, valueOf(latest))));
    return row_number()
        .over(
            Window.partitionBy(Columns.seq(eventKeys()))
                .orderBy(Columns.seq(order.stream().map(Column::asc_nulls_first).toList())));
  }

  private static Column valueOf(Output.Latest latest) {
    return when(not(col(EventColumns.DELETED)), expr(latest.value()));
  }

  private Column latest(Dataset<Row> pairs, Output.Latest latest) {
    Column value = valueOf(latest);
    Column seen = col(PRESENT);
    if (lookup.timed() && latest.ttlMicros() != null) {
      seen = seen.and(col(AT).gt(at().minus(lit(latest.ttlMicros()))));
    }
    seen = seen.and(isTrue(latest.where()));
    if (latest.ignoreNulls()) {
      seen = seen.and(value.isNotNull().or(col(EventColumns.DELETED)));
    }
    FilteredAggregate chosen = FilteredAggregate.of(pairs, max_by(value, col(POSITION)), seen);
    if (lookup.timed()) {
      return chosen.column();
    }
    Column rows = FilteredAggregate.of(pairs, count(lit(1)), seen).column();
    return when(rows.gt(1), severalRows(chosen.type(), rows)).otherwise(chosen.column());
  }

  private Column severalRows(DataType type, Column rows) {
    List<Column> parts = new ArrayList<>();
    parts.add(lit(lookup.title() + ": the static source has "));
    parts.add(rows);
    parts.add(lit(" rows for "));
    for (int i = 0; i < lookup.keys().size(); i++) {
      parts.add(lit((i == 0 ? "" : ", ") + lookup.keys().get(i).eventColumn() + " = "));
      parts.add(col(KEY + i));
    }
    parts.add(
        lit(
            "; a key of a dimension table has one row: aggregate them, or give the source an event-time"));
    return DataErrors.raise(type, parts.toArray(Column[]::new));
  }

  private Dataset<Row> windows(@Nullable Long lookBack, List<Output.Windowed> outputs) {
    Dataset<Row> pairs = pairs(events(), lookBack);
    return aggregated(pairs, group(), numbered(outputs, windowed -> windowed(pairs, windowed)));
  }

  private static <T> List<Column> numbered(List<T> outputs, Function<T, Column> made) {
    return IntStream.range(0, outputs.size())
        .mapToObj(i -> made.apply(outputs.get(i)).as(OUT + i))
        .toList();
  }

  private Column windowed(Dataset<Row> pairs, Output.Windowed windowed) {
    Column seen = inWindow(windowed);
    FilteredAggregate aggregate = FilteredAggregate.of(pairs, expr(windowed.aggregate()), seen);
    if (windowed.whenEmpty() == null) {
      return aggregate.column();
    }
    Column rows = FilteredAggregate.of(pairs, count(lit(1)), seen).column();
    return when(rows.equalTo(0), expr(windowed.whenEmpty()).cast(aggregate.type()))
        .otherwise(aggregate.column());
  }

  /** A map from each value of {@code by} in the window to the aggregate over its events. */
  private Dataset<Row> entries(@Nullable Long lookBack, Output.Windowed windowed) {
    Column by = when(inWindow(windowed), expr(String.valueOf(windowed.by())));
    Dataset<Row> split = pairs(events(), lookBack).withColumn(BY, by).where(col(BY).isNotNull());
    List<Column> group = group();
    group.add(col(BY));
    Dataset<Row> found =
        aggregated(split, group, List.of(expr(windowed.aggregate()).as(ENTRY_VALUE)));
    Column all = collect_list(struct(col(BY), col(ENTRY_VALUE)));
    // By the key alone, which has an order whatever the aggregate's type.
    Column sorted =
        array_sort(
            all,
            (a, b) ->
                when(a.getField(BY).lt(b.getField(BY)), -1)
                    .when(a.getField(BY).gt(b.getField(BY)), 1)
                    .otherwise(0));
    return aggregated(found, group(), List.of(map_from_entries(sorted).as(OUT + 0)));
  }

  /** The instant that is looked from, T - lag. */
  private Column at() {
    return col(AS_OF).minus(lit(lookup.lagMicros()));
  }

  private static Column isTrue(@Nullable String where) {
    return where == null ? lit(true) : coalesce(expr(where), lit(false));
  }

  private Column inWindow(Output.Windowed windowed) {
    Column seen = col(PRESENT).and(not(col(EventColumns.DELETED)));
    if (lookup.timed() && windowed.windowMicros() != null) {
      Column from = at().minus(lit(windowed.windowMicros()));
      seen = seen.and(lookup.exclusive() ? col(AT).geq(from) : col(AT).gt(from));
    }
    return seen.and(isTrue(windowed.where()));
  }

  private static Dataset<Row> aggregated(
      Dataset<Row> rows, List<Column> group, List<Column> columns) {
    return rows.groupBy(Columns.seq(group))
        .agg(columns.get(0), Columns.seq(columns.subList(1, columns.size())));
  }
}
