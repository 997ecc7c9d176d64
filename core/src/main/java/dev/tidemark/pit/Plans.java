package dev.tidemark.pit;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationRef;
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
    return Math.min(read(plan), plan.stats().sizeInBytes().doubleValue());
  }

  private static double read(LogicalPlan plan) {
    List<LogicalPlan> children = Columns.list(plan.children());
    if (children.isEmpty()) {
      return leafSize(plan);
    }
    if (plan instanceof SlotJoin) {
      // As many rows as its spine has, whatever events it reads.
      return read(children.get(0));
    }
    return children.stream().mapToDouble(Plans::read).sum();
  }

  private static double leafSize(LogicalPlan leaf) {
    if (leaf instanceof CTERelationRef) {
      // What it refers to stands in the same plan, and has leaves of its own.
      return 0;
    }
    if (leaf instanceof InMemoryRelation kept) {
      // Asked anew: `stats()` goes on saying what it said before the rows were there.
      return kept.cacheBuilder().isCachedColumnBuffersLoaded()
          ? kept.computeStats().sizeInBytes().doubleValue()
          : size(kept.cacheBuilder().logicalPlan());
    }
    return leaf.stats().sizeInBytes().doubleValue();
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
