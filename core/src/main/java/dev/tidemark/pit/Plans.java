package dev.tidemark.pit;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import scala.collection.immutable.Seq;

/** Datasets as the optimizer sees them, and back. */
final class Plans {
  private Plans() {}

  static Dataset<Row> dataset(SparkSession session, LogicalPlan plan) {
    return org.apache.spark.sql.classic.Dataset$.MODULE$.ofRows(
        (org.apache.spark.sql.classic.SparkSession) session, plan);
  }

  /** Spark's estimate, in bytes. */
  static double size(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows)
        .queryExecution()
        .optimizedPlan()
        .stats()
        .sizeInBytes()
        .doubleValue();
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
