package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

@SparkTest
class SplitsTest {
  private final SparkSession session;
  private final FeatureStory story;

  SplitsTest(SparkSession session) {
    this.session = session;
    story = new FeatureStory(session);
  }

  private void define(String split) {
    story.define(
        """
        entities.customer { keys { k = bigint } }
        sources.asked.v1 { table = asked, event-time = t }
        training-sets.s.v1 {
          spine { source = sources.asked.v1, entity = customer }
          features = []
          split { %s }
        }
        """
            .formatted(split));
  }

  @Test
  void boundaries_belong_to_what_begins_and_the_embargo_ends_before_them() {
    story.given(
        "asked",
        """
        k bigint | t timestamp
        1        | 2024-04-30T23:59:59.999999Z
        2        | 2024-05-01T00:00:00Z
        3        | 2024-05-02T23:59:59.999999Z
        4        | 2024-05-03T00:00:00Z
        5        | 2024-05-29T23:59:59.999999Z
        6        | 2024-05-30T00:00:00Z
        7        | 2024-05-31T23:59:59.999999Z
        8        | 2024-06-01T00:00:00Z
        """);
    define("by = time, validation-from = \"2024-05-03\", test-from = \"2024-06-01\", embargo = 2d");
    TextTable.assertRows(
        story.build("s.v1").select("k", "split"),
        """
        k | split
        1 | train
        2 | embargo
        3 | embargo
        4 | validation
        5 | validation
        6 | embargo
        7 | embargo
        8 | test
        """);
  }

  private void manyRows() {
    session
        .range(20_000)
        .selectExpr("id % 4000 AS k", "timestamp_seconds(id DIV 2) AS t")
        .createOrReplaceTempView("asked");
  }

  @Test
  void by_entity_all_rows_of_a_key_are_on_one_side_in_about_the_shares_asked_for() {
    manyRows();
    define("by = entity, validation = 0.1, test = 0.2, seed = 7");
    Dataset<Row> rows = story.build("s.v1");
    assertThat(
            rows.groupBy("k")
                .agg(functions.countDistinct("split").as("sides"))
                .where("sides > 1")
                .count())
        .isZero();
    assertThat(rows.where("split = 'test'").count() / 20_000.0).isBetween(0.18, 0.22);
    assertThat(rows.where("split = 'validation'").count() / 20_000.0).isBetween(0.08, 0.12);
    assertThat(rows.where("split = 'train'").count() / 20_000.0).isBetween(0.68, 0.72);
  }

  @Test
  void at_random_a_row_stays_on_its_side_whatever_rows_are_beside_it_and_in_whatever_order() {
    manyRows();
    define("by = random, validation = 0.1, test = 0.1, seed = 7");
    Dataset<Row> whole = story.build("s.v1").localCheckpoint();
    session.table("asked").where("k < 100").orderBy(functions.desc("t")).repartition(3)
        .createOrReplaceTempView("asked");
    TextTable.assertSame(story.build("s.v1"), whole.where("k < 100"));
    assertThat(whole.where("split = 'test'").count() / 20_000.0).isBetween(0.09, 0.11);
  }

  @Test
  void another_seed_divides_differently() {
    manyRows();
    define("by = random, test = 0.5, seed = 1");
    Dataset<Row> one = story.build("s.v1").localCheckpoint();
    define("by = random, test = 0.5, seed = 2");
    Dataset<Row> two = story.build("s.v1");
    assertThat(one.exceptAll(two).count()).isBetween(9_000L, 11_000L);
  }
}
