package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What orchestrators are told, and that it can be run as it is told. */
@SparkTest
class PlanDocumentTest {
  private static final String EVERY = "plan --all --start {{start}} --end {{end}}";
  private final SparkSession spark;
  private Path shop = Path.of("");

  @TempDir Path folder;

  PlanDocumentTest(SparkSession spark) {
    this.spark = spark;
  }

  @BeforeEach
  void ticks() {
    shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-03-01\" }");
  }

  private static Set<ValidationMessage> invalid(JsonNode document) throws IOException {
    try (InputStream schema =
        PlanDocumentTest.class.getResourceAsStream("tidemark-plan.schema.json")) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(schema)
          .validate(
              document, context -> context.getExecutionConfig().setFormatAssertionsEnabled(true));
    }
  }

  private JsonNode plan(String command) throws IOException {
    JsonNode document = Cli.run(spark, shop, command + " --json").exits(0).json().path("result");
    assertThat(invalid(document)).isEmpty();
    return document;
  }

  @Test
  void the_plan_of_every_interval_needs_no_spark_and_is_the_same_in_a_file() throws IOException {
    Path file = folder.resolve("out/plan.json");
    Cli told = Cli.line(EVERY + " --project " + shop + " --out " + file + " --json").exits(0);
    JsonNode written = new ObjectMapper().readTree(Files.readString(file));
    assertThat(invalid(written)).isEmpty();
    JsonNode told2 = told.json().path("result");
    assertThat(told2.path("tasks")).isEqualTo(written.path("tasks"));
    Golden.check(
        "plan-document.json",
        Files.readString(file)
            .replace(shop.toString(), "SHOP")
            .replace(Version.current(), "VERSION"));
    Cli template = Cli.line("plan --all --template --project " + shop + " --json").exits(0);
    assertThat(template.json().path("result")).isEqualTo(told2);
    // Its text is for people.
    assertThat(Cli.line("plan --all --template --project " + shop).exits(0).text())
        .contains("materialize/customer_spend.v1", "every 1d from 2024-03-01T00:00:00Z");
  }

  @Test
  void every_plan_is_of_the_schema() throws IOException {
    assertThat(plan("plan --all").path("tasks")).hasSize(1);
    JsonNode views = plan("plan --all --start 2024-03-03 --end 2024-03-05");
    assertThat(views.path("tasks").path(0).path("grain").asText()).isEqualTo("1d");
    assertThat(views.path("tasks").path(0).path("intervals")).hasSize(2);
    plan("plan customer_spend.v1 --latest --as-of 2024-03-04");
    plan("plan fraud.v1 --scoring --as-of 2024-03-04");
  }

  @Test
  void sources_with_a_rule_are_awaited_in_every_plan() throws IOException {
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "event-time = paid_at",
        "event-time = paid_at, ready { watermark = event-time }");
    JsonNode template = plan("plan customer_spend.v1 --template").path("tasks");
    JsonNode due = plan("plan customer_spend.v1 --start 2024-03-03 --end 2024-03-05").path("tasks");
    assertThat(due.findValuesAsText("id"))
        .containsExactly(
            "await/sources.payments.v1/2024-03-05T00:00:00Z",
            "materialize/customer_spend.v1/2024-03-03T00:00:00Z/2024-03-05T00:00:00Z");
    assertThat(due.path(0).path("argv").toString())
        .isEqualTo(
            template.path(0).path("argv").toString().replace("{{end}}", "2024-03-05T00:00:00Z"));
    assertThat(due.path(1).path("depends_on").path(0)).isEqualTo(due.path(0).path("id"));
    assertThat(due.path(1).path("intervals")).hasSize(2);
    assertThat(due.path(0).has("intervals")).isFalse();
    // And those are what the task itself asks for: one after the other they end well, or with 4.
    JsonNode early = plan("plan customer_spend.v1 --start 2025-03-03 --end 2025-03-05");
    assertThat(early.at("/tasks/0/id").asText())
        .isEqualTo("await/sources.payments.v1/2025-03-05T00:00:00Z");
    Cli.run(spark, shop, "await sources.payments.v1 --until 2025-03-05T00:00:00Z").exits(4);
    Cli.run(spark, shop, "materialize customer_spend.v1 --start 2025-03-03 --end 2025-03-05")
        .exits(4);
  }

  @Test
  void the_schema_says_no() throws IOException {
    ObjectMapper json = new ObjectMapper();
    String right = json.writeValueAsString(plan("plan --all --template"));
    for (String[] wrong :
        new String[][] {
          {"\"plan_version\":1", "\"plan_version\":2"},
          {"\"kind\":\"build\"", "\"kind\":\"make\""},
          {"\"3\":\"fail\"", "\"3\":\"ignore\""},
          {"\"grain\":\"1d\"", "\"grain\":\"daily\""},
          {"\"depends_on\":[]", "\"depends_on\":[\"a\",\"a\"]"},
          {"\"uri\":\"tidemark:", "\"uri\":\""}
        }) {
      assertThat(right).contains(wrong[0]);
      assertThat(invalid(json.readTree(right.replace(wrong[0], wrong[1])))).isNotEmpty();
    }
  }

  /** What an orchestrator does: fills in an interval, and calls. */
  private List<Cli> run(JsonNode document, String start, String end) {
    List<Cli> ran = new ArrayList<>();
    for (JsonNode task : document.path("tasks")) {
      List<String> argv = new ArrayList<>();
      task.path("argv")
          .forEach(
              argument ->
                  argv.add(
                      argument
                          .asText()
                          .replace("{{project}}", document.path("project").asText())
                          .replace("{{start}}", start)
                          .replace("{{end}}", end)));
      ran.add(Cli.run(spark, argv.toArray(String[]::new)).exits(0));
    }
    return ran;
  }

  @Test
  void a_run_of_a_past_interval_gives_the_same_whatever_ran_since() throws IOException {
    JsonNode document = plan("plan --all --template");
    run(document, "2024-03-04T00:00:00Z", "2024-03-06T00:00:00Z");
    Set<String> rows = read("customer_spend.v1");
    Set<String> set = read("fraud.v1");
    run(document, "2024-03-06T00:00:00Z", "2024-03-09T00:00:00Z");
    assertThat(read("fraud.v1")).isNotEqualTo(set);
    List<Cli> again = run(document, "2024-03-04T00:00:00Z", "2024-03-06T00:00:00Z");
    assertThat(again.get(0).text()).contains("nothing to do");
    assertThat(read("customer_spend.v1")).containsAll(rows);
    assertThat(read("fraud.v1")).isEqualTo(set);
  }

  private Set<String> read(String name) {
    return Cli.run(spark, shop, "read " + name + " --limit 0 --format csv")
        .exits(0)
        .text()
        .lines()
        .collect(Collectors.toSet());
  }

  @Test
  void placeholders_and_times_do_not_mix() {
    for (String command :
        List.of(
            "plan --all --template --as-of 2024-03-01",
            "plan --all --template --start 2024-03-01 --end 2024-03-02",
            "plan --all --template --latest",
            "plan --all --start {{start}} --end 2024-03-02",
            "plan --template",
            "materialize --all --start {{start}} --end {{end}}")) {
      Cli.line(command + " --project " + shop).exits(2);
    }
    assertThat(
            Cli.line("materialize --all --start {{start}} --end {{end}} --project " + shop).err())
        .contains("placeholders are for `plan`");
  }

  @Test
  void a_file_that_cannot_be_written_is_an_error() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Cli.line("plan --all --template --project " + shop + " --out " + file + "/plan.json").exits(1);
  }
}
