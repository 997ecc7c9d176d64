package dev.tidemark.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.NullReason;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The content hash: the same for the same rows, however they lie, and for no others. */
@SparkTest
class RowsSummaryTest {
  private final SparkSession session;

  RowsSummaryTest(SparkSession session) {
    this.session = session;
  }

  private String hash(String select) {
    return RowsSummary.of(session.sql(select), List.of()).contentHash();
  }

  @Test
  void neither_order_nor_partitions_change_it() {
    Dataset<Row> rows =
        session
            .range(1000)
            .selectExpr("id", "cast(id % 7 AS string) AS s", "if(id % 3 = 0, null, id / 7) AS x");
    RowsSummary first = RowsSummary.of(rows, List.of());
    assertThat(RowsSummary.of(rows.repartition(5, rows.col("s")), List.of())).isEqualTo(first);
    assertThat(RowsSummary.of(rows.orderBy(rows.col("x").desc()).coalesce(1), List.of()))
        .isEqualTo(first);
    assertThat(first.rows()).isEqualTo(1000);
    assertThat(first.columns().get(2).nulls()).isEqualTo(334);
  }

  @Test
  void it_is_what_the_description_says() throws Exception {
    BigInteger sum = BigInteger.ZERO;
    for (String row :
        new String[] {"050000000000000001" + "0900000002" + "6162", "050000000000000002" + "00"}) {
      byte[] sha = MessageDigest.getInstance("SHA-256").digest(HexFormat.of().parseHex(row));
      sum = sum.add(new BigInteger(1, sha));
    }
    assertThat(hash("SELECT 1L AS a, 'ab' AS b UNION ALL SELECT 2L, null"))
        .isEqualTo("sum-sha256-1:%064x".formatted(sum.mod(BigInteger.TWO.pow(256))));
  }

  @Test
  void many_rows_add_up_modulo_two_to_the_256() throws Exception {
    byte[] row = HexFormat.of().parseHex("0900000001" + "61");
    BigInteger sha = new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(row));
    assertThat(new String(new byte[] {0x61}, StandardCharsets.UTF_8)).isEqualTo("a");
    assertThat(hash("SELECT 'a' AS a FROM range(1000)"))
        .isEqualTo(
            "sum-sha256-1:%064x"
                .formatted(sha.multiply(BigInteger.valueOf(1000)).mod(BigInteger.TWO.pow(256))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "two rows and one            | SELECT 1 FROM range(2)            | SELECT 1 FROM range(1)",
        "two rows and three          | SELECT 1 FROM range(2)            | SELECT 1 FROM range(3)",
        "an int and a bigint         | SELECT 1                          | SELECT 1L",
        "a number and a text         | SELECT 1                          | SELECT '1'",
        "null and zero               | SELECT cast(null AS int)          | SELECT 0",
        "null and an empty text      | SELECT cast(null AS string)       | SELECT ''",
        "a timestamp and a bigint    | SELECT timestamp_micros(5)        | SELECT 5L",
        "text cut elsewhere          | SELECT 'a', 'bc'                  | SELECT 'ab', 'c'",
        "columns the other way round | SELECT 1, 2                       | SELECT 2, 1",
        "one more digit              | SELECT 1.0                        | SELECT 1.00",
        "a list and its start        | SELECT array(1, 2)                | SELECT array(1)",
        "a null in a list            | SELECT array(1, null)             | SELECT array(1, 0)",
        "values of a map             | SELECT map('a', 1, 'b', 2)        | SELECT map('a', 2, 'b', 1)",
        "a field more                | SELECT named_struct('a', 1)       | SELECT named_struct('a', 1, 'b', 2)",
        "a microsecond               | SELECT timestamp_micros(1)        | SELECT timestamp_micros(2)",
        "the last bit of a double    | SELECT 0.1D + 0.2D                | SELECT 0.3D",
        "swapped over rows           | SELECT * FROM VALUES (1,2),(3,4)  | SELECT * FROM VALUES (1,4),(3,2)",
      })
  void what_differs_has_another(String what, String one, String other) {
    assertThat(hash(one)).as(what).isNotEqualTo(hash(other));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "zeros             | SELECT -0.0D, float('-0.0')                      | SELECT 0.0D, float('0')",
        "NaNs              | SELECT double('NaN'), sqrt(double('-1'))         | SELECT sqrt(double('-1')), double('NaN')",
        "maps in any order | SELECT map('a', 1, 'b', 2)                       | SELECT map('b', 2, 'a', 1)",
        "small integers    | SELECT 1Y, 2S                                    | SELECT 1, 2",
        "nullability       | SELECT coalesce(id, 1L) AS id FROM range(1)      | SELECT if(id = 0, id, null) AS id FROM range(1)",
      })
  void what_is_equal_has_the_same(String what, String one, String other) {
    assertThat(hash(one)).as(what).isEqualTo(hash(other));
  }

  @Test
  void every_type_of_a_table_has_a_form() {
    String all =
        """
        SELECT true, 1Y, 2S, 3, 4L, 5.5F, 6.6D, 7.77BD, cast(8 AS decimal(38, 18)), 'nine', X'0A',
          DATE'2024-03-01', TIMESTAMP'2024-03-01T00:00:00Z', TIMESTAMP_NTZ'2024-03-01 00:00:00',
          INTERVAL '1' DAY, INTERVAL '1' MONTH, array(map(1, named_struct('x', array(null)))), null
        """;
    assertThat(hash(all)).isEqualTo(hash(all)).startsWith(RowsSummary.SCHEME);
  }

  @Test
  void a_type_without_a_form_is_refused() {
    assertThatThrownBy(() -> hash("SELECT parse_json('1') AS v"))
        .hasMessageContaining("a column of type VARIANT has no content hash");
  }

  @Test
  void rows_of_each_time_are_summed_apart_in_one_pass() {
    Dataset<Row> rows =
        TextTable.parse(
            session,
            """
            k bigint | at timestamp         | x bigint
            1        | 2024-03-01T00:00:00Z | 5
            2        | 2024-03-01T00:00:00Z | null
            1        | 2024-03-02T00:00:00Z | 5
            """);
    var byTime = RowsSummary.byTime(rows, List.of(), "at");
    for (String day : new String[] {"2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z"}) {
      assertThat(byTime.get(Instant.parse(day)))
          .isEqualTo(RowsSummary.of(rows.where("at = TIMESTAMP'" + day + "'"), List.of()));
    }
    assertThat(byTime).hasSize(2);
    assertThat(RowsSummary.ofNothing(rows.schema(), List.of()))
        .isEqualTo(RowsSummary.of(rows.limit(0), List.of()));
  }

  @Test
  void nulls_are_counted_by_reason_and_evidence_is_no_content() {
    Dataset<Row> rows =
        TextTable.parse(
            session,
            """
            f bigint | e bigint
            7        | 14
            null     | 1
            null     | 0
            null     | 2
            null     | 6
            null     | 6
            null     | 14
            """);
    RowsSummary summary = RowsSummary.of(rows, List.of(new NullEvidence("f", "e", 0, 1, 2, 3)));
    assertThat(summary.columns()).hasSize(1);
    assertThat(summary.columns().get(0).nulls()).isEqualTo(6);
    assertThat(summary.columns().get(0).reasons())
        .containsExactly(
            entry(NullReason.KEY_NULL, 1L),
            entry(NullReason.NO_HISTORY, 1L),
            entry(NullReason.NOT_YET_AVAILABLE, 2L),
            entry(NullReason.OUTSIDE_SPAN, 1L),
            entry(NullReason.NULL_AT_SOURCE, 1L));
    assertThat(summary.contentHash())
        .isEqualTo(RowsSummary.of(rows.select("f"), List.of()).contentHash());
  }
}
