package dev.tidemark.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

@SparkTest
class TextTableTest {
  private final SparkSession session;

  TextTableTest(SparkSession session) {
    this.session = session;
  }

  private static final String TABLE =
      """
      k bigint | at timestamp                | name string | m map<string,int>
      1        | 2024-01-01T00:00:00.000001Z | ''          | {"b":2,"a":1}
      null     | null                        | x           | null
      """;

  @Test
  void a_table_reads_back_as_it_was_written() {
    Dataset<Row> rows = TextTable.parse(session, TABLE);
    TextTable.assertRows(
        rows,
        """
        k    | at                          | name | m
        1    | 2024-01-01T00:00:00.000001Z | ''   | {a=1, b=2}
        null | null                        | x    | null
        """);
    assertThat(rows.schema().apply("k").dataType().sql()).isEqualTo("BIGINT");
  }

  @Test
  void a_difference_in_one_cell_or_one_duplicate_fails() {
    Dataset<Row> rows = TextTable.parse(session, TABLE);
    assertThatThrownBy(
            () ->
                TextTable.assertRows(
                    rows.select("k"),
                    """
                    k
                    2
                    null
                    """))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> TextTable.assertSame(rows.union(rows), rows))
        .isInstanceOf(AssertionError.class);
  }
}
