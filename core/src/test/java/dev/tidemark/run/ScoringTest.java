package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Project;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.store.ManifestSchema;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A training set's features for keys of a file, or for all keys, from the plan to the tables. */
@SparkTest
class ScoringTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String T = "2024-03-03T00:00:00Z";

  private final SparkSession session;
  private final FeatureStory story;

  ScoringTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    story
        .file(
            "payments.csv",
            """
            customer_id,at,amount
            1,2024-03-01T12:00:00Z,5
            1,2024-03-02T00:00:00Z,7
            2,2024-03-02T12:00:00Z,9
            3,2024-03-03T12:00:00Z,1
            """)
        .file("disputes.csv", "customer_id,at,is_big,basket\n1,2024-03-02T00:00:00Z,true,2.50\n")
        .file(
            "env/local.conf",
            """
            providers {
              lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = "s%d" }
              delta { format = delta, warehouse = ".tidemark/delta" }
            }
            """
                .formatted(System.nanoTime()))
        .define(
            """
            entities.customer { keys { customer_id = bigint } }
            entities.place { keys { place_id = string } }
            sources.payments.v1 {
              path = "payments.csv", format = csv, event-time = at
              schema { customer_id = bigint, at = timestamp, amount = "decimal(12,2)" }
            }
            sources.disputes.v1 {
              path = "disputes.csv", format = csv, event-time = at
              schema { customer_id = bigint, at = timestamp, is_big = boolean, basket = "decimal(9,2)" }
            }
            feature-views.spend.v1 {
              entity = customer, source = sources.payments.v1
              features { spend { aggregate = "sum(amount)", windows = [2d] } }
            }
            labels.big.v1 { entity = customer, source = sources.disputes.v1, value = is_big, keep = [basket] }
            labels.two.v1 { entities = [customer, place], source = sources.disputes.v1, keys { place_id = basket }, value = is_big }
            training-sets.t.v1 { label = labels.big.v1, features = [ spend.v1 ], split { by = random, test = 0.5, seed = 1 } }
            training-sets.derived.v1 {
              label = labels.big.v1, features = [ spend.v1 ], derived { share = "basket / spend_2d" }
            }
            training-sets.role.v1 {
              label = labels.big.v1, features = [ { view = spend.v1, keys { customer_id = payer }, prefix = payer } ]
            }
            training-sets.two.v1 { label = labels.two.v1, features = [ spend.v1 ] }
            """);
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "test", what -> {});
  }

  private @Nullable KeysFile keys(@Nullable String file) {
    return file == null
        ? null
        : KeysFile.of(story.folder().resolve(file).toUri().toString()).orElseThrow();
  }

  private TaskReport score(String name, String asOf, @Nullable String file) {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Task task =
        Planner.score(graph, project.environment(), List.of(name), Instant.parse(asOf), keys(file))
            .tasks()
            .get(0);
    return runner(graph).run(task);
  }

  private void tablesHold(String rows) {
    Project project = story.project();
    Runner runner = runner(Graph.of(project.definitions()));
    project
        .environment()
        .writeTo()
        .forEach(
            provider ->
                TextTable.assertRows(runner.read(new Target(provider, "t_v1__scoring")), rows));
  }

  private String refused(String name, String asOf, @Nullable String file, ExitCode code) {
    TaskFailure failure = catchThrowableOfType(TaskFailure.class, () -> score(name, asOf, file));
    assertThat(failure.exitCode()).as(failure.getMessage()).isEqualTo(code);
    return String.valueOf(failure.getMessage());
  }

  @Test
  void rows_of_a_file_keep_their_number_whatever_their_keys() throws IOException {
    story.file("keys.csv", "basket,customer_id\n1.00,1\n2.00,1\n1.00,1\n3.00,4\n4.00,\n");
    TaskReport report = score("t.v1", T, "keys.csv");
    assertThat(report.rows()).isEqualTo(5);
    assertThat(report.tables()).hasSize(2);
    String rows =
        """
        customer_id | event_time           | basket | spend_2d
        1           | 2024-03-03T00:00:00Z | 1.00   | 12.00
        1           | 2024-03-03T00:00:00Z | 1.00   | 12.00
        1           | 2024-03-03T00:00:00Z | 2.00   | 12.00
        4           | 2024-03-03T00:00:00Z | 3.00   | null
        null        | 2024-03-03T00:00:00Z | 4.00   | null
        """;
    tablesHold(rows);
    JsonNode manifest = manifest(report);
    assertThat(ManifestSchema.validate(manifest)).isEmpty();
    assertThat(manifest.path("kind").asText()).isEqualTo("scoring");
    assertThat(manifest.at("/keys/format").asText()).isEqualTo("csv");
    assertThat(manifest.path("inputs").findValuesAsText("source"))
        .containsExactly("sources.payments.v1", "sources.scoring-keys.file");
    assertThat(manifest.at("/columns/3/reasons/key_null").asInt()).isEqualTo(1);

    TaskReport again = score("t.v1", T, "keys.csv");
    assertThat(again.whole()).isEqualTo(new TaskReport.Whole(true, 5, null));
    assertThat(again.tables()).isEmpty();
    // The training set's own table is another.
    assertThat(score("t.v1", "2024-03-03T00:00:01Z", "keys.csv").tables()).hasSize(2);

    Rebuild rebuild =
        new Rebuild(session, story.folder(), story.project().environment(), "test", what -> {});
    String first = String.valueOf(report.manifest());
    assertThat(rebuild.run(first, true).rows()).isEqualTo(5);
    tablesHold(rows);
    story.file("keys.csv", "basket,customer_id\n1.00,1\n");
    assertThat(catchThrowableOfType(TaskFailure.class, () -> rebuild.run(first, false)))
        .hasMessageContaining("keys.csv")
        .extracting(TaskFailure::exitCode)
        .isEqualTo(ExitCode.INPUT_NOT_READY);
  }

  private static JsonNode manifest(TaskReport report) throws IOException {
    return JSON.readTree(Path.of(URI.create(String.valueOf(report.manifest()))).toFile());
  }

  @Test
  void without_a_file_all_keys_are_scored_that_were_seen_by_then() {
    TaskReport report = score("t.v1", T, null);
    tablesHold(
        """
        customer_id | event_time           | basket | spend_2d
        1           | 2024-03-03T00:00:00Z | null   | 12.00
        2           | 2024-03-03T00:00:00Z | null   | 9.00
        """);
    assertThat(report.warnings())
        .singleElement()
        .asString()
        .contains("`basket` is null in every row");
    assertThat(score("t.v1", T, null).whole()).isEqualTo(new TaskReport.Whole(true, 2, null));
  }

  @Test
  void rows_may_have_times_of_their_own_and_be_json_or_parquet() {
    String[][] formats = {{"json", "keys.json"}, {"parquet", "keys.parquet"}};
    for (String[] format : formats) {
      TextTable.parse(
              session,
              """
              customer_id int | event_time timestamp | basket decimal(9,2)
              1               | 2024-03-02T00:00:00Z | 1.00
              1               | 2024-03-01T11:00:00Z | 1.00
              2               | 2024-03-03T00:00:00Z | 5.25
              """)
          .coalesce(1)
          .write()
          .format(format[0])
          .save(story.folder().resolve(format[1]).toString());
      score("t.v1", T, format[1]);
      tablesHold(
          """
          customer_id | event_time           | basket | spend_2d
          1           | 2024-03-02T00:00:00Z | 1.00   | 12.00
          1           | 2024-03-01T11:00:00Z | 1.00   | null
          2           | 2024-03-03T00:00:00Z | 5.25   | 9.00
          """);
    }
  }

  @Test
  void what_is_wrong_with_the_keys_is_told() {
    story.file("unknown.csv", "customer,basket\n1,1\n");
    assertThat(refused("t.v1", T, "unknown.csv", ExitCode.DEFINITION))
        .contains("no column `customer_id`, a key of what is scored, in unknown.csv")
        .contains("it has customer, basket");
    story.file("fraction.csv", "customer_id\n1.5\n");
    assertThat(refused("t.v1", T, "fraction.csv", ExitCode.DEFINITION))
        .contains("fraction.csv")
        .contains("column `customer_id` holds `1.5`, which is no bigint");
    TextTable.parse(session, "customer_id string\n1")
        .write()
        .parquet(story.folder().resolve("text.parquet").toString());
    assertThat(refused("t.v1", T, "text.parquet", ExitCode.DEFINITION))
        .contains("`customer_id` of text.parquet is string, and the key `customer_id` is bigint");
    story.file("late.csv", "customer_id,event_time\n1,2024-03-03T00:00:01Z\n");
    assertThat(refused("t.v1", T, "late.csv", ExitCode.DEFINITION))
        .contains("late.csv: event_time 2024-03-03 00:00:01 is after --as-of " + T);
    story.file("timeless.csv", "customer_id,event_time\n1,\n");
    assertThat(refused("t.v1", T, "timeless.csv", ExitCode.DEFINITION))
        .contains("1 rows of timeless.csv have no event time")
        .contains("leave the column out");
    story.file("empty.csv", "customer_id\n");
    assertThat(refused("t.v1", T, "empty.csv", ExitCode.INPUT_NOT_READY))
        .contains("empty.csv has no rows");
    assertThat(refused("t.v1", T, "nowhere.csv", ExitCode.INPUT_NOT_READY))
        .contains("nowhere.csv, the keys to score, is not there");
  }

  @Test
  void what_the_features_need_beside_keys_must_be_in_the_file() {
    story.file("keys.csv", "customer_id\n1\n");
    assertThat(refused("derived.v1", T, "keys.csv", ExitCode.DEFINITION))
        .contains("`share` needs `basket`, and keys.csv has no such column");
    assertThat(refused("derived.v1", T, null, ExitCode.DEFINITION))
        .contains("`share` needs `basket`, which the spine's rows have and keys alone do not");
    assertThat(refused("role.v1", T, "keys.csv", ExitCode.DEFINITION))
        .contains("no column `payer`, by which feature-views.spend.v1 is found, in keys.csv");
    assertThatThrownBy(() -> score("role.v1", T, null))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("in another role")
        .hasMessageContaining("--keys FILE");
    assertThatThrownBy(() -> score("two.v1", T, null))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("of 2 entities");
  }
}
