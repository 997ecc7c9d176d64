package dev.tidemark.compile;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;

/**
 * How well single columns rank a label: the area under the ROC curve (AUC) of the column as a
 * score, which is the probability that of a positive and a negative row, drawn at random, the
 * positive one has the greater value, equal values counting one half. 0.5 is chance; a column that
 * ranks the wrong way round is as telling, so that 1 - AUC counts where it is greater. A null is
 * less than any value; and since a value may be there for positive rows only, the AUC of "it is
 * null" counts too where it is greater.
 *
 * <p>Exact, in one job over all columns: rows are counted by column and value, and then ranked by
 * column, each in one task, which spills. Rows without a label are left out.
 *
 * <p>Source: D. Bamber, The area above the ordinal dominance graph and the area below the receiver
 * operating characteristic graph, J. Math. Psychology 12 (1975).
 */
final class Leakage {
  private static final String FEATURE = "tidemark_feature";
  private static final String VALUE = "tidemark_value";
  private static final String POSITIVE = "tidemark_positive";
  private static final String NEGATIVE = "tidemark_negative";
  private static final String BEFORE = "tidemark_before";

  private Leakage() {}

  /**
   * What one column tells of a label.
   *
   * @param auc 0.5 to 1; 0.5 where all labels are the same
   */
  record Ranking(String column, double auc) {}

  /** Of each column, the most telling first. */
  static List<Ranking> of(Dataset<Row> rows, Column positive, List<String> columns) {
    List<Column> values = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      DataType type = rows.select(SparkPlans.named(columns.get(i))).schema().apply(0).dataType();
      values.add(struct(lit(i).as(FEATURE), number(columns.get(i), type).as(VALUE)));
    }
    Dataset<Row> counts =
        rows.where(positive.isNotNull())
            .select(positive.as(POSITIVE), explode(array(values.toArray(Column[]::new))).as("each"))
            .select(col(POSITIVE), col("each." + FEATURE), col("each." + VALUE))
            .groupBy(FEATURE, VALUE)
            .agg(
                sum(when(col(POSITIVE), 1L).otherwise(0L)).as(POSITIVE),
                sum(when(col(POSITIVE), 0L).otherwise(1L)).as(NEGATIVE));
    Column before =
        sum(NEGATIVE)
            .over(
                Window.partitionBy(FEATURE)
                    .orderBy(col(VALUE).asc_nulls_first())
                    .rowsBetween(Window.unboundedPreceding(), -1));
    Column negatives = col(NEGATIVE).cast("double");
    Column wins = coalesce(col(BEFORE), lit(0L)).cast("double").plus(negatives.divide(2));
    List<Ranking> found = new ArrayList<>();
    for (Row row :
        counts
            .withColumn(BEFORE, before)
            .groupBy(FEATURE)
            .agg(
                sum(col(POSITIVE).cast("double").multiply(wins)),
                sum(POSITIVE),
                sum(NEGATIVE),
                sum(when(col(VALUE).isNull(), col(POSITIVE)).otherwise(0L)),
                sum(when(col(VALUE).isNull(), col(NEGATIVE)).otherwise(0L)))
            .collectAsList()) {
      double pairs = (double) row.getLong(2) * row.getLong(3);
      if (pairs == 0) {
        found.add(new Ranking(columns.get(row.getInt(0)), 0.5));
        continue;
      }
      double nullPairs = (double) row.getLong(4) * row.getLong(5);
      double valuePositives = (double) row.getLong(2) - row.getLong(4);
      double valueNegatives = (double) row.getLong(3) - row.getLong(5);
      double isThere =
          valuePositives * row.getLong(5) + (nullPairs + valuePositives * valueNegatives) / 2;
      found.add(
          new Ranking(
              columns.get(row.getInt(0)),
              Math.max(either(row.getDouble(1) / pairs), either(isThere / pairs))));
    }
    found.sort(Comparator.comparingDouble(Ranking::auc).reversed().thenComparing(Ranking::column));
    return found;
  }

  private static double either(double auc) {
    return Math.max(auc, 1 - auc);
  }

  private static Column number(String column, DataType type) {
    Column named = SparkPlans.named(column);
    if (type instanceof BooleanType) {
      return named.cast("int").cast("double");
    }
    return type instanceof DateType ? named.cast("timestamp").cast("double") : named.cast("double");
  }
}
