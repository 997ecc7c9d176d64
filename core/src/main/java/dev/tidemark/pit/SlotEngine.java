package dev.tidemark.pit;

import static org.apache.spark.sql.functions.expr;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StringType;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/**
 * Point-in-time joins by slots: events are read once, in any order, and never multiplied.
 *
 * <p>All lookups by the same columns of the spine share its partitioning and its index. What slots
 * cannot hold goes to the {@link ReferenceEngine}: static sources, maps ({@code by}), DISTINCT
 * aggregates, and keys whose equality is not that of their bytes.
 *
 * <p>The session must have {@link PointInTimeExtensions}.
 */
public final class SlotEngine implements Engine {
  /**
   * Lookups by how they are done.
   *
   * @param inSlots those of the same events together, by the columns of the spine
   * @param others by the reference engine
   */
  private record Grouped(Map<List<String>, List<SharedEvents>> inSlots, List<Lookup> others) {}

  private static Grouped grouped(PointInTimeJoin join) {
    Map<List<String>, List<SharedEvents>> bySpineColumns = new LinkedHashMap<>();
    List<Lookup> others = new ArrayList<>();
    int number = 0;
    for (Lookup lookup : join.lookups()) {
      List<Output> inSlots = new ArrayList<>();
      List<Output> outside = new ArrayList<>();
      boolean fits = lookup.timed() && hasPlainKeys(lookup);
      for (Output output : lookup.outputs()) {
        (fits && fits(lookup, output) ? inSlots : outside).add(output);
      }
      if (!outside.isEmpty()) {
        others.add(with(lookup, seen(with(lookup, outside), join.asked()), outside));
      }
      if (!inSlots.isEmpty()) {
        List<String> columns = lookup.keys().stream().map(Lookup.Key::spineColumn).toList();
        SharedEvents.of(
                bySpineColumns.computeIfAbsent(columns, none -> new ArrayList<>()), join, lookup)
            .add(with(lookup, inSlots), number++, join.asked());
      }
    }
    return new Grouped(bySpineColumns, others);
  }

  /** The events that any T may see; the reference engine would read them all. */
  private static Dataset<Row> seen(Lookup lookup, @Nullable TimeRange asked) {
    TimeRange range = asked == null ? null : lookup.seenFrom(asked);
    return range == null ? lookup.events() : SharedEvents.within(lookup.events(), range);
  }

  @Override
  public List<Dataset<Row>> reads(PointInTimeJoin join) {
    Grouped grouped = grouped(join);
    List<Dataset<Row>> reads = new ArrayList<>();
    grouped.inSlots().values().forEach(alike -> alike.forEach(each -> reads.add(each.needed())));
    grouped.others().forEach(lookup -> reads.add(lookup.events()));
    return reads;
  }

  @Override
  public Dataset<Row> join(PointInTimeJoin join) {
    Grouped grouped = grouped(join);
    Dataset<Row> result = join.spine();
    for (Map.Entry<List<String>, List<SharedEvents>> alike : grouped.inSlots().entrySet()) {
      result = joined(result, join.asOf(), alike.getKey(), alike.getValue());
    }
    for (Lookup lookup : grouped.others()) {
      result = new ReferenceLookup(join.spine(), join.asOf(), lookup, true).joinTo(result);
    }
    List<Column> order = new ArrayList<>();
    for (String column : join.spine().columns()) {
      order.add(Columns.named(column));
    }
    join.lookups()
        .forEach(
            lookup -> lookup.outputs().forEach(output -> order.add(Columns.named(output.name()))));
    return result.select(Columns.seq(order));
  }

  /**
   * The spine's rows with what the events between each one's time and the time before it of the
   * same key came to, in {@link EventColumns#STATE}.
   */
  static Dataset<Row> fold(PointInTimeJoin join) {
    Lookup lookup = join.lookups().get(0);
    List<SharedEvents> events = new ArrayList<>();
    SharedEvents.of(events, join, lookup).add(lookup, 0, null);
    events.get(0).fold();
    List<String> columns = lookup.keys().stream().map(Lookup.Key::spineColumn).toList();
    return joined(join.spine(), join.asOf(), columns, events);
  }

  private static Lookup with(Lookup lookup, List<Output> outputs) {
    return with(lookup, lookup.events(), outputs);
  }

  private static Lookup with(Lookup lookup, Dataset<Row> events, List<Output> outputs) {
    return new Lookup(
        lookup.title(),
        events,
        lookup.keys(),
        lookup.timed(),
        lookup.exclusive(),
        lookup.lagMicros(),
        lookup.tieBreak(),
        lookup.lastTieBreak(),
        lookup.rowKey(),
        lookup.where(),
        outputs);
  }

  static boolean hasPlainKeys(Lookup lookup) {
    return lookup.keys().stream()
        .allMatch(
            key -> {
              DataType type = lookup.events().schema().apply(key.eventColumn()).dataType();
              return Input.Kind.of(type).isWhole()
                  || type instanceof BooleanType
                  || type instanceof DecimalType
                  || (type instanceof StringType text && text.supportsBinaryEquality());
            });
  }

  static boolean fits(Lookup lookup, Output output) {
    return output.match(
        latest -> true,
        windowed ->
            windowed.by() == null
                && FilteredAggregate.strategy(lookup.events(), expr(windowed.aggregate()))
                    != FilteredAggregate.Strategy.DISTINCT);
  }

  private static Dataset<Row> joined(
      Dataset<Row> spine, String asOf, List<String> keys, List<SharedEvents> allEvents) {
    StrategyChoice choice = new StrategyChoice(spine, keys);
    List<StrategyChoice.Chosen> chosen = allEvents.stream().map(choice::of).toList();
    int partitions = choice.partitions(allEvents);
    SlotInputs inputs = new SlotInputs(spine, asOf, keys, partitions);
    List<Strategy> strategies =
        new ArrayList<>(chosen.stream().map(StrategyChoice.Chosen::strategy).toList());
    boolean stays = strategies.stream().allMatch(Strategy.BROADCAST_EVENTS::equals);
    strategies.add(0, Strategy.SHUFFLE);
    List<LogicalPlan> children = new ArrayList<>(List.of(inputs.spine(stays)));
    List<Seq<Attribute>> inputColumns = new ArrayList<>(List.of(Plans.output(spine)));
    List<Seq<Expression>> expressions = new ArrayList<>();
    List<LookupSpec> specs = new ArrayList<>();
    List<Attribute> results = new ArrayList<>();
    Map<Integer, List<Column>> byNumber = new TreeMap<>();
    for (int i = 0; i < allEvents.size(); i++) {
      SharedEvents events = allEvents.get(i);
      List<Seq<Expression>> own = new ArrayList<>();
      List<LookupSpec> ownSpecs = new ArrayList<>();
      for (PreparedLookup lookup : events.lookups()) {
        own.add(Columns.seq(lookup.expressions()));
        ownSpecs.add(lookup.spec(children.size()));
        results.addAll(lookup.results());
        byNumber.put(lookup.number(), lookup.columns());
      }
      Dataset<Row> needed = events.needed();
      inputColumns.add(Plans.output(needed));
      children.add(inputs.events(events, needed, chosen.get(i), own, ownSpecs));
      expressions.addAll(own);
      specs.addAll(ownSpecs);
    }
    List<Column> columns = new ArrayList<>();
    for (String column : spine.columns()) {
      columns.add(Columns.named(column));
    }
    byNumber.values().forEach(columns::addAll);
    SlotJoin node =
        new SlotJoin(
            Columns.seq(children),
            inputColumns,
            strategies,
            inputs.keys(),
            inputs.time(),
            Columns.seq(expressions),
            specs,
            Columns.seq(results));
    return Plans.dataset(spine.sparkSession(), node).select(Columns.seq(columns));
  }
}
