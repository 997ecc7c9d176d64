package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.raise_error;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.definition.Sql;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.testkit.SparkTest;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Which event times look like another unit, and of which rows. */
@SparkTest
class UnitWarningsTest {
  private final SparkSession session;
  private final Findings findings = new Findings();
  private final UnitWarnings warnings;

  UnitWarningsTest(SparkSession session) {
    this.session = session;
    this.warnings = new UnitWarnings(session, findings);
  }

  private static Sql at(int line) {
    return new Sql("at", new Origin(new SourceFile("shop.conf", ""), line, 1, 2), true);
  }

  /** Events with these times. */
  private Dataset<Row> events(String... times) {
    List<Long> micros =
        Stream.of(times).map(time -> SpineRows.micros(Instant.parse(time))).toList();
    return session
        .createDataset(micros, Encoders.LONG())
        .select(timestamp_micros(col("value")).as(EventColumns.EVENT_TIME));
  }

  private List<String> warned() {
    warnings.warn();
    return findings.warnings().stream().map(Problem::what).toList();
  }

  @Test
  void milliseconds_as_seconds_and_seconds_as_milliseconds_are_told_with_what_to_do() {
    warnings.add(at(1), "sources.late.v1", events("2024-03-01T00:00:00Z", "2250-01-01T00:00:00Z"));
    warnings.add(at(2), "sources.early.v1", events("1970-01-20T00:00:00Z"));
    assertThat(warned())
        .containsExactly(
            "event times of sources.late.v1 look like another unit: one is 2250-01-01T00:00:00Z",
            "event times of sources.early.v1 look like another unit: one is 1970-01-20T00:00:00Z");
    assertThat(findings.warnings().get(0).hint()).contains("timestamp_millis");
    assertThat(findings.warnings().get(1).hint()).contains("timestamp_seconds");
    assertThat(findings.warnings().get(1).render()).contains("shop.conf:2:1");
  }

  @Test
  void the_bounds_are_no_strange_times_and_those_before_1970_are_none() {
    warnings.add(
        at(1),
        "sources.a.v1",
        events(
            "1969-12-31T23:59:59.999999Z",
            "1900-01-01T00:00:00Z",
            "1971-01-01T00:00:00Z",
            "2199-12-31T23:59:59.999999Z"));
    assertThat(warned()).isEmpty();
    warnings.add(at(1), "sources.b.v1", events("1970-12-31T23:59:59.999999Z"));
    warnings.add(at(1), "sources.c.v1", events("2200-01-01T00:00:00Z"));
    warnings.add(at(1), "sources.d.v1", events("1970-01-01T00:00:00Z"));
    assertThat(warned()).hasSize(3);
  }

  @Test
  void nothing_is_looked_at_twice_and_nulls_are_passed_over() {
    Dataset<Row> none = session.sql("SELECT CAST(NULL AS timestamp) AS " + EventColumns.EVENT_TIME);
    warnings.add(at(1), "sources.none.v1", none);
    warnings.add(at(1), "sources.late.v1", none.union(events("2200-01-01T00:00:00Z")));
    assertThat(warned()).hasSize(1);
    assertThat(warned()).hasSize(1);
    Findings others = new Findings();
    new UnitWarnings(session, others).warn();
    assertThat(others.warnings()).isEmpty();
  }

  @Test
  void only_the_first_rows_are_looked_at() {
    Dataset<Row> rows =
        session
            .range(0, 2_000, 1, 1)
            .select(
                timestamp_micros(
                        when(col("id").equalTo(1_000), lit(0L))
                            .otherwise(lit(1_700_000_000_000_000L)))
                    .as(EventColumns.EVENT_TIME));
    warnings.add(at(1), "sources.deep.v1", rows);
    assertThat(warned()).isEmpty();
    // An empty partition before them is none of the rows.
    warnings.add(
        at(1), "sources.near.v1", rows.where("false").union(events("1970-01-01T00:00:00Z")));
    assertThat(warned()).hasSize(1);
  }

  @Test
  void what_cannot_be_read_hides_none_of_the_others_and_is_no_warning() {
    Dataset<Row> broken =
        session
            .range(0, 1, 1, 1)
            .select(raise_error(lit("broken")).cast("timestamp").as(EventColumns.EVENT_TIME));
    // More than one job's worth.
    for (int i = 0; i < 60; i++) {
      warnings.add(
          at(i + 1),
          "sources.s%d.v1".formatted(i),
          i == 7
              ? broken
              : events(i == 8 || i == 59 ? "1970-01-02T00:00:00Z" : "2024-01-01T00:00:00Z"));
    }
    assertThat(warned())
        .hasSize(2)
        .allSatisfy(what -> assertThat(what).containsPattern("sources[.]s(8|59)[.]v1"));
  }
}
