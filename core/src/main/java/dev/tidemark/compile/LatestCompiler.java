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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Compiles a view's values at one T, for all keys or for some. A row's times are those of its
 * events, and not T, so that they too change only with the key's events.
 */
final class LatestCompiler {
  private static final String SEEN = EventColumns.RESERVED_PREFIX + "seen";
  private static final String NEWEST = EventColumns.RESERVED_PREFIX + "newest";
  private static final String KNOWN = EventColumns.RESERVED_PREFIX + "known";

  private final SparkSession session;
  private final Engine engine;
  private final ViewEvents view;
  private final long time;
  private final List<String> keys;

  LatestCompiler(SparkSession session, Engine engine, ViewEvents view, Instant asOf) {
    this.session = session;
    this.engine = engine;
    this.view = view;
    this.time = SpineRows.micros(asOf);
    this.keys = view.resolved().keys().stream().map(BoundKey::key).map(key -> key.name()).toList();
  }

  /** The rows of all keys. */
  Dataset<Row> all() {
    return of(view.distinctKeys(asked())).withColumn(CompiledLatest.KEPT, lit(false));
  }

  /**
   * The rows of the run before but for some keys, whose rows are computed.
   *
   * @param changed the entity's keys, each once
   */
  Dataset<Row> merged(Dataset<Row> before, Dataset<Row> changed) {
    Dataset<Row> computed = of(changed);
    List<Column> columns = new ArrayList<>();
    for (StructField field : computed.schema().fields()) {
      // A table may store a narrower type as a wider one.
      columns.add(SparkPlans.named(field.name()).cast(field.dataType()).as(field.name()));
    }
    return before
        .select(SparkPlans.columns(columns))
        .join(changed, CollectionConverters.asScala(keys).toSeq(), "left_anti")
        .withColumn(CompiledLatest.KEPT, lit(true))
        .union(computed.withColumn(CompiledLatest.KEPT, lit(false)));
  }

  private Dataset<Row> of(Dataset<Row> some) {
    Lookup features = view.lookup(view.allFeatures(), keys, 0);
    Dataset<Row> spine =
        some.withColumn(ResolvedTrainingSet.EVENT_TIME, timestamp_micros(lit(time)));
    Dataset<Row> rows =
        engine
            .join(
                new PointInTimeJoin(
                    spine,
                    ResolvedTrainingSet.EVENT_TIME,
                    List.of(features, times(features)),
                    asked()))
            .where(col(SEEN).gt(0));
    for (Derived derived : view.resolved().view().derived()) {
      rows =
          rows.withColumn(derived.name(), RenamedSql.of(session, derived.expression(), Map.of()));
    }
    List<Column> columns = new ArrayList<>();
    keys.forEach(key -> columns.add(SparkPlans.named(key)));
    columns.add(col(NEWEST).as(ResolvedTrainingSet.EVENT_TIME));
    columns.add(col(KNOWN).as(CompiledView.AVAILABLE_TIME));
    view.resolved().view().columns().forEach(column -> columns.add(SparkPlans.named(column)));
    return rows.select(SparkPlans.columns(columns));
  }

  private TimeRange asked() {
    return new TimeRange(time, time);
  }

  /** How many events a key's values may be made of, and when they happened and became visible. */
  private Lookup times(Lookup features) {
    Long lookBack = view.lookBack().orElse(null);
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
            new Output.Windowed(SEEN, "count(*)", null, null, lookBack, null),
            new Output.Windowed(
                NEWEST, "max(" + EventColumns.EVENT_TIME + ")", null, null, lookBack, null),
            new Output.Windowed(
                KNOWN, "max(" + EventColumns.VISIBLE_FROM + ")", null, null, lookBack, null)));
  }
}
