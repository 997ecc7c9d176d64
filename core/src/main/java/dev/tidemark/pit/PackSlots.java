package dev.tidemark.pit;

import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * Logical operator (public, as Spark copies it by its constructor): as {@link Pack}, but events
 * whose keys are among some of the spine go into slots at once, so that not they but {@link
 * SlotStates} are sent on. Events that belong to more than one slot are sent as they are.
 */
public final class PackSlots extends LogicalPlan {
  private final Seq<Expression> keys;
  private final Seq<Expression> required;
  private final int partitions;
  private final SomeSpine someSpine;
  private final Seq<Seq<Expression>> lookups;
  private final List<LookupSpec> specs;
  private final Seq<Attribute> packed;
  private final LogicalPlan events;
  private final LogicalPlan spine;

  /**
   * @param keys decide the partition
   * @param required events where one of these is null are left out
   * @param partitions how many
   * @param someSpine tells the rows of {@code spine}
   * @param lookups all that read these events, in the order of the join
   * @param specs of the lookups
   * @param packed the result's columns, as {@link Pack}'s
   * @param spine packed into one partition
   */
  public PackSlots(
      Seq<Expression> keys,
      Seq<Expression> required,
      int partitions,
      SomeSpine someSpine,
      Seq<Seq<Expression>> lookups,
      List<LookupSpec> specs,
      Seq<Attribute> packed,
      LogicalPlan events,
      LogicalPlan spine) {
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

  Seq<Expression> keys() {
    return keys;
  }

  Seq<Expression> required() {
    return required;
  }

  int partitions() {
    return partitions;
  }

  SomeSpine someSpine() {
    return someSpine;
  }

  Seq<Seq<Expression>> lookups() {
    return lookups;
  }

  List<LookupSpec> specs() {
    return specs;
  }

  LogicalPlan events() {
    return events;
  }

  LogicalPlan spine() {
    return spine;
  }

  @Override
  public Seq<LogicalPlan> children() {
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

  /** All that there is: what a row holds is fixed. */
  @Override
  public AttributeSet references() {
    return inputSet();
  }

  @Override
  public PackSlots withNewChildrenInternal(IndexedSeq<LogicalPlan> children) {
    return new PackSlots(
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
    return that instanceof PackSlots;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof PackSlots other
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
