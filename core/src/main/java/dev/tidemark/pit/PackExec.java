package dev.tidemark.pit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/** Physical operator of {@link Pack}. */
public final class PackExec extends SparkPlan {
  private static final String ROWS = "rows";

  private final Seq<Expression> keys;
  private final Seq<Expression> required;
  private final boolean keyless;
  private final int partitions;
  private final Seq<Attribute> packed;
  private final SparkPlan child;
  private transient @Nullable Map<String, SQLMetric> metrics;

  public PackExec(
      Seq<Expression> keys,
      Seq<Expression> required,
      boolean keyless,
      int partitions,
      Seq<Attribute> packed,
      SparkPlan child) {
    this.keys = keys;
    this.required = required;
    this.keyless = keyless;
    this.partitions = partitions;
    this.packed = packed;
    this.child = child;
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

  SparkPlan child() {
    return child;
  }

  @Override
  public Seq<SparkPlan> children() {
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

  @Override
  public scala.collection.immutable.Map<String, SQLMetric> metrics() {
    return Columns.map(named());
  }

  private synchronized Map<String, SQLMetric> named() {
    Map<String, SQLMetric> named = metrics;
    if (named == null) {
      named = new LinkedHashMap<>();
      named.put(ROWS, SQLMetrics.createMetric(sparkContext(), "rows packed"));
      metrics = named;
    }
    return named;
  }

  @Override
  public RDD<InternalRow> doExecute() {
    Packing packing =
        new Packing(
            Columns.seq(Columns.list(child.output())),
            Columns.seq(Columns.list(keys)),
            Columns.seq(Columns.list(required)),
            keyless,
            partitions,
            0,
            Objects.requireNonNull(named().get(ROWS)));
    Function2<Integer, java.util.Iterator<InternalRow>, java.util.Iterator<InternalRow>> run =
        (partition, rows) -> packing.run(partition, rows);
    return child.execute().toJavaRDD().mapPartitionsWithIndex(run, true).rdd();
  }

  @Override
  public PackExec withNewChildrenInternal(IndexedSeq<SparkPlan> children) {
    return new PackExec(keys, required, keyless, partitions, packed, children.head());
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
    return that instanceof PackExec;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof PackExec other
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
