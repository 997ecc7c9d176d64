package dev.tidemark.pit;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testkit.SparkTest;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;

@SparkTest
class DataErrorsTest {
  private final SparkSession session;

  DataErrorsTest(SparkSession session) {
    this.session = session;
  }

  private Column at(long id) {
    return when(
        col("id").equalTo(id),
        DataErrors.raise(DataTypes.LongType, lit("id "), col("id"), lit(" and "), lit(null)));
  }

  @Test
  void the_text_is_found_in_the_failure_of_the_job() {
    assertThatThrownBy(() -> session.range(10).select(at(7)).collectAsList())
        .satisfies(failure -> assertThat(DataErrors.messageOf(failure)).hasValue("id 7 and null"));
  }

  @Test
  void nothing_is_raised_where_no_row_reaches_the_expression() {
    assertThat(session.range(10).select(at(10)).collectAsList()).hasSize(10);
  }

  @Test
  void an_error_of_the_analyzer_quotes_the_plan_and_raises_nothing() {
    Dataset<Row> rows = session.range(3).select(at(7).as("value"));
    assertThatThrownBy(() -> rows.select(session.range(5).col("id")))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("tidemark:data")
        .satisfies(failure -> assertThat(DataErrors.messageOf(failure)).isEmpty());
  }

  @Test
  void other_failures_have_no_such_text() {
    assertThat(DataErrors.messageOf(new IllegalStateException("no", new RuntimeException())))
        .isEmpty();
    assertThatThrownBy(() -> session.range(1).selectExpr("1 / id").collectAsList())
        .satisfies(failure -> assertThat(DataErrors.messageOf(failure)).isEmpty());
  }
}
