package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.network.util.JavaUtils;
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
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * Physical operator of {@link SlotJoin}: spine and events are partitioned by key, and a partition's
 * events are read once, in any order, into the slots of its spine.
 */
public final class SlotJoinExec extends SparkPlan {
  /**
   * The Spark setting of how much memory a partition may take before it is split, such as {@code
   * 512m}; by default as much as Spark grants.
   */
  static final String MEMORY_LIMIT = "spark.tidemark.partition-memory";

  private final Seq<SparkPlan> inputs;
  private final List<Seq<Attribute>> columns;
  private final List<Strategy> strategies;
  private final Seq<Expression> keys;
  private final Expression asOf;
  private final Seq<Seq<Expression>> lookups;
  private final List<LookupSpec> specs;
  private final Seq<Attribute> results;
  private transient @Nullable Map<String, SQLMetric> metrics;

  public SlotJoinExec(
      Seq<SparkPlan> inputs,
      List<Seq<Attribute>> columns,
      List<Strategy> strategies,
      Seq<Expression> keys,
      Expression asOf,
      Seq<Seq<Expression>> lookups,
      List<LookupSpec> specs,
      Seq<Attribute> results) {
    this.inputs = inputs;
    this.columns = columns;
    this.strategies = strategies;
    this.keys = keys;
    this.asOf = asOf;
    this.lookups = lookups;
    this.specs = specs;
    this.results = results;
  }

  @Override
  public Seq<SparkPlan> children() {
    return inputs;
  }

  @Override
  public Seq<Attribute> output() {
    return Columns.joined(columns.get(0), results);
  }

  /** The packed rows themselves; their columns are no columns of the inputs. */
  @Override
  public AttributeSet references() {
    return inputSet();
  }

  @Override
  public AttributeSet producedAttributes() {
    return Columns.set(output());
  }

  @Override
  public scala.collection.immutable.Map<String, SQLMetric> metrics() {
    return Columns.map(named());
  }

  private synchronized Map<String, SQLMetric> named() {
    Map<String, SQLMetric> named = metrics;
    if (named == null) {
      named = new LinkedHashMap<>();
      for (SlotMetric metric : SlotMetric.values()) {
        named.put(
            metric.name(),
            metric.isSize()
                ? SQLMetrics.createSizeMetric(sparkContext(), metric.title(), 0L)
                : SQLMetrics.createMetric(sparkContext(), metric.title()));
      }
      for (int input = 1; input < columns.size(); input++) {
        String title = "time to fetch and take in " + String.join(", ", titles(input));
        named.put(timeOf(input), SQLMetrics.createNanoTimingMetric(sparkContext(), title, 0L));
      }
      metrics = named;
    }
    return named;
  }

  /** The name of the metric of how long tasks took over an input's events. */
  static String timeOf(int input) {
    return "TIME_" + input;
  }

  /** The lookups that read an input, each title once. */
  List<String> titles(int input) {
    return specs.stream()
        .filter(spec -> spec.input() == input)
        .map(LookupSpec::title)
        .distinct()
        .toList();
  }

  @Override
  public Seq<Distribution> requiredChildDistribution() {
    return Columns.list(
        strategies.stream()
            .map(
                strategy ->
                    strategy == Strategy.BROADCAST_EVENTS
                        ? new BroadcastDistribution(IdentityBroadcastMode$.MODULE$)
                        : (Distribution) UnspecifiedDistribution$.MODULE$)
            .toList());
  }

  @Override
  public RDD<InternalRow> doExecute() {
    List<RDD<InternalRow>> rdds = new ArrayList<>();
    Map<Integer, Broadcast<InternalRow[]>> broadcasts = new TreeMap<>();
    List<SparkPlan> plans = Columns.list(inputs);
    for (int input = 0; input < plans.size(); input++) {
      if (input > 0 && strategies.get(input) == Strategy.BROADCAST_EVENTS) {
        broadcasts.put(input, plans.get(input).executeBroadcast());
      } else {
        rdds.add(plans.get(input).execute());
      }
    }
    SlotTask task =
        new SlotTask(
            columns,
            keys,
            asOf,
            Columns.list(lookups),
            specs,
            results,
            new LinkedHashMap<>(named()),
            memoryLimit(session()));
    return new SlotRdd(sparkContext(), rdds, broadcasts, task);
  }

  static long memoryLimit(org.apache.spark.sql.SparkSession session) {
    Option<String> given = session.conf().getOption(MEMORY_LIMIT);
    return given.isDefined() ? JavaUtils.byteStringAsBytes(given.get()) : Long.MAX_VALUE;
  }

  @Override
  public SlotJoinExec withNewChildrenInternal(IndexedSeq<SparkPlan> children) {
    return new SlotJoinExec(children, columns, strategies, keys, asOf, lookups, specs, results);
  }

  /** What EXPLAIN shows. */
  @Override
  public scala.collection.Iterator<Object> stringArgs() {
    return Columns.<Object>seq(LookupSpec.explained(keys, asOf, specs, strategies)).iterator();
  }

  @Override
  public int productArity() {
    return 8;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> inputs;
      case 1 -> columns;
      case 2 -> strategies;
      case 3 -> keys;
      case 4 -> asOf;
      case 5 -> lookups;
      case 6 -> specs;
      case 7 -> results;
      default -> throw new IndexOutOfBoundsException(n);
    };
  }

  @Override
  public boolean canEqual(Object that) {
    return that instanceof SlotJoinExec;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof SlotJoinExec other
        && inputs.equals(other.inputs)
        && columns.equals(other.columns)
        && strategies.equals(other.strategies)
        && keys.equals(other.keys)
        && asOf.equals(other.asOf)
        && lookups.equals(other.lookups)
        && specs.equals(other.specs)
        && results.equals(other.results);
  }

  @Override
  public int hashCode() {
    return java.util.Objects.hash(inputs, columns, strategies, keys, asOf, lookups, specs, results);
  }
}
