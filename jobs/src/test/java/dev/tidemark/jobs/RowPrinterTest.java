package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

@SparkTest
class RowPrinterTest {
  private final Dataset<Row> rows;

  RowPrinterTest(SparkSession session) {
    rows =
        session.sql(
            """
            SELECT 1 AS id, timestamp'2024-03-01 06:00:00.000001' AS at, 1.50BD AS amount, 0.1F AS share,
                   'a,"b"' AS name, map('y', 2, 'x', null) AS by, array(1, null) AS list
            UNION ALL
            SELECT 2, null, null, float('NaN'), '', null, null
            """);
  }

  private String print(ReadCommand.Format format) {
    StringBuilder out = new StringBuilder();
    assertThat(RowPrinter.print(rows, format, 120, out)).isEqualTo(2);
    return out.toString();
  }

  @Test
  void csv_tells_null_from_empty_and_quotes_where_it_must() {
    assertThat(print(ReadCommand.Format.csv))
        .isEqualTo(
            """
            id,at,amount,share,name,by,list
            1,2024-03-01T06:00:00.000001Z,1.50,0.1,"a,""b""\","{""x"":null,""y"":2}","[1,null]"
            2,,,NaN,"",,
            """);
  }

  @Test
  void json_has_one_object_a_line() {
    assertThat(print(ReadCommand.Format.json))
        .isEqualTo(
            """
            {"id":1,"at":"2024-03-01T06:00:00.000001Z","amount":1.50,"share":0.1,"name":"a,\\"b\\"","by":{"x":null,"y":2},"list":[1,null]}
            {"id":2,"at":null,"amount":null,"share":"NaN","name":"","by":null,"list":null}
            """);
  }

  @Test
  void a_table_shows_nulls() {
    assertThat(print(ReadCommand.Format.table))
        .isEqualTo(
            """
            id  at                           amount  share  name   by                list
            --  ---------------------------  ------  -----  -----  ----------------  --------
            1   2024-03-01T06:00:00.000001Z  1.50    0.1    a,"b"  {"x":null,"y":2}  [1,null]
            2   null                         null    NaN           null              null
            """);
  }
}
