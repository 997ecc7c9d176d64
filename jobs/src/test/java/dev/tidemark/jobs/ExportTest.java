package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The starter files as text; {@code ExportIT} and {@code DagsterIT} run them. */
class ExportTest {
  @TempDir Path folder;
  private Path shop = Path.of("");

  @BeforeEach
  void project() {
    shop = Cli.shop(folder);
    every("1d", "2024-03-01");
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "features = [customer_spend.v1]",
        "features = [{ view = customer_spend.v1, use-materialized = true }]");
  }

  private void every(String grain, String start) {
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = %s, start = \"%s\" }"
            .formatted(grain, start));
  }

  private Cli export(String arguments) {
    return Cli.line("export " + arguments + " --project " + shop);
  }

  /** The file's text. */
  private String text(String arguments) {
    return export(arguments + " --json").exits(0).json().at("/result/text").asText();
  }

  private String reviewed(String text) {
    return text.replace(shop.toString(), "/home/me/shop").replace(Version.current(), "VERSION");
  }

  @ParameterizedTest
  @ValueSource(strings = {"airflow", "dagster", "argo", "cron", "github"})
  void files_are_as_reviewed_and_always_the_same(String tool) throws IOException {
    String text = text(tool + " --all");
    assertThat(text(tool + " --all")).isEqualTo(text);
    Golden.check("export/" + tool + ".txt", reviewed(text));
    assertThat(text)
        .contains(
            "Made by `tidemark export " + tool + "`, Tidemark " + Version.current(),
            "The file is yours",
            "How far it was tested");
    Path file = folder.resolve("out/" + tool);
    Cli written = export(tool + " --all --out " + file).exits(0);
    assertThat(written.text()).contains("a starter file for " + tool).doesNotContain("Made by");
    assertThat(Files.readString(file)).isEqualTo(text);
    assertThat(Files.isExecutable(file)).isEqualTo(tool.equals("cron"));
    assertThat(export(tool + " --all").exits(0).text()).isEqualTo(text.stripTrailing());
  }

  @Test
  void a_file_that_is_there_is_its_owners() throws IOException {
    Path file = Files.writeString(folder.resolve("edited.py"), "mine");
    Cli refused = export("dagster --all --out " + file).exits(2);
    assertThat(refused.err()).contains("edited.py is there already", "--force");
    assertThat(Files.readString(file)).isEqualTo("mine");
    export("dagster --all --force --out " + file).exits(0);
    assertThat(Files.readString(file)).contains("import dagster");
  }

  @Test
  void what_can_not_be_made_is_refused_with_what_to_do() {
    assertThat(export("luigi --all").exits(2).err())
        .contains("no starter file for `luigi`", "airflow, dagster, argo, cron and github");
    assertThat(export("cron").exits(2).err()).contains("give a NAME, or --all");
    assertThat(export("cron fraud.v1 --all").exits(2).err()).contains("give either");
    assertThat(Cli.line("export").exits(2).err()).contains("TOOL");
    assertThat(export("cron nothing.v1").exits(2).err()).contains("nothing.v1");
    assertThat(
            Cli.run("export", "cron", "--all", "--schedule", "daily", "--project", shop.toString())
                .exits(2)
                .err())
        .contains("--schedule is a cron expression of five fields");
    Cli.replace(shop, "definitions/shop.conf", ", use-materialized = true", "");
    assertThat(export("dagster fraud.v1").exits(2).err()).contains("give it with --start");
    assertThat(export("airflow fraud.v1").exits(2).err()).contains("give it with --start");
    assertThat(text("dagster fraud.v1 --start 2024-05-06")).contains("start_date=\"2024-05-06\"");
    assertThat(text("airflow fraud.v1 --start 2024-05-06")).contains("datetime(2024, 5, 6, 0, 0");
    Path empty = folder.resolve("empty");
    Cli.write(empty, "definitions/one.conf", "entities.customer { keys { id = bigint } }");
    assertThat(Cli.line("export argo --all --project " + empty).exits(2).err())
        .contains("nothing to schedule");
  }

  @Test
  void a_schedule_an_image_and_a_command_are_taken_over() {
    String[] more = {
      "--schedule",
      "30 6 * * 1",
      "--image",
      "lake/tidemark:1",
      "--command",
      "spark-submit --class dev.tidemark.jobs.Main it's.jar"
    };
    for (String tool : new String[] {"airflow", "dagster", "argo", "cron", "github"}) {
      String[] arguments = new String[6 + more.length];
      System.arraycopy(
          new String[] {"export", tool, "--all", "--json", "--project", shop.toString()},
          0,
          arguments,
          0,
          6);
      System.arraycopy(more, 0, arguments, 6, more.length);
      String text = Cli.run(arguments).exits(0).json().at("/result/text").asText();
      assertThat(text).as(tool).contains("30 6 * * 1").contains("dev.tidemark.jobs.Main");
      if (tool.equals("argo") || tool.equals("github")) {
        assertThat(text).contains("\"lake/tidemark:1\"").doesNotContain(".tidemark-cli");
      }
      if (tool.equals("cron")) {
        assertThat(text)
            .contains("exec spark-submit --class dev.tidemark.jobs.Main 'it'\\''s.jar' \"$@\"");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1d  | 2024-03-01           | 0 0 * * *      | DailyPartitionsDefinition(start_date="2024-03-01"
          1d  | 2024-03-01T06:30:00Z | 30 6 * * *     | TimeWindowPartitionsDefinition(start="2024-03-01T06:30", cron_schedule="30 6 * * *"
          1h  | 2024-03-01           | 0 * * * *      | HourlyPartitionsDefinition(start_date="2024-03-01-00:00"
          1h  | 2024-03-01T00:15:00Z | 15 * * * *     | TimeWindowPartitionsDefinition(start="2024-03-01T00:15", cron_schedule="15 * * * *"
          6h  | 2024-03-01           | 0 */6 * * *    | TimeWindowPartitionsDefinition(start="2024-03-01T00:00", cron_schedule="0 */6 * * *"
          6h  | 2024-03-01T03:00:00Z | 0 3-23/6 * * * | TimeWindowPartitionsDefinition(start="2024-03-01T03:00", cron_schedule="0 3-23/6 * * *"
          15m | 2024-03-01           | */15 * * * *   | TimeWindowPartitionsDefinition(start="2024-03-01T00:00", cron_schedule="*/15 * * * *"
          5h  | 2024-03-01           | 0 */4 * * *    | TimeWindowPartitionsDefinition(start="2024-03-01T00:00", cron_schedule="0 */4 * * *"
          3d  | 2024-03-01           | 0 0 * * *      | DailyPartitionsDefinition(start_date="2024-03-01"
          7d  | 2024-03-01           | 0 0 * * 5      | TimeWindowPartitionsDefinition(start="2024-03-01T00:00", cron_schedule="0 0 * * 5"
          10s | 2024-03-01           | * * * * *      | TimeWindowPartitionsDefinition(start="2024-03-01T00:00", cron_schedule="* * * * *"
          """)
  void runs_are_as_frequent_as_the_ticks(
      String grain, String start, String cron, String partitions) {
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "every = 1d, start = \"2024-03-01\"",
        "every = %s, start = \"%s\"".formatted(grain, start));
    assertThat(text("cron --all")).contains("#   " + cron + " /path/to/");
    assertThat(text("argo --all")).contains("- \"" + cron + "\"\n");
    assertThat(text("dagster --all")).contains(partitions);
  }

  @Test
  void nothing_in_a_text_is_more_than_text() {
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "description = \"What a customer paid lately\"",
        "description = \"\"\"$(rm -rf /) `id` \" ' \\ {{workflow.name}} ${{ secrets.X }} @TASKS@\n*/ # second line\u2028third\"\"\"\n  tags = [\"a b\", \"ü\"]");
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "owner = you\n  description = \"\"\"$(rm",
        "owner = \"risk & co\"\n  description = \"\"\"$(rm");
    for (String tool : new String[] {"airflow", "dagster", "argo", "cron", "github"}) {
      String text = text(tool + " --all");
      // Where it is outside a literal, it is in a comment: on one line.
      text.lines()
          .filter(line -> line.contains("rm -rf"))
          .forEach(line -> assertThat(line.strip()).matches("#.*|description=\".*\","));
      assertThat(text.lines().filter(line -> line.strip().startsWith("*/ # second"))).isEmpty();
    }
    String dagster = text("dagster --all");
    assertThat(dagster)
        .contains("@TASKS@\\n*/ # second line\\u2028third\"")
        .contains("owners=[\"team:risk_co\"]")
        .contains("tags={\"a_b\": \"\", \"_\": \"\"}");
  }
}
