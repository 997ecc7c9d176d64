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
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

  ViewCompiler(SparkSession session, Engine engine) {
    this.session = session;
    this.engine = engine;
  }

  Dataset<Row> compile(Task.MaterializeInterval task, ViewEvents view) {
    List<String> keys =
        task.view().keys().stream().map(BoundKey::key).map(key -> key.name()).toList();
    TimeRange asked = range(task.ticks());
    // A key of which no tick can see anything has no row: its events need not be read for it.
    Dataset<Row> spine = view.distinctKeys(asked).crossJoin(ticks(task.ticks()));
    Lookup features = view.lookup(view.allFeatures(), keys, 0);
    Dataset<Row> joined =
        engine
            .join(
                new PointInTimeJoin(
                    spine,
                    ResolvedTrainingSet.EVENT_TIME,
                    List.of(features, seen(features, view)),
                    asked))
            .where(col(SEEN).gt(0));
    for (Derived derived : task.view().view().derived()) {
      joined =
          joined.withColumn(
              derived.name(), RenamedSql.of(session, derived.expression(), java.util.Map.of()));
    }
    List<Column> columns = new ArrayList<>();
    keys.forEach(key -> columns.add(SparkPlans.named(key)));
    columns.add(col(ResolvedTrainingSet.EVENT_TIME));
    // Whatever a tick's values are made of was visible at the tick.
    columns.add(col(ResolvedTrainingSet.EVENT_TIME).as(CompiledView.AVAILABLE_TIME));
    task.view().view().columns().forEach(column -> columns.add(SparkPlans.named(column)));
    return joined.select(SparkPlans.columns(columns));
  }

  /** How many events a key's values at a tick may be made of. */
  private static Lookup seen(Lookup features, ViewEvents view) {
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
        List.of(
            new Output.Windowed(SEEN, "count(*)", null, null, view.lookBack().orElse(null), null)));
  }

  private static TimeRange range(List<Instant> ticks) {
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
