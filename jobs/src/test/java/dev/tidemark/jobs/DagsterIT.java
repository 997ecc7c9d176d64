package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exported definitions, loaded and materialized by the real Dagster with the real launcher. */
@Tag("dagster")
class DagsterIT {
  private static final String LAUNCHER = Subprocess.root().resolve("jobs/bin/tidemark").toString();
  private static final String VIEW = "customer_spend_v1";
  private static final String SET = "fraud_v1";

  @TempDir Path folder;
  private Path shop = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void export() throws IOException {
    shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-03-01\" }\n  tags = [fraud]");
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "features = [customer_spend.v1]",
        "features = [{ view = customer_spend.v1, use-materialized = true }]");
    file = folder.resolve("tidemark_shop.py");
    Cli.run(
            "export",
            "dagster",
            "--all",
            "--project",
            shop.toString(),
            "--out",
            file.toString(),
            "--command",
            LAUNCHER)
        .exits(0);
    Files.createDirectory(folder.resolve("home"));
  }

  private Map<String, String> variables() {
    return Map.of(
        "DAGSTER_HOME", folder.resolve("home").toString(),
        "DAGSTER_DISABLE_TELEMETRY", "yes",
        "TIDEMARK_HEAP", "2g",
        "TIDEMARK_RETRY_SECONDS", "0.1");
  }

  /** One run of Dagster's. */
  private static Map<String, Object> materialize(String assets, Object... more) {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("assets", List.of(assets.split(" ")));
    for (int i = 0; i < more.length; i += 2) {
      request.put(more[i].toString(), more[i + 1]);
    }
    return request;
  }

  private JsonNode dagster(List<Map<String, Object>> requests) throws IOException {
    Path out = folder.resolve("out.json");
    OrchestratorTools.install()
        .run(
            folder,
            variables(),
            "python",
            OrchestratorTools.source("dagster_run.py").toString(),
            file.toString(),
            Summary.line(requests),
            out.toString())
        .exits(0);
    return Cli.parse(Files.readString(out));
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  @Test
  void partitions_are_materialized_and_what_was_done_is_told() throws IOException {
    // As a person does it: by Dagster's own command line.
    OrchestratorTools.install()
        .run(
            folder,
            variables(),
            "dagster",
            "asset",
            "materialize",
            "--select",
            "key:\"tidemark/features/" + VIEW + "\"",
            "--partition",
            "2024-03-03",
            "--python-file",
            file.toString())
        .exits(0);
    JsonNode told =
        dagster(
            List.of(
                materialize(VIEW + " " + SET, "partition", "2024-03-04"),
                materialize(VIEW, "first", "2024-03-05", "last", "2024-03-06"),
                materialize(VIEW, "partition", "2024-03-04")));

    // The view, and after it the training set that reads its table: ticks of both partitions.
    JsonNode first = told.at("/runs/0");
    assertThat(first.path("success").asBoolean()).as(first.toPrettyString()).isTrue();
    assertThat(first.path("materialized")).hasSize(2);
    JsonNode view = first.at("/materialized/0");
    assertThat(texts(view.path("key"))).containsExactly("tidemark", "features", VIEW);
    assertThat(view.path("partition").asText()).isEqualTo("2024-03-04");
    assertThat(view.at("/metadata/rows").asLong()).isEqualTo(2);
    assertThat(view.at("/types/rows").asText()).isEqualTo("IntMetadataValue");
    assertThat(view.at("/metadata/table").asText()).isEqualTo("tidemark.features." + VIEW);
    assertThat(view.at("/metadata/snapshot").asText()).matches("\\d+");
    assertThat(view.at("/types/manifest").asText()).isEqualTo("PathMetadataValue");
    JsonNode manifest =
        Cli.parse(
            Files.readString(Path.of(java.net.URI.create(view.at("/metadata/manifest").asText()))));
    assertThat(view.path("data_version").asText())
        .isEqualTo(manifest.at("/rows/content_hash").asText());
    assertThat(view.at("/metadata/seconds").asDouble()).isPositive();
    assertThat(view.at("/metadata/nulls/spend_7d").asInt(-1)).isZero();
    assertThat(view.at("/types/dagster~1column_schema").asText())
        .isEqualTo("TableSchemaMetadataValue");
    assertThat(texts(view.at("/metadata/dagster~1column_schema/0")))
        .containsExactly("customer_id", "BIGINT");
    JsonNode set = first.at("/materialized/1");
    assertThat(texts(set.path("key"))).containsExactly("tidemark", "features", SET);
    assertThat(set.at("/metadata/rows").asLong()).isEqualTo(3);
    assertThat(set.at("/metadata/left_out").asLong()).isEqualTo(3);
    assertThat(set.at("/types/as_of").asText()).isEqualTo("TimestampMetadataValue");
    assertThat(first.path("checks"))
        .allMatch(check -> check.path("passed").asBoolean())
        .extracting(check -> check.at("/key/2").asText() + " " + check.path("name").asText())
        .containsExactly(
            VIEW + " inputs_unchanged",
            VIEW + " gates",
            SET + " no_null_time",
            SET + " row_count",
            SET + " inputs_unchanged",
            SET + " gates");
    assertThat(texts(first.path("log")))
        .contains("starting Spark", "writing tidemark.features." + VIEW);

    // Two partitions by one command, told of both.
    JsonNode range = told.at("/runs/1");
    assertThat(range.path("success").asBoolean()).as(range.toPrettyString()).isTrue();
    assertThat(range.path("materialized"))
        .allMatch(each -> each.at("/metadata/intervals/committed").asInt() == 2)
        .extracting(each -> each.path("partition").asText())
        .containsExactly("2024-03-05", "2024-03-06");
    assertThat(texts(range.path("log")).stream().filter("starting Spark"::equals)).hasSize(1);

    // What is done is of the version that it was.
    JsonNode again = told.at("/runs/2");
    assertThat(again.at("/materialized/0/metadata/nothing_to_do").asBoolean()).isTrue();
    assertThat(again.at("/materialized/0/data_version").asText())
        .isEqualTo(view.path("data_version").asText());
    assertThat(again.path("checks")).hasSize(2).allMatch(check -> check.path("passed").asBoolean());

    // And Tidemark itself says that the four intervals are there.
    Subprocess plan =
        Subprocess.run(
                folder,
                Map.of("TIDEMARK_HEAP", "2g"),
                List.of(
                    LAUNCHER,
                    "materialize",
                    "customer_spend.v1",
                    "--start",
                    "2024-03-03",
                    "--end",
                    "2024-03-07",
                    "--project",
                    shop.toString()))
            .exits(0);
    assertThat(plan.out()).contains("all 4 in", "nothing to do");

    described(told);
  }

  private static void described(JsonNode told) {
    JsonNode view = told.path("assets").path("tidemark/features/" + VIEW);
    assertThat(texts(view.path("owners"))).containsExactly("team:you");
    assertThat(texts(view.path("tags"))).contains("fraud");
    assertThat(texts(view.path("kinds"))).containsExactly("iceberg", "spark");
    assertThat(view.path("description").asText()).isEqualTo("What a customer paid lately");
    assertThat(texts(view.path("parents"))).containsExactly("shop/sources/payments_v1");
    JsonNode set = told.path("assets").path("tidemark/features/" + SET);
    assertThat(texts(set.path("parents")))
        .containsExactly("shop/sources/disputes_v1", "tidemark/features/" + VIEW);
    JsonNode source = told.path("assets").path("shop/sources/payments_v1");
    assertThat(source.path("materializable").asBoolean(true)).isFalse();
    JsonNode schedule = told.at("/schedules/tidemark_shop_daily_schedule");
    assertThat(schedule.path("cron").asText()).isEqualTo("0 0 * * *");
    assertThat(schedule.path("time_zone").asText()).isEqualTo("UTC");
    assertThat(texts(schedule.path("partitions"))).containsExactly("2024-03-04");
  }

  private Map<String, Object> fake(String name, String codes) {
    Map<String, String> variables = new HashMap<>();
    variables.put("FAKE_LOG", folder.resolve(name).toString());
    variables.put("FAKE_CODES", codes);
    return materialize(SET, "partition", "2024-03-04", "environment", variables);
  }

  @Test
  void exit_codes_decide_what_is_tried_again() throws IOException {
    Path fake = OrchestratorTools.source("fake_tidemark.sh");
    Cli.run(
            "export",
            "dagster",
            "--all",
            "--project",
            shop.toString(),
            "--out",
            file.toString(),
            "--force",
            "--command",
            "sh " + fake)
        .exits(0);
    JsonNode told =
        dagster(
            List.of(
                fake("twice", "4 4"),
                fake("killed", "kill"),
                fake("definition", "2 0"),
                fake("gate", "3 0"),
                fake("never", "5 5 5 5 0")));

    JsonNode twice = told.at("/runs/0");
    assertThat(twice.path("success").asBoolean()).isTrue();
    assertThat(twice.path("retries").asInt()).isEqualTo(2);
    assertThat(Files.readAllLines(folder.resolve("twice")))
        .hasSize(3)
        .allMatch(
            line ->
                line.startsWith(
                    "build fraud.v1 --as-of 2024-03-05T00:00:00Z --project "
                        + shop
                        + " --env local --summary "));

    JsonNode killed = told.at("/runs/1");
    assertThat(killed.path("success").asBoolean()).isTrue();
    assertThat(killed.path("retries").asInt()).isEqualTo(1);

    JsonNode definition = told.at("/runs/2");
    assertThat(definition.path("success").asBoolean()).isFalse();
    assertThat(definition.path("retries").asInt()).isZero();
    assertThat(Files.readAllLines(folder.resolve("definition"))).hasSize(1);
    assertThat(definition.at("/failures/0/description").asText()).contains("fake failed");
    assertThat(definition.at("/failures/0/metadata/exit_code").asInt()).isEqualTo(2);

    JsonNode gate = told.at("/runs/3");
    assertThat(gate.path("success").asBoolean()).isFalse();
    assertThat(gate.path("retries").asInt()).isZero();
    assertThat(gate.path("checks")).hasSize(1);
    assertThat(gate.at("/checks/0/name").asText()).isEqualTo("gates");
    assertThat(gate.at("/checks/0/passed").asBoolean(true)).isFalse();
    assertThat(gate.at("/checks/0/metadata/detail").asText()).isEqualTo("fake gate_failed");

    JsonNode never = told.at("/runs/4");
    assertThat(never.path("success").asBoolean()).isFalse();
    assertThat(never.path("retries").asInt()).isEqualTo(3);
    assertThat(Files.readAllLines(folder.resolve("never"))).hasSize(4);
  }

  @Test
  void a_definition_that_is_wrong_is_told_in_its_own_words() throws IOException {
    Cli.replace(shop, "definitions/shop.conf", "sum(amount)", "sum(amuont)");
    Cli.replace(shop, "definitions/shop.conf", "keys { customer_id = buyer_id }", "keyz = 1");
    JsonNode run = dagster(List.of(materialize(VIEW, "partition", "2024-03-04"))).at("/runs/0");
    assertThat(run.path("success").asBoolean()).isFalse();
    assertThat(run.path("retries").asInt()).isZero();
    assertThat(run.at("/failures/0/description").asText()).startsWith("refused: ").contains("keyz");
    assertThat(run.at("/closed_with/0/name").asText()).isEqualTo("refused");
    assertThat(run.at("/closed_with/0/message").asText())
        .contains("definitions/shop.conf:", "unknown key `keyz`");
  }

  @Test
  void dagster_finds_nothing_wrong_with_the_file() throws IOException {
    OrchestratorTools.install()
        .run(
            folder,
            variables(),
            "dagster",
            "definitions",
            "validate",
            "--python-file",
            file.toString())
        .exits(0);
  }
}
