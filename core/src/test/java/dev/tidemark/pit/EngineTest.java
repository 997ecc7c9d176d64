package dev.tidemark.pit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.time.Duration;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

@SparkTest
class EngineTest {
  private static final String SPINE =
      """
      k bigint | t timestamp
      1        | 2024-03-10T00:00:00Z
      1        | 2024-03-11T00:00:00Z
      null     | 2024-03-11T00:00:00Z
      """;
  private static final String EVENTS =
      """
      k bigint | at timestamp         | v double
      1        | 2024-03-09T12:00:00Z | 0.1
      1        | 2024-03-10T12:00:00Z | 0.2
      1        | 2024-03-10T18:00:00Z | 0.3
      """;

  private final SparkSession session;

  EngineTest(SparkSession session) {
    this.session = session;
  }

  private PitStory story() {
    return new PitStory(session, SPINE, EVENTS)
        .aggregate("spend", "sum(v)", Duration.ofDays(1))
        .aggregate("spend_ever", "sum(v)")
        .latest("last", "v");
  }

  @Test
  void slots_are_the_default_and_a_setting_names_another() {
    assertThat(Engine.of(session)).isInstanceOf(SlotEngine.class);
    Engine other =
        Settings.with(session, Map.of(Engine.SETTING, "reference"), () -> Engine.of(session));
    assertThat(other).isInstanceOf(ReferenceEngine.class);
    assertThatThrownBy(
            () -> Settings.with(session, Map.of(Engine.SETTING, "magic"), () -> Engine.of(session)))
        .hasMessage("spark.tidemark.engine = magic: the engines are slots and reference");
  }

  @Test
  void with_generated_code_and_adaptive_execution_the_result_is_the_same() {
    TextTable.assertRows(
        story().joined(new SlotEngine()),
        """
        k    | t                    | spend | spend_ever | last
        1    | 2024-03-10T00:00:00Z | 0.1   | 0.1        | 0.1
        1    | 2024-03-11T00:00:00Z | 0.5   | 0.6        | 0.3
        null | 2024-03-11T00:00:00Z | null  | null       | null
        """);
  }

  @Test
  void explain_shows_one_operator_that_shuffles_each_side_once() {
    Dataset<Row> joined = story().joined(new SlotEngine());
    String plan =
        ((org.apache.spark.sql.classic.Dataset<Row>) joined)
            .queryExecution()
            .executedPlan()
            .toString();
    assertThat(plan)
        .containsOnlyOnce("SlotJoin [k#")
        .contains("story: 1 aggregates in 2 windows, 1 latest events");
    assertThat(plan.split(" Pack ", -1)).hasSize(3);
  }
}
