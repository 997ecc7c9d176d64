package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A project of 2,000 resources; how long it takes is in the test's output. */
@SparkTest
class LargeProjectTest {
  private static final int SOURCES = 300;
  private static final int VIEWS = 1_100;
  private static final int SETS = 299;

  private final SparkSession spark;

  @TempDir Path folder;

  LargeProjectTest(SparkSession spark) {
    this.spark = spark;
  }

  private static String definitions() {
    StringBuilder all = new StringBuilder("entities.customer { keys { customer_id = bigint } }\n");
    for (int i = 0; i < SOURCES; i++) {
      all.append("sources.s%d.v1 { table = lake.raw.s%d, event-time = at }\n".formatted(i, i));
    }
    for (int i = 0; i < VIEWS; i++) {
      all.append(
          "feature-views.v%d.v1 { entity = customer, source = sources.s%d.v1, features { last_%d { value = amount }, sum_%d { aggregate = \"sum(amount)\", windows = [1d, 7d] } } }\n"
              .formatted(i, i % SOURCES, i, i));
    }
    for (int i = 0; i < SOURCES; i++) {
      all.append(
          "labels.l%d.v1 { entity = customer, source = sources.s%d.v1, value = \"amount > 1\" }\n"
              .formatted(i, i));
    }
    for (int i = 0; i < SETS; i++) {
      all.append(
          "training-sets.t%d.v1 { label = labels.l%d.v1, features = [v%d.v1, v%d.v1, v%d.v1] }\n"
              .formatted(i, i, i, i + SETS, i + 2 * SETS));
    }
    return all.toString();
  }

  private JsonNode timed(Path project, String command) {
    JsonNode json = Cli.run(spark, project, command).exits(0).json();
    System.out.printf("%s: %s s%n", command, json.path("seconds"));
    return json;
  }

  @Test
  void it_is_validated_planned_registered_and_searched() {
    Path project = folder.resolve("large");
    Cli.write(project, "definitions/all.conf", definitions());
    assertThat(timed(project, "validate --offline --json").at("/result/checked").toString())
        .contains("1100");
    assertThat(timed(project, "plan --all --json").at("/result/tasks")).hasSize(SETS);
    assertThat(timed(project, "plan --json").at("/result/added")).hasSize(2_000 + 3 * VIEWS + 1);
    timed(project, "apply");
    assertThat(timed(project, "plan --json").at("/result/same").asInt())
        .isEqualTo(2_000 + 3 * VIEWS + 1);
    Cli.replace(project, "definitions/all.conf", "table = lake.raw.s7,", "table = lake.raw.other,");
    JsonNode changed = Cli.run(spark, project, "plan --json").exits(2).json().at("/result/changed");
    assertThat(changed.findValuesAsText("id"))
        .contains("sources.s7.v1", "feature-views.v7.v1", "feature-views.v307.v1", "labels.l7.v1");
    assertThat(timed(project, "search sum 7 --limit 3 --json").path("result")).hasSize(3);
  }
}
