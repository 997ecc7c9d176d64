package dev.tidemark.pit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.physical.BroadcastDistribution;
import org.apache.spark.sql.catalyst.plans.physical.Distribution;
import org.apache.spark.sql.catalyst.plans.physical.IdentityBroadcastMode$;
import org.apache.spark.sql.catalyst.plans.physical.UnspecifiedDistribution$;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/** Physical operator of {@link PackSlots}: the spine's rows are broadcast. */
public final class PackSlotsExec extends SparkPlan {
  private final Seq<Expression> keys;
  private final Seq<Expression> required;
  private final int partitions;
  private final SomeSpine someSpine;
  private final Seq<Seq<Expression>> lookups;
  private final List<LookupSpec> specs;
  private final Seq<Attribute> packed;
  private final SparkPlan events;
  private final SparkPlan spine;
  private transient @Nullable Map<String, SQLMetric> metrics;

  public PackSlotsExec(
      Seq<Expression> keys,
      Seq<Expression> required,
      int partitions,
      SomeSpine someSpine,
      Seq<Seq<Expression>> lookups,
      List<LookupSpec> specs,
      Seq<Attribute> packed,
      SparkPlan events,
      SparkPlan spine) {
    this.keys = keys;
    this.required = required;
    this.partitions = partitions;
    this.someSpine = someSpine;
    this.lookups = lookups;
    this.specs = specs;
    this.packed = packed;
    this.events = events;
    this.spine = spine;
  }

  @Override
  public Seq<SparkPlan> children() {
    return Columns.seq(List.of(events, spine));
  }

  @Override
  public Seq<Attribute> output() {
    return packed;
  }

  @Override
  public AttributeSet producedAttributes() {
    return Columns.set(packed);
  }

  @Override
  public AttributeSet references() {
    return inputSet();
  }

  @Override
  public scala.collection.immutable.Map<String, SQLMetric> metrics() {
    return Columns.map(named());
  }

  private synchronized Map<String, SQLMetric> named() {
    Map<String, SQLMetric> named = metrics;
    if (named == null) {
      named = new LinkedHashMap<>();
      for (PartialSlots.Metric metric : PartialSlots.Metric.values()) {
        named.put(metric.name(), SQLMetrics.createMetric(sparkContext(), metric.title()));
      }
      metrics = named;
    }
    return named;
  }

  @Override
  public Seq<Distribution> requiredChildDistribution() {
    return Columns.seq(
        List.of(
            UnspecifiedDistribution$.MODULE$,
            new BroadcastDistribution(IdentityBroadcastMode$.MODULE$)));
  }

  @Override
  public RDD<InternalRow> doExecute() {
    Broadcast<InternalRow[]> broadcast = spine.executeBroadcast();
    Map<String, SQLMetric> counters = new LinkedHashMap<>(named());
    PartialSlots task =
        new PartialSlots(
            new Packing(
                Columns.seq(Columns.list(events.output())),
                Columns.seq(Columns.list(keys)),
                Columns.seq(Columns.list(required)),
                false,
                partitions,
                0,
                Objects.requireNonNull(counters.get(PartialSlots.Metric.SENT.name()))),
            someSpine,
            Columns.list(lookups),
            specs,
            counters,
            SlotJoinExec.memoryLimit(session()));
    Function2<Integer, java.util.Iterator<InternalRow>, java.util.Iterator<InternalRow>> run =
        (partition, rows) -> task.run(partition, rows, broadcast.value());
    return events.execute().toJavaRDD().mapPartitionsWithIndex(run, true).rdd();
  }

  @Override
  public PackSlotsExec withNewChildrenInternal(IndexedSeq<SparkPlan> children) {
    return new PackSlotsExec(
        keys,
        required,
        partitions,
        someSpine,
        lookups,
        specs,
        packed,
        children.apply(0),
        children.apply(1));
  }

  /** What EXPLAIN shows. */
  @Override
  public scala.collection.Iterator<Object> stringArgs() {
    return Columns.<Object>seq(someSpine.explained(keys, partitions)).iterator();
  }

  @Override
  public int productArity() {
    return 9;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> keys;
      case 1 -> required;
      case 2 -> partitions;
      case 3 -> someSpine;
      case 4 -> lookups;
      case 5 -> specs;
      case 6 -> packed;
      case 7 -> events;
      case 8 -> spine;
      default -> throw new IndexOutOfBoundsException(n);
    };
  }

  @Override
  public boolean canEqual(Object that) {
    return that instanceof PackSlotsExec;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof PackSlotsExec other
        && keys.equals(other.keys)
        && required.equals(other.required)
        && partitions == other.partitions
        && someSpine.equals(other.someSpine)
        && lookups.equals(other.lookups)
        && specs.equals(other.specs)
        && packed.equals(other.packed)
        && events.equals(other.events)
        && spine.equals(other.spine);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        keys, required, partitions, someSpine, lookups, specs, packed, events, spine);
  }
}
