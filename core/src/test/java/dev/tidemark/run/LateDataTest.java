package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Redo;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scala.Option;

/** What new rows, changed rows and forgotten states of Iceberg and Delta sources make stale. */
@SparkTest
class LateDataTest {
  /** What the source is. */
  enum Format {
    ICEBERG,
    DELTA
  }

  private static final String HEADER =
      "customer_id bigint | at timestamp | loaded timestamp | amount bigint\n";

  private final SparkSession session;
  private final FeatureStory story;
  private final StoryRuns runs;
  private String table = "";
  private Format format = Format.ICEBERG;

  LateDataTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    this.runs = new StoryRuns(session, story);
  }

  private void source(Format format) {
    this.format = format;
    String database = runs.environment("delta");
    table =
        format == Format.ICEBERG
            ? "tidemark." + database + ".payments"
            : "delta.`%s`".formatted(path());
    story.define(
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { %s, event-time = at, available-at = loaded }
        feature-views.spend.v1 {
          entity = customer, source = sources.payments.v1
          features { spend { aggregate = "sum(amount)", windows = [2d] } }
          materialize { every = 1d, start = "2024-03-01" }
        }
        """
            .formatted(
                format == Format.ICEBERG
                    ? "table = \"%s\"".formatted(table)
                    : "path = payments, format = delta"));
    add(
        """
        1 | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
        1 | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 7
        2 | 2024-03-04T12:00:00Z | 2024-03-04T12:00:00Z | 9
        """);
  }

  private String inCatalog() {
    return table.substring("tidemark.".length());
  }

  private Path path() {
    return story.folder().resolve("payments");
  }

  private void add(String rows) {
    Dataset<Row> added = TextTable.parse(session, HEADER + rows).coalesce(1);
    if (format == Format.DELTA) {
      added.write().format("delta").mode("append").save(path().toString());
    } else {
      added.write().format("iceberg").mode("append").saveAsTable(table);
    }
  }

  private Plan stale() {
    return runs.plan("spend.v1", 1, 8, Redo.STALE);
  }

  private void allAreStaleSince(String why) {
    Plan plan = stale();
    assertThat(StoryRuns.days(plan)).hasSize(7);
    assertThat(StoryRuns.reasons(plan))
        .singleElement()
        .asString()
        .startsWith(
            "stale: sources.payments.v1 changed, and which ticks that reaches can't be told: ")
        .contains(why);
  }

  @ParameterizedTest
  @EnumSource
  void added_rows_make_stale_the_ticks_that_see_them_and_no_others(Format source) {
    source(source);
    runs.materialize("spend.v1", 1, 8);
    add("1 | 2024-03-02T06:00:00Z | 2024-03-03T06:00:00Z | 100");
    // In the window of the ticks of the 3rd and 4th, but known only after the first of them.
    Plan plan = stale();
    assertThat(StoryRuns.days(plan)).containsExactly("03-04");
    assertThat(StoryRuns.reasons(plan))
        .containsExactly(
            "stale: sources.payments.v1 got 1 rows, visible from 2024-03-03T06:00:00Z on");
    add("2 | 2024-03-04T00:00:00Z | 2024-03-04T00:00:00Z | 1");
    // Two commits are looked at as one: from the first instant that any of them is visible.
    assertThat(StoryRuns.days(stale())).containsExactly("03-04", "03-05", "03-06");
    runs.run(stale());
    TextTable.assertRows(
        runs.runner().read(runs.target("spend_v1")),
        """
        customer_id | event_time           | available_time       | spend_2d
        1           | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
        1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 12
        1           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 7
        1           | 2024-03-04T00:00:00Z | 2024-03-04T00:00:00Z | 100
        2           | 2024-03-04T00:00:00Z | 2024-03-04T00:00:00Z | 1
        2           | 2024-03-05T00:00:00Z | 2024-03-05T00:00:00Z | 10
        2           | 2024-03-06T00:00:00Z | 2024-03-06T00:00:00Z | 9
        """);
    assertThat(stale().tasks()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void rows_after_the_last_tick_and_rows_arranged_anew_make_nothing_stale(Format source) {
    source(source);
    runs.materialize("spend.v1", 1, 8);
    add("1 | 2024-03-20T00:00:00Z | 2024-03-20T00:00:00Z | 100");
    assertThat(stale().tasks()).isEmpty();
    compact();
    assertThat(stale().tasks()).isEmpty();
  }

  private void compact() {
    if (format == Format.DELTA) {
      session.sql("OPTIMIZE " + table).collectAsList();
    } else {
      session
          .sql(
              "CALL tidemark.system.rewrite_data_files(table => '%s', options => map('min-input-files', '2'))"
                  .formatted(inCatalog()))
          .collectAsList();
      assertThat(
              session
                  .sql("SELECT operation FROM %s.snapshots ORDER BY committed_at".formatted(table))
                  .collectAsList())
          .extracting(row -> row.getString(0))
          .containsExactly("append", "append", "replace");
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_delete_and_an_overwrite_make_all_stale_since_nobody_can_tell_which_ticks_saw_the_rows(
      Format source) {
    source(source);
    runs.materialize("spend.v1", 1, 8);
    session.sql("DELETE FROM %s WHERE amount = 7".formatted(table)).collectAsList();
    allAreStaleSince("were changed or taken away");
    runs.run(stale());
    assertThat(stale().tasks()).isEmpty();
    session
        .sql("INSERT OVERWRITE %s SELECT * FROM %s WHERE amount > 5".formatted(table, table))
        .collectAsList();
    // Whatever is added after it.
    add("1 | 2024-03-20T00:00:00Z | 2024-03-20T00:00:00Z | 100");
    allAreStaleSince("were changed or taken away");
  }

  @ParameterizedTest
  @EnumSource
  void a_state_that_the_source_has_forgotten_makes_all_stale(Format source) throws IOException {
    source(source);
    runs.materialize("spend.v1", 1, 8);
    add("1 | 2024-03-20T00:00:00Z | 2024-03-20T00:00:00Z | 100");
    add("1 | 2024-03-21T00:00:00Z | 2024-03-21T00:00:00Z | 100");
    forget();
    allAreStaleSince("is forgotten");
  }

  /** All but the newest snapshot, or the log up to the newest version. */
  private void forget() throws IOException {
    if (format == Format.ICEBERG) {
      session
          .sql(
              "CALL tidemark.system.expire_snapshots(table => '%s', older_than => TIMESTAMP '2100-01-01 00:00:00', retain_last => 1)"
                  .formatted(inCatalog()))
          .collectAsList();
      return;
    }
    DeltaLog log = DeltaLog.forTable(session, path().toString());
    log.checkpoint(log.update(false, Option.empty(), Option.empty()), Option.empty());
    try (Stream<Path> files = Files.list(path().resolve("_delta_log"))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (List.of("0", "1").stream()
            .anyMatch(version -> name.contains("0000" + version + ".json"))) {
          Files.delete(file);
        }
      }
    }
    DeltaLog.clearCache();
  }
}
