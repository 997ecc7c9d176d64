package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.execution.ColumnarToRowTransition;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/**
 * Physical operator of {@link Pack} over batches of columns, which it filters and packs without
 * making rows of them first. To Spark it is a transition from columns to rows.
 */
public final class PackColumnsExec extends SparkPlan implements ColumnarToRowTransition {
  private static final String ROWS = "rows";

  private final Seq<Expression> keys;
  private final boolean keyless;
  private final int partitions;
  private final Seq<Attribute> columns;
  private final List<Integer> places;
  private final List<ColumnarRows.Bound> bounds;
  private final Seq<Attribute> packed;
  private final SparkPlan source;
  private transient @Nullable Map<String, SQLMetric> metrics;

  /**
   * @param keys over {@code columns}
   * @param columns that are packed
   * @param places of these in the source's columns
   * @param bounds of the rows that are packed, by places in the source's columns
   * @param packed the result's columns
   */
  public PackColumnsExec(
      Seq<Expression> keys,
      boolean keyless,
      int partitions,
      Seq<Attribute> columns,
      List<Integer> places,
      List<ColumnarRows.Bound> bounds,
      Seq<Attribute> packed,
      SparkPlan source) {
    this.keys = keys;
    this.keyless = keyless;
    this.partitions = partitions;
    this.columns = columns;
    this.places = places;
    this.bounds = bounds;
    this.packed = packed;
    this.source = source;
  }

  /** What can take the place of {@code pack}; empty: its rows do not come in columns. */
  static Optional<SparkPlan> of(PackExec pack) {
    return ColumnarRows.of(pack.child())
        .flatMap(
            rows -> {
              List<ColumnarRows.Bound> bounds = new ArrayList<>(rows.bounds());
              for (Expression required : Columns.list(pack.required())) {
                Optional<Integer> place = rows.place(pack.child().output(), required);
                if (place.isEmpty()) {
                  return Optional.empty();
                }
                bounds.add(ColumnarRows.Bound.notNull(place.get()));
              }
              return Optional.of(
                  new PackColumnsExec(
                      pack.keys(),
                      pack.keyless(),
                      pack.partitions(),
                      pack.child().output(),
                      rows.places(),
                      bounds.stream().distinct().toList(),
                      pack.output(),
                      rows.source()));
            });
  }

  @Override
  public SparkPlan child() {
    return source;
  }

  @Override
  public Seq<SparkPlan> children() {
    return Columns.seq(List.of(source));
  }

  @Override
  public Seq<Attribute> output() {
    return packed;
  }

  @Override
  public AttributeSet producedAttributes() {
    return Columns.set(packed);
  }

  /** By their places; keys are of columns that the source may name otherwise. */
  @Override
  public AttributeSet references() {
    return source.outputSet();
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
    ColumnPacking packing =
        new ColumnPacking(
            new Packing(
                Columns.seq(Columns.list(columns)),
                Columns.seq(Columns.list(keys)),
                Columns.seq(List.of()),
                keyless,
                partitions,
                0,
                Objects.requireNonNull(named().get(ROWS))),
            places,
            bounds);
    Function2<Integer, java.util.Iterator<ColumnarBatch>, java.util.Iterator<InternalRow>> run =
        (partition, batches) -> packing.run(partition, batches);
    return source.executeColumnar().toJavaRDD().mapPartitionsWithIndex(run, true).rdd();
  }

  @Override
  public SparkPlan withNewChildInternal(SparkPlan child) {
    return new PackColumnsExec(keys, keyless, partitions, columns, places, bounds, packed, child);
  }

  @Override
  public SparkPlan withNewChildrenInternal(
      scala.collection.immutable.IndexedSeq<SparkPlan> children) {
    return withNewChildInternal(children.head());
  }

  /** What EXPLAIN shows. */
  @Override
  public scala.collection.Iterator<Object> stringArgs() {
    List<Object> shown = new ArrayList<>(List.of(keys, partitions, columns));
    List<Attribute> of = Columns.list(source.output());
    bounds.forEach(bound -> shown.add(bound.explained(of.get(bound.place()))));
    return Columns.<Object>seq(shown).iterator();
  }

  @Override
  public int productArity() {
    return 8;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> keys;
      case 1 -> keyless;
      case 2 -> partitions;
      case 3 -> columns;
      case 4 -> places;
      case 5 -> bounds;
      case 6 -> packed;
      case 7 -> source;
      default -> throw new IndexOutOfBoundsException(n);
    };
  }

  @Override
  public boolean canEqual(Object that) {
    return that instanceof PackColumnsExec;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof PackColumnsExec other
        && keys.equals(other.keys)
        && keyless == other.keyless
        && partitions == other.partitions
        && columns.equals(other.columns)
        && places.equals(other.places)
        && bounds.equals(other.bounds)
        && packed.equals(other.packed)
        && source.equals(other.source);
  }

  @Override
  public int hashCode() {
    return Objects.hash(keys, keyless, partitions, columns, places, bounds, packed, source);
  }
}
