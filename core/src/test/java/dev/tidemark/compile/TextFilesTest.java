package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.pit.DataErrors;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Csv and json with declared columns. */
@SparkTest
class TextFilesTest {
  private final FeatureStory story;

  TextFilesTest(SparkSession session) {
    story = new FeatureStory(session).given("text_things", "id bigint | f bigint\n0 | 0\n");
    define("csv");
  }

  private void define(String format) {
    story.define(
        """
        entities.thing { keys { id = bigint } }
        sources.rows.v1 {
          path = "data/rows.FORMAT"
          format = FORMAT
          schema { id = bigint, at = timestamp, price = "decimal(12,2)", note = string }
          event-time = at
        }
        sources.things.v1 { table = text_things, static = true }
        feature-views.things.v1 { entity = thing, source = sources.things.v1, features { f { value = f } } }
        labels.price.v1 { entity = thing, source = sources.rows.v1, value = price, keep = [note] }
        training-sets.prices.v1 { label = labels.price.v1, features = [things.v1] }
        """
            .replace("FORMAT", format));
  }

  private static final String READ =
      """
      id | event_time           | note | price | f
      1  | 2024-03-01T00:00:00Z | a, b | 5.50  | null
      2  | 2024-02-29T22:00:00Z | null | null  | null
      """;

  @Test
  void csv_columns_are_found_by_name_in_any_order() {
    story.file(
        "data/rows.csv",
        """
        price,unused,note,at,ID
        5.5,x,"a, b",2024-03-01T00:00:00Z,1
        ,y,,2024-03-01 00:00:00+02:00,2
        """);
    story.expect("prices.v1", READ);
  }

  @Test
  void json_columns_are_found_by_name() {
    define("json");
    story.file(
        "data/rows.json",
        """
        {"at": "2024-03-01T00:00:00Z", "price": 5.5, "note": "a, b", "id": 1, "unused": {"x": 1}}
        {"id": 2, "at": "2024-03-01 00:00:00+02:00", "price": null}
        """);
    story.expect("prices.v1", READ);
  }

  @Test
  void a_column_missing_in_the_header_is_told_with_the_nearest() {
    story.file("data/rows.csv", "id,at,prize,note\n1,2024-03-01T00:00:00Z,5.5,a\n");
    assertThatThrownBy(() -> story.build("prices.v1"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining(
            "definitions/story.conf:5:41: no column `price` in the header line of `data/rows.csv`")
        .hasMessageContaining("nearest: prize");
  }

  @Test
  void a_value_that_is_not_of_the_declared_type_is_never_null() {
    assertThat(dataErrorOf("x,2024-03-01T00:00:00Z,5.5,a"))
        .startsWith("sources.rows.v1 (data/rows.csv): column `id` holds `x`, which is no bigint;");
    assertThat(dataErrorOf("1,2024-03-01T00:00:00Z,5.555,a"))
        .contains("column `price` holds `5.555`, which is no decimal(12,2);");
    assertThat(dataErrorOf("1,2024-03-01,5.5,a"))
        .contains("column `at` holds `2024-03-01`, a time without zone or offset;");
  }

  @Test
  void a_line_that_is_too_short_fails_the_job() {
    story.file("data/rows.csv", "id,at,price,note\n1,2024-03-01T00:00:00Z\n");
    assertThat(catchThrowable(() -> story.build("prices.v1").collectAsList()))
        .hasStackTraceContaining("MALFORMED_RECORD");
  }

  @Test
  void an_empty_folder_is_an_input_that_is_not_ready() {
    story.file("data/rows.csv/.keep", "");
    assertThatThrownBy(() -> story.build("prices.v1"))
        .isInstanceOf(InputNotReadyException.class)
        .hasMessageContaining("data/rows.csv");
  }

  private String dataErrorOf(String line) {
    story.file("data/rows.csv", "id,at,price,note\n" + line + "\n");
    Throwable thrown = catchThrowable(() -> story.build("prices.v1").collectAsList());
    assertThat(thrown).isNotNull();
    return DataErrors.messageOf(thrown).orElseThrow(() -> new AssertionError(thrown));
  }
}
