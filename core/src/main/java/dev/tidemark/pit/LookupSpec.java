package dev.tidemark.pit;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/**
 * How {@link SlotJoin} reads the expressions of one lookup, and what it makes of them.
 *
 * <p>The expressions, over the lookup's events, stand in one list: the keys; event time, visible
 * from, deleted; for corrections the time that the event is replaced from; where rows may stand for
 * folded events, their state; the condition that all events must meet, if there is one; then
 * conditions, aggregate functions, and the payload of latest values.
 *
 * @param title as in {@link Lookup}
 * @param input which of the join's inputs has its events
 * @param keys how many key columns
 * @param exclusive as in {@link Lookup}
 * @param lagMicros as in {@link Lookup}
 * @param replaced whether events may be replaced by corrections
 * @param stated whether a row may stand for folded events
 * @param filtered whether there is a condition on all events
 * @param conditions how many conditions
 * @param functions the condition of each aggregate function; null: none
 * @param payload how many columns a latest event's row has
 * @param order which of the payload's columns decide between events of equal time, in this order
 * @param windows lengths in microseconds, {@link dev.tidemark.pit.kernel.Slots#UNBOUNDED} for none
 * @param choices of a latest event
 * @param results the columns that are added, in this order
 */
public record LookupSpec(
    String title,
    int input,
    int keys,
    boolean exclusive,
    long lagMicros,
    boolean replaced,
    boolean stated,
    boolean filtered,
    int conditions,
    List<@Nullable Integer> functions,
    int payload,
    List<Integer> order,
    List<Long> windows,
    List<Choice> choices,
    List<Result> results)
    implements Serializable {

  /**
   * Which events a latest event is chosen from.
   *
   * @param condition the condition that they meet; null: any
   * @param notNull a column of the payload that is not null in them, unless they are deleted; null:
   *     any
   */
  record Choice(@Nullable Integer condition, @Nullable Integer notNull) implements Serializable {}

  /** One added column. */
  sealed interface Result extends Serializable permits OfWindow, OfLatest, OfState {}

  /** What an aggregate function makes of a window. */
  record OfWindow(int function, int window) implements Result {}

  /**
   * A column of the payload of a chosen event.
   *
   * @param ttlMicros how old it may be; {@link dev.tidemark.pit.kernel.Slots#UNBOUNDED}: any age
   */
  record OfLatest(int choice, int column, long ttlMicros) implements Result {}

  /** What the slot that ends at T holds, for {@link Folding}; then it is the only result. */
  record OfState() implements Result {}

  /** What EXPLAIN shows of a join. */
  static List<Object> explained(
      Seq<Expression> keys, Expression asOf, List<LookupSpec> specs, List<Strategy> strategies) {
    List<Object> shown = new ArrayList<>();
    shown.add(keys);
    shown.add("as of " + asOf);
    specs.forEach(spec -> shown.add(spec.brief() + ", " + strategies.get(spec.input()).title()));
    return shown;
  }

  private String brief() {
    List<String> parts = new ArrayList<>();
    if (!functions.isEmpty()) {
      parts.add("%d aggregates in %d windows".formatted(functions.size(), windows.size()));
    }
    if (!choices.isEmpty()) {
      parts.add("%d latest events".formatted(choices.size()));
    }
    if (isFold()) {
      parts.add("folded");
    }
    if (exclusive) {
      parts.add("exclusive");
    }
    if (lagMicros != 0) {
      parts.add("lag %d us".formatted(lagMicros));
    }
    if (replaced) {
      parts.add("corrections");
    }
    return title + ": " + String.join(", ", parts);
  }

  int firstTime() {
    return keys;
  }

  int replacedAt() {
    return keys + 3;
  }

  int stateAt() {
    return replacedAt() + (replaced ? 1 : 0);
  }

  int filterAt() {
    return stateAt() + (stated ? 1 : 0);
  }

  /** Whether slots are asked for, and not windows. */
  boolean isFold() {
    return results.get(0) instanceof OfState;
  }

  int firstCondition() {
    return filterAt() + (filtered ? 1 : 0);
  }

  int firstFunction() {
    return firstCondition() + conditions;
  }

  int firstPayload() {
    return firstFunction() + functions.size();
  }
}
