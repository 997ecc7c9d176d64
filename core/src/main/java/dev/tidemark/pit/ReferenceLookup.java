package dev.tidemark.pit;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map;
import static org.apache.spark.sql.functions.map_from_entries;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
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
 * <p>Latest values, windows, and each map are grouped apart: they sort or hash differently, and
 * look back differently far.
 */
final class ReferenceLookup {
  private static final String P = EventColumns.RESERVED_PREFIX;
  private static final String KEY = P + "key_";
  private static final String AS_OF = P + "as_of";
  private static final String AT = P + "at";
  private static final String VISIBLE = P + "visible";
  private static final String BUCKET = P + "bucket";
  private static final String EVENT_BUCKET = P + "event_bucket";
  private static final String PRESENT = P + "present";
  private static final String CURRENT = P + "current";
  private static final String BY = P + "by";
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
    List<Output> latest = new ArrayList<>();
    List<Output.Windowed> windowed = new ArrayList<>();
    List<Output.Windowed> maps = new ArrayList<>();
    for (Output output : lookup.outputs()) {
      output.match(latest::add, window -> (window.by() == null ? windowed : maps).add(window));
    }
    Dataset<Row> result = base;
    if (!latest.isEmpty()) {
      result = attach(result, latest, this::latest);
    }
    if (!windowed.isEmpty()) {
      result = attach(result, windowed, this::windows);
    }
    for (Output.Windowed map : maps) {
      result = attach(result, List.of(map), pairs -> entries(pairs, map));
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

  private interface Grouping {
    /** One row a (keys, T), with columns {@link #OUT}0, 1, ... */
    Dataset<Row> group(Dataset<Row> pairs);
  }

  private Dataset<Row> attach(
      Dataset<Row> base, List<? extends Output> outputs, Grouping grouping) {
    Dataset<Row> found = grouping.group(pairs(lookBack(outputs)));
    List<Column> renamed = new ArrayList<>();
    Column matches = unix_micros(Columns.named(asOf)).equalTo(col(FOUND_AS_OF));
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
   * Every asked (keys, T) with every event that is visible at T, after corrections and the view's
   * condition; with one row without event where there is none.
   */
  private Dataset<Row> pairs(@Nullable Long lookBack) {
    boolean inBuckets = bucketed && lookup.timed() && lookBack != null && lookup.rowKey().isEmpty();
    Dataset<Row> asked = asked();
    Dataset<Row> events = events();
    Column joins = lit(true);
    for (int i = 0; i < lookup.keys().size(); i++) {
      joins = joins.and(col(KEY + i).equalTo(Columns.named(lookup.keys().get(i).eventColumn())));
    }
    if (lookup.timed()) {
      Column at = col(AS_OF).minus(lit(lookup.lagMicros()));
      joins =
          joins
              .and(lookup.exclusive() ? col(AT).lt(at) : col(AT).leq(at))
              .and(col(VISIBLE).leq(at));
      if (inBuckets) {
        // An event less than one bucket before T − lag lies in its bucket or in the one before.
        Column width = lit(lookBack);
        asked =
            asked.withColumn(
                BUCKET, explode(array(start(at, width), start(at, width).minus(width))));
        events = events.withColumn(EVENT_BUCKET, start(col(AT), width));
        joins = joins.and(col(BUCKET).equalTo(col(EVENT_BUCKET)));
      }
    }
    Dataset<Row> pairs = asked.join(events, joins, "left");
    if (!lookup.rowKey().isEmpty()) {
      pairs = corrected(pairs);
    }
    if (lookup.where() != null) {
      // Pairs without event stay: they keep the row of an asked (keys, T) that sees nothing.
      pairs =
          pairs.withColumn(PRESENT, col(PRESENT).and(coalesce(expr(lookup.where()), lit(false))));
    }
    return pairs;
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
    columns.add(unix_micros(Columns.named(asOf)).as(AS_OF));
    return spine.select(Columns.seq(columns)).distinct();
  }

  private Dataset<Row> events() {
    return lookup
        .events()
        .withColumn(AT, unix_micros(col(EventColumns.EVENT_TIME)))
        .withColumn(VISIBLE, unix_micros(col(EventColumns.VISIBLE_FROM)))
        .withColumn(PRESENT, lit(true));
  }

  /**
   * Of the visible events of a (keys, T) with equal row-key only the greatest is left. A null in a
   * row-key equals nothing.
   */
  private Dataset<Row> corrected(Dataset<Row> pairs) {
    List<Column> same = new ArrayList<>(group());
    Column anyNull = lit(false);
    for (String column : lookup.rowKey()) {
      same.add(Columns.named(column));
      anyNull = anyNull.or(Columns.named(column).isNull());
    }
    List<Column> order = new ArrayList<>();
    order.add(col(EventColumns.AVAILABLE_TIME));
    order.addAll(tieBreak(pairs));
    order.add(col(AT));
    order.addAll(lastTieBreak(pairs));
    order.add(not(col(EventColumns.DELETED)));
    Column rank =
        row_number()
            .over(
                Window.partitionBy(Columns.seq(same))
                    .orderBy(Columns.seq(order.stream().map(Column::desc_nulls_last).toList())));
    return pairs.withColumn(CURRENT, rank.equalTo(1).or(anyNull)).where(col(CURRENT));
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
    return RowOrdering.isOrderable(type) ? column : to_json(struct(column));
  }

  private Dataset<Row> latest(Dataset<Row> pairs) {
    List<Column> order = new ArrayList<>();
    if (lookup.timed()) {
      order.add(col(AT));
      order.addAll(tieBreak(pairs));
    }
    order.addAll(lastTieBreak(pairs));
    if (order.isEmpty()) {
      order.add(lit(0));
    }
    Column newest = struct(Columns.seq(order));
    List<Column> columns = new ArrayList<>();
    for (Output output : lookup.outputs()) {
      output.match(
          latest -> columns.add(latest(pairs, latest, newest).as(OUT + columns.size())),
          windowed -> false);
    }
    return aggregated(pairs, group(), columns);
  }

  private Column latest(Dataset<Row> pairs, Output.Latest latest, Column newest) {
    Column value = when(not(col(EventColumns.DELETED)), expr(latest.value()));
    Column seen = seen(latest.where());
    if (lookup.timed() && latest.ttlMicros() != null) {
      seen = seen.and(col(AT).gt(at().minus(lit(latest.ttlMicros()))));
    }
    if (latest.ignoreNulls()) {
      seen = seen.and(value.isNotNull().or(col(EventColumns.DELETED)));
    }
    FilteredAggregate chosen =
        FilteredAggregate.of(pairs, max_by(struct(value.as("v")), newest), seen);
    Column found = chosen.column().getField("v");
    if (lookup.timed()) {
      return found;
    }
    Column rows = FilteredAggregate.of(pairs, count(lit(1)), seen).column();
    DataType type = pairs.select(value).schema().fields()[0].dataType();
    return when(rows.gt(1), severalRows(type, rows)).otherwise(found);
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

  private Dataset<Row> windows(Dataset<Row> pairs) {
    List<Column> columns = new ArrayList<>();
    for (Output output : lookup.outputs()) {
      output.match(
          latest -> false,
          windowed ->
              windowed.by() == null
                  && columns.add(windowed(pairs, windowed).as(OUT + columns.size())));
    }
    return aggregated(pairs, group(), columns);
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
  private Dataset<Row> entries(Dataset<Row> pairs, Output.Windowed windowed) {
    Dataset<Row> split = pairs.withColumn(BY, expr(String.valueOf(windowed.by())));
    Column seen = inWindow(windowed).and(col(BY).isNotNull());
    List<Column> group = group();
    group.add(col(BY));
    Dataset<Row> found =
        aggregated(
                split,
                group,
                List.of(
                    FilteredAggregate.of(split, expr(windowed.aggregate()), seen)
                        .column()
                        .as("value"),
                    FilteredAggregate.of(split, count(lit(1)), seen).column().as("rows")))
            .where(col("rows").gt(0));
    Column entry = struct(col(BY).as("key"), col("value"));
    Column all = collect_list(entry);
    DataType type = found.select(entry).schema().fields()[0].dataType();
    return aggregated(
        found,
        group(),
        List.of(
            map_from_entries(RowOrdering.isOrderable(type) ? sort_array(all) : all).as(OUT + 0)));
  }

  private Column at() {
    return col(AS_OF).minus(lit(lookup.lagMicros()));
  }

  private Column seen(@Nullable String where) {
    Column seen = col(PRESENT);
    return where == null ? seen : seen.and(coalesce(expr(where), lit(false)));
  }

  private Column inWindow(Output.Windowed windowed) {
    Column seen = seen(windowed.where()).and(not(col(EventColumns.DELETED)));
    if (!lookup.timed() || windowed.windowMicros() == null) {
      return seen;
    }
    Column from = at().minus(lit(windowed.windowMicros()));
    return seen.and(lookup.exclusive() ? col(AT).geq(from) : col(AT).gt(from));
  }

  private static Dataset<Row> aggregated(
      Dataset<Row> rows, List<Column> group, List<Column> columns) {
    return rows.groupBy(Columns.seq(group))
        .agg(columns.get(0), Columns.seq(columns.subList(1, columns.size())));
  }
}
