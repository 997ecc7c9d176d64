package dev.tidemark.compile;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.definition.Feature;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.Lookup;
import dev.tidemark.pit.Output;
import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.ResolvedTrainingSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * What is looked up beside the features of one lookup, to tell why they are null: for each `where`
 * the time of the newest event that is visible, and of the newest whether visible or not. Whether
 * either is in a feature's span is then a comparison, whatever spans there are.
 *
 * <p>All rows of the source count, also those that are deleted or that a correction has replaced:
 * they are what the source says. So where there are such, the features' own lookup can't be asked.
 */
final class NullLookups {
  private static final String WHY = EventColumns.RESERVED_PREFIX + "why_";
  private static final String VISIBLE = "visible_";
  private static final String ANY = "any_";
  private static final String LATE = "late_";
  private static final int KEY_NULL = 0;
  private static final int HISTORY = 1;
  private static final int MOST_BITS = 62;

  /** Which events a feature has: those that meet its `where`, back to a time before T − lag. */
  private record Seen(@Nullable String where, @Nullable Long spanMicros, boolean withItsEdge) {}

  private final ViewEvents view;
  private final Lookup features;
  private final String name;
  private final Map<String, Seen> seen = new LinkedHashMap<>();
  private final @Nullable Long lookBack;
  private final Way way;

  /**
   * @param columns the view's columns that are looked up, by the view's names
   * @param number different for every lookup of a join
   * @param lookBack how far to look for any event of a key, where it is known that there is one
   */
  NullLookups(
      ViewEvents view, Lookup features, Set<String> columns, int number, @Nullable Long lookBack) {
    this.view = view;
    this.features = features;
    this.name = WHY + number + "_";
    this.lookBack = lookBack;
    this.way = way(features, time());
    for (Feature feature : view.resolved().view().features()) {
      feature.match(latest -> latest(latest, columns), windowed -> windowed(windowed, columns));
    }
  }

  private boolean latest(Feature.Latest latest, Set<String> columns) {
    var ttl = view.resolved().view().ttl();
    return columns.contains(latest.name())
        && seen.put(
                latest.name(),
                new Seen(text(latest.where()), ttl == null ? null : ttl.micros(), false))
            == null;
  }

  private boolean windowed(Feature.Windowed windowed, Set<String> columns) {
    boolean exclusive = view.resolved().view().exclusive();
    windowed.windows().stream()
        .filter(window -> columns.contains(windowed.column(window)))
        .forEach(
            window ->
                seen.put(
                    windowed.column(window),
                    new Seen(
                        text(windowed.where()),
                        window.length() == null ? null : window.length().micros(),
                        exclusive)));
    return true;
  }

  private static @Nullable String text(@Nullable Sql sql) {
    return sql == null ? null : sql.text();
  }

  private Set<@Nullable String> wheres() {
    Set<@Nullable String> wheres = new LinkedHashSet<>();
    // First that of the view alone: it tells whether there is any event.
    wheres.add(null);
    seen.values().forEach(each -> wheres.add(each.where()));
    return wheres;
  }

  /** How the newest event, visible or not, is found. */
  private enum Way {
    /** What has happened is visible. */
    AS_VISIBLE,
    /**
     * A moment later, when all that has happened by T is visible and nothing else: every event is
     * late by the same span. So the events are those of the features, and are read with them.
     */
    WHEN_VISIBLE,
    /** Among those that were late; of the others the newest is visible. */
    AMONG_LATE
  }

  private static Way way(Lookup features, TimeRules time) {
    if (!features.timed() || (time.availableAt() == null && time.delay() == null)) {
      return Way.AS_VISIBLE;
    }
    // Then what happens at T itself would be seen, and must not be.
    boolean strict = features.exclusive();
    return time.availableAt() == null && !strict ? Way.WHEN_VISIBLE : Way.AMONG_LATE;
  }

  /** The features' lookup and those beside it. */
  List<Lookup> lookups() {
    TimeRules time = time();
    List<Output> visible = outputs(VISIBLE);
    List<Lookup> lookups = new ArrayList<>();
    Lookup asked;
    if (time.rowKey().isEmpty() && time.deletedWhen() == null) {
      List<Output> all = new ArrayList<>(features.outputs());
      all.addAll(visible);
      asked = with(features.events(), features.lagMicros(), all);
    } else {
      lookups.add(features);
      asked = with(undeleted(), features.lagMicros(), visible);
    }
    lookups.add(asked);
    switch (way) {
      case AS_VISIBLE -> {}
      case WHEN_VISIBLE -> {
        long delay = time.delay() == null ? 0 : time.delay().micros();
        lookups.add(with(asked.events(), features.lagMicros() - delay, outputs(ANY)));
      }
      case AMONG_LATE -> lookups.add(with(late(), features.lagMicros(), outputs(LATE)));
    }
    return lookups;
  }

  private TimeRules time() {
    return view.resolved().sources().get(0).time();
  }

  private Dataset<Row> undeleted() {
    Dataset<Row> events = features.events();
    Dataset<Row> rows =
        features.where() == null
            ? events
            : events.where(coalesce(expr(features.where()), lit(false)));
    return rows.withColumn(EventColumns.DELETED, lit(false));
  }

  private Dataset<Row> late() {
    Column happened = col(EventColumns.EVENT_TIME);
    Column visible = col(EventColumns.VISIBLE_FROM);
    return undeleted()
        .where(visible.isNull().or(visible.gt(happened)))
        .withColumn(EventColumns.VISIBLE_FROM, happened);
  }

  private Lookup with(Dataset<Row> events, long lagMicros, List<Output> outputs) {
    return new Lookup(
        features.title(),
        events,
        features.keys(),
        features.timed(),
        features.exclusive(),
        lagMicros,
        features.tieBreak(),
        features.lastTieBreak(),
        List.of(),
        null,
        outputs);
  }

  private List<Output> outputs(String kind) {
    List<Output> outputs = new ArrayList<>();
    int number = 0;
    for (String where : wheres()) {
      String column = name + kind + number++;
      outputs.add(
          features.timed()
              ? new Output.Latest(column, EventColumns.EVENT_TIME, where, lookBack, false)
              : new Output.Windowed(column, "count(*)", where, null, null, null));
    }
    return outputs;
  }

  /** Adds the columns of bits to what all {@link #lookups} have been joined to. */
  Dataset<Row> withBits(Dataset<Row> joined) {
    List<Seen> different = seen.values().stream().distinct().toList();
    Dataset<Row> rows = joined;
    for (int first = 0; first < different.size(); first += perColumn()) {
      Column bits = bit(keyNull(), KEY_NULL).bitwiseOR(bit(history(), HISTORY));
      int last = Math.min(first + perColumn(), different.size());
      for (int i = first; i < last; i++) {
        Seen each = different.get(i);
        int bit = firstBit(i);
        bits =
            bits.bitwiseOR(bit(within(each, newest(each.where())), bit))
                .bitwiseOR(bit(within(each, newest(VISIBLE, each.where())), bit + 1));
      }
      rows = rows.withColumn(column(first), bits);
    }
    return rows;
  }

  private static int perColumn() {
    return (MOST_BITS - 2) / 2;
  }

  private static int firstBit(int seen) {
    return 2 + 2 * (seen % perColumn());
  }

  private String column(int seen) {
    return name + "bits_" + seen / perColumn();
  }

  private Column newest(String kind, @Nullable String where) {
    return col(name + kind + new ArrayList<>(wheres()).indexOf(where));
  }

  /** Visible or not. */
  private Column newest(@Nullable String where) {
    return switch (way) {
      case AS_VISIBLE -> newest(VISIBLE, where);
      case WHEN_VISIBLE -> newest(ANY, where);
      case AMONG_LATE -> greatest(newest(VISIBLE, where), newest(LATE, where));
    };
  }

  private Column keyNull() {
    Column any = lit(false);
    for (Lookup.Key key : features.keys()) {
      any = any.or(SparkPlans.named(key.spineColumn()).isNull());
    }
    return any;
  }

  private Column history() {
    Column newest = newest(null);
    return features.timed() ? newest.isNotNull() : newest.gt(0);
  }

  private Column within(Seen each, Column newest) {
    if (!features.timed()) {
      return newest.gt(0);
    }
    Long span = each.spanMicros();
    if (span == null) {
      return newest.isNotNull();
    }
    // T - newest rather than T - span, which may be before all times.
    Column age = unix_micros(col(ResolvedTrainingSet.EVENT_TIME)).minus(unix_micros(newest));
    long most =
        span > Long.MAX_VALUE - features.lagMicros() ? Long.MAX_VALUE : span + features.lagMicros();
    return each.withItsEdge() ? age.leq(lit(most)) : age.lt(lit(most));
  }

  private static Column bit(Column condition, int bit) {
    return when(condition, lit(1L << bit)).otherwise(lit(0L));
  }

  /**
   * What tells why a column is null.
   *
   * @param column of the view
   * @param as its name where it is told
   * @return null for one that is not looked up
   */
  @Nullable NullEvidence evidence(String column, String as) {
    Seen each = seen.get(column);
    if (each == null) {
      return null;
    }
    int index = seen.values().stream().distinct().toList().indexOf(each);
    int bit = firstBit(index);
    return new NullEvidence(as, column(index), KEY_NULL, HISTORY, bit, bit + 1);
  }
}
