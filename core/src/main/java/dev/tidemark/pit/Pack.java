package dev.tidemark.pit;

import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * Logical operator (public, as Spark copies it by its constructor): all columns of the child's
 * rows, packed into {@link PackedRows} by the partition that their keys belong to.
 *
 * <p>The result has the columns {@code partition int}, {@code is_states boolean}, which is false,
 * and {@code rows binary}.
 */
public final class Pack extends LogicalPlan {
  private final Seq<Expression> keys;
  private final Seq<Expression> required;
  private final boolean keyless;
  private final int partitions;
  private final Seq<Attribute> packed;
  private final LogicalPlan child;

  /**
   * @param keys decide the partition
   * @param required rows where one of these is null are left out
   * @param keyless true: rows where a key is null are kept, in any partition
   * @param partitions how many
   * @param packed the result's columns
   */
  public Pack(
      Seq<Expression> keys,
      Seq<Expression> required,
      boolean keyless,
      int partitions,
      Seq<Attribute> packed,
      LogicalPlan child) {
    this.keys = keys;
    this.required = required;
    this.keyless = keyless;
    this.partitions = partitions;
    this.packed = packed;
    this.child = child;
  }

  /** New columns for a result. */
  static Seq<Attribute> columns() {
    return Columns.seq(
        List.of(
            column("partition", DataTypes.IntegerType),
            column("is_states", DataTypes.BooleanType),
            column("rows", DataTypes.BinaryType)));
  }

  private static Attribute column(String name, DataType type) {
    return new AttributeReference(
        EventColumns.RESERVED_PREFIX + name,
        type,
        false,
        Metadata.empty(),
        NamedExpression.newExprId(),
        Columns.seq(List.<String>of()));
  }

  LogicalPlan child() {
    return child;
  }

  Seq<Expression> keys() {
    return keys;
  }

  Seq<Expression> required() {
    return required;
  }

  boolean keyless() {
    return keyless;
  }

  int partitions() {
    return partitions;
  }

  @Override
  public Seq<LogicalPlan> children() {
    return Columns.seq(List.of(child));
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
    return child.outputSet();
  }

  @Override
  public Pack withNewChildrenInternal(IndexedSeq<LogicalPlan> children) {
    return new Pack(keys, required, keyless, partitions, packed, children.head());
  }

  @Override
  public int productArity() {
    return 6;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> keys;
      case 1 -> required;
      case 2 -> keyless;
      case 3 -> partitions;
      case 4 -> packed;
      case 5 -> child;
      default -> throw new IndexOutOfBoundsException(n);
    };
  }

  @Override
  public boolean canEqual(Object that) {
    return that instanceof Pack;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof Pack other
        && keys.equals(other.keys)
        && required.equals(other.required)
        && keyless == other.keyless
        && partitions == other.partitions
        && packed.equals(other.packed)
        && child.equals(other.child);
  }

  @Override
  public int hashCode() {
    return Objects.hash(keys, required, keyless, partitions, packed, child);
  }
}
