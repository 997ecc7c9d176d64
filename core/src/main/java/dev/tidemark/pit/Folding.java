package dev.tidemark.pit;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_micros;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.aggregate.Average;
import org.apache.spark.sql.catalyst.expressions.aggregate.BitAndAgg;
import org.apache.spark.sql.catalyst.expressions.aggregate.BitOrAgg;
import org.apache.spark.sql.catalyst.expressions.aggregate.BitXorAgg;
import org.apache.spark.sql.catalyst.expressions.aggregate.Collect;
import org.apache.spark.sql.catalyst.expressions.aggregate.Count;
import org.apache.spark.sql.catalyst.expressions.aggregate.HyperLogLogPlusPlus;
import org.apache.spark.sql.catalyst.expressions.aggregate.Max;
import org.apache.spark.sql.catalyst.expressions.aggregate.Min;
import org.apache.spark.sql.catalyst.expressions.aggregate.Percentile;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;

/**
 * Folds the events of a lookup: of each key and each cell of a {@link TickGrid} it keeps what the
 * aggregates and the latest values need of its events, which takes their place at every tick.
 *
 * <p>An event counts by two times: that of its own, and that at which it becomes known. So a cell
 * has one row for all events that are known at the first tick after it, and others for those that
 * become known at later ticks.
 *
 * <p>Folded rows have the lookup's keys under the spine's names, {@link #CELL} and {@link #KNOWN}
 * ({@code timestamp}) and {@link #STATE} ({@code binary}). Rows of one key and cell may be many:
 * they add up, in any order. How a state is written depends on the version of Spark and of this.
 */
public final class Folding {
  /** The bound that names the cell, moved by the lookup's lag as its events are. */
  public static final String CELL = EventColumns.RESERVED_PREFIX + "cell";

  /** The first tick at which the events are known, or a time before it. */
  public static final String KNOWN = EventColumns.RESERVED_PREFIX + "known";

  /** What the events came to. */
  public static final String STATE = EventColumns.STATE;

  /** Changes with what is written as a state. */
  public static final int FORMAT = 1;

  // The end of the year 9999; nobody asks as of a later tick.
  private static final long LAST_MICROS = 253_402_300_799_999_999L;

  private Folding() {}

  /** Why folded events would not give the same rows, to the bit; nothing if they do. */
  public static Optional<String> obstacle(Lookup lookup) {
    if (!lookup.timed()) {
      return Optional.of("a static source has no time");
    }
    if (!lookup.rowKey().isEmpty()) {
      return Optional.of("row-key corrections replace single rows");
    }
    if (!SlotEngine.hasPlainKeys(lookup)) {
      return Optional.of("keys of this type are not compared by their bytes");
    }
    for (Output output : lookup.outputs()) {
      if (!SlotEngine.fits(lookup, output)) {
        return Optional.of(
            "`%s` is a map or a DISTINCT aggregate, which needs single rows"
                .formatted(output.name()));
      }
    }
    return inexact(lookup)
        .map(
            function ->
                "%s depends, in its last digits or its choice, on how rows are grouped"
                    .formatted(function.sql()));
  }

  private static Optional<Expression> inexact(Lookup lookup) {
    List<SharedEvents> events = new ArrayList<>();
    PointInTimeJoin none = new PointInTimeJoin(lookup.events(), EventColumns.EVENT_TIME, List.of());
    SharedEvents.of(events, none, lookup).add(lookup, 0, null);
    return events.get(0).lookups().get(0).functions().stream()
        .filter(function -> !isExact(FilteredAggregate.written(function)))
        .findFirst();
  }

  /** Whether merging gives the same value to the bit, however events are grouped. */
  private static boolean isExact(Expression function) {
    if (function instanceof Min || function instanceof Max) {
      return !(function.dataType() instanceof StringType text) || text.supportsBinaryEquality();
    }
    return function instanceof Count
        || function instanceof Sum
        || function instanceof Average
        || function instanceof BitAndAgg
        || function instanceof BitOrAgg
        || function instanceof BitXorAgg
        || function instanceof HyperLogLogPlusPlus
        || function instanceof Percentile
        // Whatever is collected is sorted, or the definition would have been refused.
        || function instanceof Collect<?>;
  }

  /**
   * Folds events.
   *
   * @param lookup of which there is no {@link #obstacle}; its events may be folded already
   * @param late whether an event may be visible later than it happened
   */
  public static Dataset<Row> fold(Lookup lookup, TickGrid grid, boolean late) {
    Dataset<Row> events = cells(lookup, grid, late);
    List<Column> group = new ArrayList<>();
    List<Lookup.Key> keys = new ArrayList<>(lookup.keys());
    lookup.keys().forEach(key -> group.add(named(key.eventColumn()).as(key.spineColumn())));
    if (late) {
      group.add(col(KNOWN));
      keys.add(new Lookup.Key(KNOWN, KNOWN));
    }
    group.add(col(CELL));
    // Within its group, every event is known at once.
    Dataset<Row> timely =
        events.withColumn(EventColumns.VISIBLE_FROM, col(EventColumns.EVENT_TIME));
    Dataset<Row> spine = events.select(Columns.seq(group)).distinct();
    Dataset<Row> folded =
        SlotEngine.fold(new PointInTimeJoin(spine, CELL, List.of(with(lookup, timely, keys))));
    return folded.select(
        Columns.seq(
            columns(lookup, col(CELL), late ? col(KNOWN) : col(CELL).as(KNOWN), col(STATE))));
  }

  private static List<Column> columns(Lookup lookup, Column... more) {
    List<Column> columns = new ArrayList<>();
    lookup.keys().forEach(key -> columns.add(named(key.spineColumn())));
    columns.addAll(List.of(more));
    return columns;
  }

  /** The events that some tick may see, with their cells. */
  private static Dataset<Row> cells(Lookup lookup, TickGrid grid, boolean late) {
    Column isSeen =
        col(EventColumns.EVENT_TIME).isNotNull().and(col(EventColumns.VISIBLE_FROM).isNotNull());
    for (Lookup.Key key : lookup.keys()) {
      isSeen = isSeen.and(named(key.eventColumn()).isNotNull());
    }
    Column time = unix_micros(col(EventColumns.EVENT_TIME)).plus(lit(shift(lookup)));
    Dataset<Row> events =
        lookup.events().where(isSeen).withColumn(CELL, timestamp_micros(grid.cellOf(time)));
    if (!late) {
      return events;
    }
    Column visible =
        least(
            unix_micros(col(EventColumns.VISIBLE_FROM)),
            lit(LAST_MICROS - Math.max(0, lookup.lagMicros())));
    Column known =
        greatest(
            grid.tickFrom(visible.plus(lit(lookup.lagMicros()))),
            grid.tickFrom(unix_micros(col(CELL))));
    return events.withColumn(KNOWN, timestamp_micros(known));
  }

  /** By how much times are moved, so that an event e is seen at T if e is not later. */
  public static long shift(Lookup lookup) {
    return lookup.lagMicros() + (lookup.exclusive() ? 1 : 0);
  }

  /**
   * A lookup of the same columns in folded rows and, beside them, in events.
   *
   * @param events which are not among the folded; null: none
   */
  public static Lookup over(
      Lookup lookup, Dataset<Row> folded, @Nullable Dataset<Row> events, boolean late) {
    Dataset<Row> rows = asEvents(lookup, folded, late);
    return with(
        lookup,
        events == null
            ? rows
            : events.withColumn(STATE, lit(null).cast(DataTypes.BinaryType)).unionByName(rows),
        lookup.keys());
  }

  /** Rows with the columns of the lookup's events that stand for those of a cell. */
  private static Dataset<Row> asEvents(Lookup lookup, Dataset<Row> folded, boolean late) {
    Column time = timestamp_micros(unix_micros(col(CELL)).minus(lit(shift(lookup))));
    Map<String, Column> known = new HashMap<>();
    lookup.keys().forEach(key -> known.put(key.eventColumn(), named(key.spineColumn())));
    known.put(EventColumns.EVENT_TIME, time);
    known.put(
        EventColumns.VISIBLE_FROM,
        late ? timestamp_micros(unix_micros(col(KNOWN)).minus(lit(lookup.lagMicros()))) : time);
    known.put(EventColumns.DELETED, lit(false));
    List<Column> columns = new ArrayList<>();
    for (StructField field : lookup.events().schema().fields()) {
      // A key may have been stored as a wider type.
      Column value = known.getOrDefault(field.name(), lit(null)).cast(field.dataType());
      columns.add(value.as(field.name()));
    }
    columns.add(col(STATE));
    return folded.select(Columns.seq(columns));
  }

  private static Lookup with(Lookup lookup, Dataset<Row> events, List<Lookup.Key> keys) {
    return new Lookup(
        lookup.title(),
        events,
        keys,
        lookup.timed(),
        lookup.exclusive(),
        lookup.lagMicros(),
        lookup.tieBreak(),
        lookup.lastTieBreak(),
        lookup.rowKey(),
        lookup.where(),
        lookup.outputs());
  }

  private static Column named(String column) {
    return Columns.named(column);
  }
}
