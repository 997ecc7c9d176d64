package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.SparkTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a command tells the Dagster that started it. */
@SparkTest
class DagsterPipesTest {
  private static final String CONTEXT = "DAGSTER_PIPES_CONTEXT";
  private static final String MESSAGES = "DAGSTER_PIPES_MESSAGES";

  private final SparkSession spark;
  private Path shop = Path.of("");
  private Path messages = Path.of("");

  @TempDir Path folder;

  DagsterPipesTest(SparkSession spark) {
    this.spark = spark;
  }

  @BeforeEach
  void project() {
    shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-03-01\" }");
    messages = folder.resolve("messages");
  }

  private static String encoded(String json) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflated = new DeflaterOutputStream(bytes)) {
      deflated.write(json.getBytes(StandardCharsets.UTF_8));
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static Map<String, String> variables(String context, String messages) throws IOException {
    return Map.of(CONTEXT, encoded(context), MESSAGES, encoded(messages));
  }

  private Map<String, String> variables(String keys, List<String> checks) throws IOException {
    return variables(
        Summary.line(
            Map.of(
                "data",
                Map.of(
                    "asset_keys",
                    List.of(keys.split(" ")),
                    "extras",
                    Map.of("tidemark_checks", checks)))),
        Summary.line(Map.of("path", messages.toString())));
  }

  private static List<JsonNode> sent(String text) {
    return text.lines()
        .filter(line -> line.contains("__dagster_pipes_version"))
        .map(Cli::parse)
        .toList();
  }

  private List<JsonNode> sent() throws IOException {
    return sent(Files.readString(messages));
  }

  private static List<String> methods(List<JsonNode> sent) {
    return sent.stream()
        .map(message -> message.path("method").asText())
        .filter(method -> !method.equals("log"))
        .toList();
  }

  private static List<JsonNode> of(List<JsonNode> sent, String method) {
    return sent.stream()
        .filter(message -> message.path("method").asText().equals(method))
        .map(message -> message.path("params"))
        .toList();
  }

  @Test
  void an_interval_is_a_materialization_with_its_numbers_and_checks() throws IOException {
    Cli run =
        Cli.startedBy(
                variables("lake/customer_spend_v1", List.of("inputs_unchanged", "gates", "other")),
                spark,
                shop,
                "materialize customer_spend.v1 --start 2024-03-03 --end 2024-03-04")
            .exits(0);
    List<JsonNode> sent = sent();
    assertThat(sent)
        .allMatch(message -> message.at("/__dagster_pipes_version").asText().equals("0.1"));
    assertThat(methods(sent))
        .containsExactly(
            "opened",
            "report_asset_materialization",
            "report_asset_check",
            "report_asset_check",
            "report_custom_message",
            "closed");
    assertThat(of(sent, "opened").get(0).path("extras").isObject()).isTrue();

    JsonNode made = of(sent, "report_asset_materialization").get(0);
    assertThat(made.path("asset_key").asText()).isEqualTo("lake/customer_spend_v1");
    JsonNode task = run.json().at("/tasks/0");
    JsonNode manifest =
        Cli.parse(Files.readString(Path.of(java.net.URI.create(task.path("manifest").asText()))));
    assertThat(made.path("data_version").asText())
        .isEqualTo(manifest.at("/rows/content_hash").asText())
        .startsWith("sum-sha256-1:");
    JsonNode metadata = made.path("metadata");
    assertThat(metadata.path("rows")).isEqualTo(Cli.parse("{\"type\":\"int\",\"raw_value\":2}"));
    assertThat(metadata.at("/rows/raw_value").asLong()).isEqualTo(task.path("rows").asLong());
    assertThat(metadata.at("/dagster~1partition_row_count/raw_value").asLong()).isEqualTo(2);
    assertThat(metadata.has("dagster/row_count")).isFalse();
    assertThat(metadata.at("/table/raw_value").asText())
        .isEqualTo(task.at("/tables/0/name").asText());
    assertThat(metadata.at("/snapshot/raw_value").asText())
        .isEqualTo(task.at("/tables/0/snapshot").asText());
    assertThat(metadata.at("/manifest/type").asText()).isEqualTo("path");
    assertThat(metadata.at("/manifest/raw_value").asText())
        .isEqualTo(task.path("manifest").asText());
    assertThat(metadata.at("/seconds/type").asText()).isEqualTo("float");
    assertThat(metadata.at("/seconds/raw_value").asDouble()).isPositive();
    assertThat(metadata.at("/intervals/raw_value/committed").asInt()).isEqualTo(1);
    assertThat(metadata.at("/nulls/raw_value/spend_7d").asInt(-1)).isZero();
    assertThat(metadata.at("/dagster~1column_schema/raw_value/columns/0"))
        .isEqualTo(Cli.parse("{\"name\":\"customer_id\",\"type\":\"BIGINT\"}"));

    // Each declared check that was made, and none that the asset does not declare.
    assertThat(of(sent, "report_asset_check"))
        .allMatch(check -> check.path("passed").asBoolean())
        .allMatch(check -> check.path("asset_key").asText().equals("lake/customer_spend_v1"))
        .extracting(check -> check.path("check_name").asText())
        .containsExactly("inputs_unchanged", "gates");
    assertThat(of(sent, "log"))
        .allMatch(log -> log.path("level").asText().equals("INFO"))
        .extracting(log -> log.path("message").asText())
        .contains("starting Spark", "writing tidemark.features.customer_spend_v1");
    assertThat(of(sent, "report_custom_message").get(0).at("/payload/tidemark_summary"))
        .isEqualTo(run.json());
    assertThat(of(sent, "closed").get(0).has("exception")).isFalse();
  }

  @Test
  void several_resources_are_told_by_their_assets_and_one_in_parts_is_told_once()
      throws IOException {
    Cli.startedBy(
            variables("lake/fraud_v1 lake/customer_spend_v1", List.of()),
            spark,
            shop,
            "materialize customer_spend.v1 --start 2024-03-02 --end 2024-03-05 --parallel 2")
        .exits(0);
    List<JsonNode> made = of(sent(), "report_asset_materialization");
    assertThat(made).hasSize(1);
    assertThat(made.get(0).path("asset_key").asText()).isEqualTo("lake/customer_spend_v1");
    assertThat(made.get(0).at("/metadata/intervals/raw_value/committed").asInt()).isEqualTo(3);
    // No manifest tells of all three: the table's state does.
    assertThat(made.get(0).path("data_version").asText())
        .isEqualTo(
            "tidemark.features.customer_spend_v1@"
                + made.get(0).at("/metadata/snapshot/raw_value").asText());
    assertThat(methods(sent())).doesNotContain("report_asset_check");
  }

  @Test
  void what_is_done_already_is_no_materialization() throws IOException {
    String command = "materialize customer_spend.v1 --start 2024-03-03 --end 2024-03-04";
    Cli.run(spark, shop, command).exits(0);
    Cli.startedBy(variables("a", List.of("gates")), spark, shop, command).exits(0);
    assertThat(methods(sent())).containsExactly("opened", "report_custom_message", "closed");
  }

  @Test
  void a_training_set_tells_of_the_rows_that_were_left_out() throws IOException {
    Cli.startedBy(
            variables("fraud", List.of("no_null_time", "row_count", "inputs_unchanged", "gates")),
            spark,
            shop,
            "build fraud.v1 --as-of 2024-03-04")
        .exits(0);
    JsonNode made = of(sent(), "report_asset_materialization").get(0);
    assertThat(made.at("/metadata/dagster~1row_count/raw_value").asInt()).isEqualTo(2);
    assertThat(made.at("/metadata/left_out/raw_value").asInt()).isEqualTo(4);
    assertThat(made.at("/metadata/as_of"))
        .isEqualTo(Cli.parse("{\"type\":\"timestamp\",\"raw_value\":1709510400.0}"));
    assertThat(of(sent(), "report_asset_check"))
        .extracting(check -> check.path("check_name").asText())
        .containsExactly("no_null_time", "row_count", "inputs_unchanged", "gates");
  }

  @Test
  void a_failure_is_told_with_the_words_that_people_get() throws IOException {
    Cli failed = Cli.startedBy(variables("a", List.of()), null, shop, "build nothing.v1").exits(2);
    List<JsonNode> sent = sent();
    assertThat(methods(sent)).containsExactly("opened", "report_custom_message", "closed");
    JsonNode exception = of(sent, "closed").get(0).path("exception");
    assertThat(exception.path("name").asText()).isEqualTo("refused");
    assertThat(exception.path("message").asText())
        .isEqualTo(failed.err().strip())
        .contains("nothing.v1");
    assertThat(exception.path("stack").isArray()).isTrue();
    assertThat(exception.has("cause")).isTrue();
    assertThat(exception.path("cause").isNull()).isTrue();

    Files.delete(messages);
    Cli.startedBy(variables("a", List.of()), null, shop, "biuld").exits(2);
    assertThat(of(sent(), "closed").get(0).at("/exception/message").asText())
        .contains("no command `biuld`");
  }

  @Test
  void messages_go_to_a_stream_before_the_last_line() throws IOException {
    for (String stream : List.of("stdio", "buffered_stdio")) {
      for (String name : List.of("stdout", "stderr")) {
        Cli list =
            Cli.startedBy(
                    variables("{\"data\":{}}", "{\"" + stream + "\":\"" + name + "\"}"),
                    null,
                    shop,
                    "list")
                .exits(0);
        assertThat(methods(sent(name.equals("stdout") ? list.out() : list.err())))
            .as(stream + " " + name)
            .containsExactly("opened", "report_custom_message", "closed");
        assertThat(methods(sent(name.equals("stdout") ? list.err() : list.out()))).isEmpty();
        assertThat(list.json().path("command").asText()).isEqualTo("list");
      }
    }
  }

  @Test
  void the_context_may_be_in_a_file() throws IOException {
    Path context = Files.writeString(folder.resolve("context"), "{\"asset_keys\":[\"a/b\"]}");
    Cli.startedBy(
            variables(
                Summary.line(Map.of("path", context.toString())),
                Summary.line(Map.of("path", messages.toString()))),
            spark,
            shop,
            "build fraud.v1")
        .exits(0);
    assertThat(of(sent(), "report_asset_materialization").get(0).path("asset_key").asText())
        .isEqualTo("a/b");
  }

  @Test
  void what_dagster_gave_wrong_is_a_warning_and_never_an_error() throws IOException {
    String good = encoded("{\"data\":{}}");
    String file = encoded(Summary.line(Map.of("path", messages.toString())));
    Map<Map<String, String>, String> wrong = new LinkedHashMap<>();
    wrong.put(Map.of(CONTEXT, good), MESSAGES + " is not: Dagster is told nothing");
    wrong.put(Map.of(MESSAGES, file), CONTEXT + " is not: Dagster is told nothing");
    wrong.put(Map.of(CONTEXT, good, MESSAGES, "%%%"), "it is not Base64");
    wrong.put(Map.of(CONTEXT, good, MESSAGES, "aGVsbG8="), "can't use " + MESSAGES);
    wrong.put(Map.of(CONTEXT, good, MESSAGES, encoded("[1]")), "no JSON object");
    wrong.put(
        Map.of(CONTEXT, good, MESSAGES, encoded("{\"bucket\":\"b\"}")),
        "asks for `bucket`, and only `path`, `stdio` and `buffered_stdio` are known");
    wrong.put(
        Map.of(CONTEXT, good, MESSAGES, encoded("{\"stdio\":\"stdlog\"}")), "no stream `stdlog`");
    wrong.put(
        Map.of(CONTEXT, good, MESSAGES, encoded("{\"path\":\"/no/such/folder/messages\"}")),
        "told nothing from here on");
    wrong.put(Map.of(CONTEXT, encoded("{\"s3\":1}"), MESSAGES, file), "neither `path` nor `data`");
    wrong.put(
        Map.of(CONTEXT, encoded("{\"path\":\"/no/such/context\"}"), MESSAGES, file),
        "can't read " + CONTEXT);
    for (Map.Entry<Map<String, String>, String> each : wrong.entrySet()) {
      Cli list = Cli.startedBy(each.getKey(), null, shop, "list").exits(0);
      assertThat(list.err().lines()).hasSize(1);
      assertThat(list.err()).startsWith("warning: ").contains(each.getValue());
      assertThat(list.json().at("/warnings/0").asText()).contains(each.getValue());
    }
    // Without a context nothing is known of assets; how it went is told all the same.
    assertThat(methods(sent())).endsWith("opened", "report_custom_message", "closed");
  }

  @Test
  void without_dagster_there_is_nothing_of_it() {
    Cli list = Cli.startedBy(Map.of(), null, shop, "list").exits(0);
    assertThat(list.err()).isEmpty();
    assertThat(list.out()).doesNotContain("dagster");
  }
}
