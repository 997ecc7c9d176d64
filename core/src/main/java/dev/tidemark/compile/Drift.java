package dev.tidemark.compile;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;

/**
 * The population stability index of a column: the sum over bins of (q - p) ln(q / p), where p and q
 * are the shares of the reference's rows and of the new rows in a bin. It is 0 for equal shares,
 * and the same whichever is called the reference. By custom, less than 0.1 is no change, and more
 * than 0.25 a large one.
 *
 * <p>Bins are the reference's: of numbers its deciles, those that are equal counted once; of text
 * its {@value #MOST_VALUES} most frequent values, and one bin for all others; and one bin for
 * nulls. A share below {@value #LEAST_SHARE} counts as that, since the logarithm of 0 is none; a
 * bin that is empty on both sides adds nothing. The shares of no rows are all 0.
 *
 * <p>Quantiles and counts are exact, so that the index does not depend on how rows are distributed.
 * The reference's different values of a column are sorted by one task, which spills.
 *
 * <p>Source: N. Siddiqi, Credit Risk Scorecards, Wiley 2006, "System Stability Report".
 */
final class Drift {
  static final double LEAST_SHARE = 0.0001;
  static final int MOST_VALUES = 20;
  private static final int BINS = 10;

  private static final String VALUE = "tidemark_value";
  private static final String BIN = "tidemark_bin";
  private static final String ROWS = "tidemark_rows";
  private static final int NULLS = -1;

  private final String column;
  private final Map<Integer, Long> reference;
  private final Column bin;

  /**
   * Looks at the reference; a job or two run.
   *
   * @param rows have the column
   * @param type of the column in the rows that are compared
   */
  Drift(Dataset<Row> rows, String column, DataType type) {
    this.column = column;
    Column value = value(type);
    this.bin = type instanceof StringType ? valueBins(rows, value) : deciles(rows, value);
    this.reference = new HashMap<>();
    for (Row row : rows.select(bin.as(BIN)).groupBy(BIN).agg(count(lit(1))).collectAsList()) {
      reference.put(row.getInt(0), row.getLong(1));
    }
  }

  private Column value(DataType type) {
    Column named = SparkPlans.named(column);
    return type instanceof StringType ? named : named.cast("double");
  }

  private static Column deciles(Dataset<Row> rows, Column value) {
    Dataset<Row> counts =
        rows.select(value.as(VALUE)).where(col(VALUE).isNotNull()).groupBy(VALUE).count();
    Column upTo =
        sum("count").over(Window.orderBy(VALUE).rowsBetween(Window.unboundedPreceding(), 0));
    Column all =
        sum("count")
            .over(
                Window.orderBy(VALUE)
                    .rowsBetween(Window.unboundedPreceding(), Window.unboundedFollowing()));
    List<Column> edges = new ArrayList<>();
    for (int k = 1; k < BINS; k++) {
      edges.add(
          min(when(col("up_to").multiply(BINS).geq(col("everything").multiply(k)), col(VALUE)))
              .as("edge" + k));
    }
    Row found =
        counts
            .withColumn("up_to", upTo)
            .withColumn("everything", all)
            .agg(edges.get(0), edges.subList(1, edges.size()).toArray(Column[]::new))
            .first();
    Set<Double> different = new TreeSet<>();
    for (int i = 0; i < found.length(); i++) {
      if (!found.isNullAt(i)) {
        different.add(found.getDouble(i));
      }
    }
    Column bin = lit(0);
    for (double edge : different) {
      bin = bin.plus(when(value.gt(lit(edge)), 1).otherwise(0));
    }
    return when(value.isNull(), lit(NULLS)).otherwise(bin);
  }

  private static Column valueBins(Dataset<Row> rows, Column value) {
    List<Row> most =
        rows.select(value.as(VALUE))
            .where(col(VALUE).isNotNull())
            .groupBy(VALUE)
            .count()
            .orderBy(col("count").desc(), col(VALUE))
            .limit(MOST_VALUES)
            .collectAsList();
    Column bin = when(value.isNull(), lit(NULLS));
    for (int i = 0; i < most.size(); i++) {
      bin = bin.when(value.equalTo(lit(most.get(i).getString(0))), lit(i));
    }
    return coalesce(bin, lit(MOST_VALUES));
  }

  /**
   * The index of other rows.
   *
   * @param tick a {@code bigint} that tells groups of rows apart
   * @return of each group that has rows
   */
  Map<Long, Double> of(Dataset<Row> rows, Column tick) {
    Map<Long, Map<Integer, Long>> counts = new HashMap<>();
    for (Row row :
        rows.select(tick.as(VALUE), bin.as(BIN))
            .groupBy(VALUE, BIN)
            .agg(count(lit(1)).as(ROWS))
            .collectAsList()) {
      counts
          .computeIfAbsent(row.getLong(0), any -> new HashMap<>())
          .put(row.getInt(1), row.getLong(2));
    }
    Map<Long, Double> found = new HashMap<>();
    counts.forEach((group, of) -> found.put(group, index(reference, of)));
    return found;
  }

  /** The index of no rows. */
  double ofNothing() {
    return index(reference, Map.of());
  }

  /** The index of two distributions, as numbers of rows by bin. */
  static double index(Map<Integer, Long> reference, Map<Integer, Long> now) {
    long allBefore = reference.values().stream().mapToLong(Long::longValue).sum();
    long allNow = now.values().stream().mapToLong(Long::longValue).sum();
    Set<Integer> bins = new TreeSet<>(reference.keySet());
    bins.addAll(new HashSet<>(now.keySet()));
    double index = 0;
    for (int each : bins) {
      long before = reference.getOrDefault(each, 0L);
      long after = now.getOrDefault(each, 0L);
      if (before > 0 || after > 0) {
        double p = Math.max(share(before, allBefore), LEAST_SHARE);
        double q = Math.max(share(after, allNow), LEAST_SHARE);
        index += (q - p) * Math.log(q / p);
      }
    }
    return index;
  }

  private static double share(long some, long all) {
    return all == 0 ? 0 : (double) some / all;
  }
}
