package dev.tidemark.pit;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Deduplicate;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sample;
import org.apache.spark.sql.catalyst.plans.logical.Tail;
import org.apache.spark.sql.execution.columnar.InMemoryRelation;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;

/** Datasets as the optimizer sees them, and back. */
final class Plans {
  private Plans() {}

  static Dataset<Row> dataset(SparkSession session, LogicalPlan plan) {
    return org.apache.spark.sql.classic.Dataset$.MODULE$.ofRows(
        (org.apache.spark.sql.classic.SparkSession) session, plan);
  }

  /**
   * An estimate, in bytes: Spark's, but never more than what is read. To Spark a join may be the
   * product of its sides, and of a few small tables that is more than there are bytes anywhere.
   */
  static double size(Dataset<Row> rows) {
    return size(
        ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().optimizedPlan());
  }

  private static double size(LogicalPlan plan) {
    double read = 0;
    for (LogicalPlan leaf : Columns.list(plan.collectLeaves())) {
      boolean isComputed =
          leaf instanceof InMemoryRelation kept
              && !kept.cacheBuilder().isCachedColumnBuffersLoaded();
      read +=
          isComputed
              ? size(((InMemoryRelation) leaf).cacheBuilder().logicalPlan())
              : leaf.stats().sizeInBytes().doubleValue();
    }
    return Math.min(read, plan.stats().sizeInBytes().doubleValue());
  }

  /** Whether a query gives the same rows whenever it runs, as far as Spark tells. */
  static boolean isRepeatable(Dataset<Row> rows) {
    return !analyzed(rows).exists(new IsArbitrary());
  }

  private static final class IsArbitrary extends AbstractFunction1<LogicalPlan, Object> {
    @Override
    public Object apply(LogicalPlan plan) {
      return plan instanceof GlobalLimit
          || plan instanceof LocalLimit
          || plan instanceof Offset
          || plan instanceof Tail
          || plan instanceof Sample
          || plan instanceof Deduplicate
          || !Columns.list(plan.expressions()).stream().allMatch(Expression::deterministic);
    }
  }

  static Seq<Attribute> output(Dataset<Row> rows) {
    return Columns.seq(Columns.list(analyzed(rows).output()));
  }

  static LogicalPlan analyzed(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
  }

  /** A column as it is resolved over rows. */
  static Expression expression(Dataset<Row> rows, Column column) {
    NamedExpression named =
        ((Project) analyzed(rows.select(column.as(EventColumns.RESERVED_PREFIX + "e"))))
            .projectList()
            .head();
    return ((Alias) named).child();
  }
}
