package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.ExpressionUtils;
import scala.collection.immutable.Seq;

/** Makes the inputs of a {@link SlotJoin}: packed, and brought where their strategy wants them. */
final class SlotInputs {
  private final Dataset<Row> spine;
  private final String asOf;
  private final List<String> keys;
  private final int partitions;
  private final KeyFilter filter;

  /**
   * @param asOf the spine's column of times
   * @param keys the spine's columns
   * @param partitions of what is partitioned by key
   */
  SlotInputs(Dataset<Row> spine, String asOf, List<String> keys, int partitions) {
    this.spine = spine;
    this.asOf = asOf;
    this.keys = keys;
    this.partitions = partitions;
    filter = new KeyFilter(spine, keys());
  }

  /** The spine's. */
  Seq<Expression> keys() {
    return expressions(spine, keys);
  }

  /** The spine's. */
  Expression time() {
    return Plans.expression(spine, Columns.named(asOf));
  }

  private static Seq<Expression> expressions(Dataset<Row> rows, List<String> columns) {
    return Columns.seq(
        columns.stream().map(column -> Plans.expression(rows, Columns.named(column))).toList());
  }

  /**
   * The whole spine.
   *
   * @param stays whether it is not partitioned by key
   */
  LogicalPlan spine(boolean stays) {
    LogicalPlan pack = packed(spine, keys(), Columns.seq(List.of()), true, stays ? 1 : partitions);
    return stays ? pack : partitioned(pack);
  }

  /**
   * Events.
   *
   * @param needed their rows
   * @param lookups the expressions of each lookup that reads them
   */
  LogicalPlan events(
      SharedEvents events,
      Dataset<Row> needed,
      StrategyChoice.Chosen chosen,
      List<Seq<Expression>> lookups,
      List<LookupSpec> specs) {
    Seq<Expression> eventKeys = Columns.seq(events.keys());
    Seq<Expression> times = Columns.seq(events.times());
    return switch (chosen.strategy()) {
      case SHUFFLE ->
          partitioned(packed(filter.of(needed, eventKeys), eventKeys, times, false, partitions));
      case BROADCAST_EVENTS -> packed(needed, eventKeys, times, false, 1);
      case BROADCAST_SPINE, HOT_KEYS -> {
        boolean complete = chosen.strategy() == Strategy.BROADCAST_SPINE;
        Dataset<Row> some = keysAndTimes(complete ? spine : hotSpine(chosen));
        SomeSpine someSpine =
            new SomeSpine(
                complete,
                Plans.output(some),
                expressions(some, keys),
                Plans.expression(some, Columns.named(asOf)));
        yield partitioned(
            new PackSlots(
                eventKeys,
                times,
                partitions,
                someSpine,
                Columns.seq(lookups),
                specs,
                Pack.columns(),
                Plans.analyzed(complete ? needed : filter.of(needed, eventKeys)),
                packed(some, someSpine.keys(), Columns.seq(List.of(someSpine.asOf())), false, 1)));
      }
    };
  }

  private static Dataset<Row> hotSpine(StrategyChoice.Chosen chosen) {
    return Objects.requireNonNull(chosen.hotSpine());
  }

  /** As new columns, so that nothing is shared with the whole spine. */
  private Dataset<Row> keysAndTimes(Dataset<Row> rows) {
    List<Column> fresh = new ArrayList<>();
    keys.forEach(key -> fresh.add(Columns.named(key).as(key)));
    if (!keys.contains(asOf)) {
      fresh.add(Columns.named(asOf).as(asOf));
    }
    return rows.select(Columns.seq(fresh));
  }

  private static LogicalPlan packed(
      Dataset<Row> rows,
      Seq<Expression> keys,
      Seq<Expression> required,
      boolean keyless,
      int partitions) {
    return new Pack(keys, required, keyless, partitions, Pack.columns(), Plans.analyzed(rows));
  }

  private LogicalPlan partitioned(LogicalPlan pack) {
    SparkSession session = spine.sparkSession();
    return Plans.analyzed(
        Plans.dataset(session, pack)
            .repartitionById(partitions, ExpressionUtils.column(pack.output().head())));
  }
}
