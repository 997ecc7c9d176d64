package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_micros;

import dev.tidemark.definition.Derived;
import dev.tidemark.pit.Engine;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.Lookup;
import dev.tidemark.pit.Output;
import dev.tidemark.pit.PointInTimeJoin;
import dev.tidemark.pit.TimeRange;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Compiles a view's values at ticks: a spine of every key at every tick, of which the rows stay
 * where the view has seen something.
 */
final class ViewCompiler {
  private static final String SEEN = EventColumns.RESERVED_PREFIX + "seen";

  private final SparkSession session;
  private final Engine engine;
  private final Task.MaterializeInterval task;
  private final ViewEvents view;
  private final List<String> keys;
  private final Lookup features;
  private final NullLookups why;

  ViewCompiler(
      SparkSession session, Engine engine, Task.MaterializeInterval task, ViewEvents view) {
    this.session = session;
    this.engine = engine;
    this.task = task;
    this.view = view;
    this.keys = keys(view);
    this.features = features(view);
    this.why = why(view, features);
  }

  private static List<String> keys(ViewEvents view) {
    return view.resolved().keys().stream().map(BoundKey::key).map(key -> key.name()).toList();
  }

  private static Lookup features(ViewEvents view) {
    return withSeen(view.lookup(view.allFeatures(), keys(view), 0), view);
  }

  /** A row is there only if its key has an event as far back as any feature looks. */
  private static NullLookups why(ViewEvents view, Lookup features) {
    return new NullLookups(
        view, features, view.allFeatures().keySet(), 0, view.lookBack().orElse(null));
  }

  Dataset<Row> rows() {
    return rows(List.of(features), distinctKeys());
  }

  private Dataset<Row> rows(List<Lookup> lookups, Dataset<Row> spineKeys) {
    return selected(joined(lookups, spineKeys), List.of());
  }

  /** The rows with what tells why features are null. */
  Dataset<Row> explained() {
    return explained(why.lookups(), distinctKeys());
  }

  private Dataset<Row> explained(List<Lookup> lookups, Dataset<Row> spineKeys) {
    return selected(
        why.withBits(joined(lookups, spineKeys)),
        evidence().stream().map(NullEvidence::evidence).distinct().toList());
  }

  /**
   * What is looked up for a view's rows, the features first.
   *
   * @param explaining whether with what tells why features are null
   */
  static List<Lookup> lookups(ViewEvents view, boolean explaining) {
    Lookup features = features(view);
    return explaining ? why(view, features).lookups() : List.of(features);
  }

  /** The rows by the same lookups in other events; as {@link #lookups}. */
  Dataset<Row> rowsOf(List<Lookup> lookups, boolean explaining) {
    Dataset<Row> spineKeys = view.distinctKeys(lookups.get(0).events(), range(task.ticks()));
    return explaining ? explained(lookups, spineKeys) : rows(lookups, spineKeys);
  }

  /** A key of which no tick can see anything has no row: its events need not be read for it. */
  private Dataset<Row> distinctKeys() {
    return view.distinctKeys(range(task.ticks()));
  }

  List<NullEvidence> evidence() {
    return view.allFeatures().keySet().stream()
        .map(column -> why.evidence(column, column))
        .filter(Objects::nonNull)
        .toList();
  }

  private Dataset<Row> joined(List<Lookup> lookups, Dataset<Row> spineKeys) {
    return engine.join(join(lookups, spineKeys)).where(col(SEEN).gt(0));
  }

  private PointInTimeJoin join(List<Lookup> lookups, Dataset<Row> spineKeys) {
    Dataset<Row> spine = spineKeys.crossJoin(ticks(task.ticks()));
    return new PointInTimeJoin(spine, ResolvedTrainingSet.EVENT_TIME, lookups, range(task.ticks()));
  }

  /**
   * The events that are read for the rows, each time that they are, with the filters that are told
   * to their source; nothing runs.
   *
   * @param explaining also for what tells why features are null
   */
  List<Dataset<Row>> reads(boolean explaining) {
    Dataset<Row> spineKeys = distinctKeys();
    List<Dataset<Row>> reads =
        new ArrayList<>(engine.reads(join(lookups(view, explaining), spineKeys)));
    reads.add(spineKeys);
    return reads;
  }

  private Dataset<Row> selected(Dataset<Row> joined, List<String> evidence) {
    Dataset<Row> rows = joined;
    for (Derived derived : task.view().view().derived()) {
      rows =
          rows.withColumn(
              derived.name(), RenamedSql.of(session, derived.expression(), java.util.Map.of()));
    }
    List<Column> columns = new ArrayList<>();
    keys.forEach(key -> columns.add(SparkPlans.named(key)));
    columns.add(col(ResolvedTrainingSet.EVENT_TIME));
    // Whatever a tick's values are made of was visible at the tick.
    columns.add(col(ResolvedTrainingSet.EVENT_TIME).as(CompiledView.AVAILABLE_TIME));
    task.view().view().columns().forEach(column -> columns.add(SparkPlans.named(column)));
    evidence.forEach(column -> columns.add(col(column)));
    return rows.select(SparkPlans.columns(columns));
  }

  /** Also how many events a key's values at a tick may be made of. */
  private static Lookup withSeen(Lookup features, ViewEvents view) {
    List<Output> outputs = new ArrayList<>(features.outputs());
    outputs.add(
        new Output.Windowed(SEEN, "count(*)", null, null, view.lookBack().orElse(null), null));
    return new Lookup(
        features.title(),
        features.events(),
        features.keys(),
        features.timed(),
        features.exclusive(),
        features.lagMicros(),
        features.tieBreak(),
        features.lastTieBreak(),
        features.rowKey(),
        features.where(),
        outputs);
  }

  static TimeRange range(List<Instant> ticks) {
    return new TimeRange(
        SpineRows.micros(ticks.get(0)), SpineRows.micros(ticks.get(ticks.size() - 1)));
  }

  /** The ticks as rows, made on the executors: they are evenly spaced. */
  private Dataset<Row> ticks(List<Instant> ticks) {
    long first = SpineRows.micros(ticks.get(0));
    long step = ticks.size() == 1 ? 0 : SpineRows.micros(ticks.get(1)) - first;
    return session
        .range(ticks.size())
        .select(
            timestamp_micros(col("id").multiply(lit(step)).plus(lit(first)))
                .as(ResolvedTrainingSet.EVENT_TIME));
  }
}
