package dev.tidemark.pit;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Statistics;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * Logical operator (public, as Spark copies it by its constructor): the rows of the first child,
 * the spine, each with what the lookups find as of its time in the events of the other children.
 */
public final class SlotJoin extends LogicalPlan {
  private final Seq<LogicalPlan> inputs;
  private final List<Seq<Attribute>> columns;
  private final List<Strategy> strategies;
  private final Seq<Expression> keys;
  private final Expression asOf;
  private final Seq<Seq<Expression>> lookups;
  private final List<LookupSpec> specs;
  private final Seq<Attribute> results;

  /**
   * @param inputs the spine, then the events of each lookup, all {@link Pack packed}; by equal keys
   *     and so partitioned where the strategy asks for it
   * @param columns of the rows that are packed in each input; the expressions are over these
   * @param strategies of each input; of the spine, as most of the others
   * @param keys of the spine
   * @param asOf the spine's times, microseconds
   * @param lookups the expressions of each lookup, as its spec says
   * @param results the columns that all lookups add
   */
  public SlotJoin(
      Seq<LogicalPlan> inputs,
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

  List<Seq<Attribute>> columns() {
    return columns;
  }

  List<Strategy> strategies() {
    return strategies;
  }

  Seq<Expression> keys() {
    return keys;
  }

  Expression asOf() {
    return asOf;
  }

  Seq<Seq<Expression>> lookups() {
    return lookups;
  }

  List<LookupSpec> specs() {
    return specs;
  }

  Seq<Attribute> results() {
    return results;
  }

  @Override
  public Seq<LogicalPlan> children() {
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

  /** A row of the spine is a row of the result. */
  @Override
  public Statistics stats() {
    return inputs.head().stats();
  }

  @Override
  public SlotJoin withNewChildrenInternal(IndexedSeq<LogicalPlan> children) {
    return new SlotJoin(children, columns, strategies, keys, asOf, lookups, specs, results);
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
    return that instanceof SlotJoin;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof SlotJoin other
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
