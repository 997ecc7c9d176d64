package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The files for cron, Argo and GitHub, as far as they can be run without a cron daemon, a cluster
 * and GitHub: their scripts and commands, with the real launcher and with a stand-in.
 */
@Tag("export")
class ExportIT {
  private static final String LAUNCHER = Subprocess.root().resolve("jobs/bin/tidemark").toString();

  /** In the middle of a day. */
  private static final long NOW = Instant.parse("2024-03-05T13:37:11Z").getEpochSecond();

  @TempDir Path folder;
  private Path shop = Path.of("");

  @BeforeEach
  void project() {
    shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-03-01\" }");
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "features = [customer_spend.v1]",
        "features = [{ view = customer_spend.v1, use-materialized = true }]");
  }

  private Path export(String tool, String name, String command, String... more) {
    Path file = folder.resolve(name);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "export",
                tool,
                "--all",
                "--force",
                "--project",
                shop.toString(),
                "--out",
                file.toString(),
                "--command",
                command));
    arguments.addAll(List.of(more));
    Cli.run(arguments.toArray(String[]::new)).exits(0);
    return file;
  }

  private static String fake() {
    return "sh " + OrchestratorTools.source("fake_tidemark.sh");
  }

  private Map<String, String> fake(String log, String codes) {
    Map<String, String> variables = new HashMap<>();
    variables.put("FAKE_LOG", folder.resolve(log).toString());
    variables.put("FAKE_CODES", codes);
    variables.put("TIDEMARK_NOW", String.valueOf(NOW));
    variables.put("TIDEMARK_PAUSE", "1");
    return variables;
  }

  private List<String> calls(String log) throws IOException {
    return Files.readAllLines(folder.resolve(log));
  }

  private List<String> both(String start, String end) {
    return List.of(
        "materialize customer_spend.v1 --start %s --end %s --project %s --env local"
            .formatted(start, end, shop),
        "build fraud.v1 --as-of %s --project %s --env local".formatted(end, shop));
  }

  @Test
  void a_crontabs_line_materializes_and_builds() throws IOException {
    Path script = export("cron", "tidemark shop.sh", LAUNCHER);
    Matcher line =
        Pattern.compile(
                "^#   (\\S+ \\S+ \\S+ \\S+ \\S+) (/path/to/\\S+) (>>.*)$", Pattern.MULTILINE)
            .matcher(Files.readString(script));
    assertThat(line.find()).isTrue();
    assertThat(line.group(1)).isEqualTo("0 0 * * *");
    // What cron does with the line: /bin/sh -c, in an almost empty environment.
    Subprocess cron =
        Subprocess.run(
            folder,
            Map.of(
                "HOME", folder.toString(),
                "TIDEMARK_NOW", String.valueOf(NOW),
                "TIDEMARK_HEAP", "2g"),
            List.of("/bin/sh", "-c", "'" + script + "' " + line.group(3)));
    String log = Files.readString(folder.resolve("tidemark-shop.log"));
    assertThat(cron.code()).as(log).isZero();
    assertThat(cron.out()).isEmpty();
    assertThat(log)
        .contains("4 intervals committed", "done: 2024-03-01T00:00:00Z to 2024-03-05T00:00:00Z");
    Cli.parse(last(log, "\"command\":\"build\""));
    assertThat(Cli.parse(last(log, "\"command\":\"build\"")).path("rows").asInt()).isEqualTo(3);
  }

  private static String last(String text, String with) {
    return text.lines().filter(line -> line.contains(with)).reduce("", (a, b) -> b);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash", "sh"})
  void the_script_for_cron_is_of_any_posix_shell(String shell) throws IOException {
    String script = export("cron", "cron.sh", fake()).toString();
    // Two that are not ready, and then it is; the second task comes after the first.
    Subprocess retried =
        Subprocess.run(folder, fake("retried", "4 5"), List.of(shell, script)).exits(0);
    List<String> both = both("2024-03-01T00:00:00Z", "2024-03-05T00:00:00Z");
    assertThat(calls("retried"))
        .containsExactly(both.get(0), both.get(0), both.get(0), both.get(1));
    assertThat(retried.err())
        .contains("exit code 4: again in 1 seconds", "exit code 5: again in 2 seconds", "done: ");
    // No retry after 2 and 3, and nothing after it.
    for (int code : List.of(2, 3)) {
      String log = "refused" + code;
      Subprocess.run(folder, fake(log, code + " 0"), List.of(shell, script)).exits(code);
      assertThat(calls(log)).containsExactly(both.get(0));
    }
    // Given up in the end, with the last code.
    Map<String, String> twice = new HashMap<>(fake("given-up", "1 4 4 4"));
    twice.put("TIDEMARK_TRIES", "2");
    Subprocess.run(folder, twice, List.of(shell, script)).exits(4);
    assertThat(calls("given-up")).hasSize(2);
    // What was killed is run again: 137 is 128 + SIGKILL.
    assertThat(
            Subprocess.run(folder, fake("killed", "0 kill"), List.of(shell, script)).exits(0).err())
        .contains("exit code 137: again");
    assertThat(calls("killed")).containsExactly(both.get(0), both.get(1), both.get(1));
    // Any interval.
    Subprocess.run(folder, fake("past", ""), List.of(shell, script, "2024-01-01", "2024-02-01"))
        .exits(0);
    assertThat(calls("past")).isEqualTo(both("2024-01-01", "2024-02-01"));
    assertThat(
            Subprocess.run(folder, fake("usage", ""), List.of(shell, script, "x")).exits(2).err())
        .contains("usage:");
  }

  @Test
  void the_interval_is_of_whole_periods_in_utc_whatever_date_there_is() throws IOException {
    String script = export("cron", "cron.sh", fake()).toString();
    Map<String, String> later = new HashMap<>(fake("later", ""));
    later.put(
        "TIDEMARK_NOW", String.valueOf(Instant.parse("2024-07-01T00:00:00Z").getEpochSecond()));
    later.put("TZ", "America/New_York");
    Subprocess.run(folder, later, List.of("sh", script)).exits(0);
    assertThat(calls("later")).isEqualTo(both("2024-06-24T00:00:00Z", "2024-07-01T00:00:00Z"));
    // BSD's date knows no -d @N, and takes -r for seconds.
    Path bsd = Files.createDirectories(folder.resolve("bsd")).resolve("date");
    Files.writeString(
        bsd,
        """
        #!/bin/sh
        [ "$2" = -d ] && { echo "date: illegal option -- d" >&2; exit 1; }
        [ "$2" = -r ] && exec /bin/date -u -d "@$3" "$4"
        exec /bin/date "$@"
        """);
    assertThat(bsd.toFile().setExecutable(true)).isTrue();
    Map<String, String> onBsd = new HashMap<>(fake("bsd.log", ""));
    onBsd.put("PATH", bsd.getParent() + ":" + System.getenv("PATH"));
    Subprocess.run(folder, onBsd, List.of("sh", script)).exits(0);
    assertThat(calls("bsd.log")).isEqualTo(both("2024-03-01T00:00:00Z", "2024-03-05T00:00:00Z"));
    // Before the first interval is over there is nothing.
    Map<String, String> early = new HashMap<>(fake("early", ""));
    early.put(
        "TIDEMARK_NOW", String.valueOf(Instant.parse("2024-03-01T23:59:59Z").getEpochSecond()));
    assertThat(Subprocess.run(folder, early, List.of("sh", script)).exits(0).err())
        .contains("nothing to do");
    assertThat(folder.resolve("early")).doesNotExist();
  }

  @Test
  void the_script_ends_its_command_when_it_is_told_to_end() throws Exception {
    Path slow = folder.resolve("slow.sh");
    Path told = folder.resolve("told");
    Files.writeString(
        slow,
        """
        trap 'echo told >"%s"; exit 143' TERM
        echo begun >"%s"
        while :; do sleep 0.1; done
        """
            .formatted(told, folder.resolve("begun")));
    Path script = export("cron", "cron.sh", "sh " + slow);
    Process running =
        new ProcessBuilder("sh", script.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("slow.log").toFile())
            .start();
    try {
      long until = System.nanoTime() + 60_000_000_000L;
      while (!Files.exists(folder.resolve("begun")) && System.nanoTime() < until) {
        Thread.sleep(50);
      }
      running.destroy();
      assertThat(running.waitFor(60, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
      assertThat(running.exitValue()).isEqualTo(143);
      assertThat(told).exists();
    } finally {
      running.destroyForcibly();
    }
  }

  @Test
  void shellcheck_finds_nothing() throws IOException {
    Path cron = export("cron", "cron.sh", LAUNCHER);
    OrchestratorTools tools = OrchestratorTools.install();
    tools.run(folder, Map.of(), "shellcheck", "--shell=sh", cron.toString()).exits(0);
    tools
        .run(
            folder,
            Map.of(),
            "shellcheck",
            "--shell=sh",
            OrchestratorTools.source("fake_tidemark.sh").toString())
        .exits(0);
    Path scripts = Files.createDirectories(folder.resolve("steps"));
    for (JsonNode job : workflow("tidemark").path("jobs")) {
      for (JsonNode step : job.path("steps")) {
        if (step.path("run").asText().contains("\n")) {
          Path script = Files.writeString(scripts.resolve("step.sh"), step.path("run").asText());
          // The file that is read, and the variables, are of other steps.
          tools
              .run(
                  folder,
                  Map.of(),
                  "shellcheck",
                  "--shell=sh",
                  "--exclude=SC1091,SC2153,SC2154",
                  script.toString())
              .exits(0);
        }
      }
    }
  }

  private static JsonNode yaml(Path file, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(OrchestratorTools.source("yaml_as_json.py").toString(), file.toString()));
    arguments.addAll(List.of(more));
    Subprocess read =
        OrchestratorTools.install()
            .run(Path.of("").toAbsolutePath(), Map.of(), "python", arguments.toArray(String[]::new))
            .exits(0);
    return Cli.parse(read.out());
  }

  @Test
  void the_workflow_of_argo_is_known_to_its_models_and_its_commands_run_in_order()
      throws IOException {
    Path file = export("argo", "argo.yaml", LAUNCHER, "--image", "registry.example.com/tidemark:1");
    JsonNode documents = yaml(file, "--argo");
    assertThat(documents).hasSize(2);
    JsonNode spec = documents.at("/0/spec");
    Map<String, JsonNode> templates = new LinkedHashMap<>();
    spec.path("templates").forEach(each -> templates.put(each.path("name").asText(), each));
    assertThat(documents.at("/1/spec/workflowSpec/workflowTemplateRef/name"))
        .isEqualTo(documents.at("/0/metadata/name"));
    assertThat(templates)
        .containsKey(documents.at("/1/spec/workflowSpec/entrypoint").asText())
        .containsKey(spec.path("entrypoint").asText());
    assertThat(documents.at("/1/spec/timezone").asText()).isEqualTo("UTC");

    Map<String, String> values = new HashMap<>();
    spec.at("/arguments/parameters")
        .forEach(
            each ->
                values.put(
                    "{{workflow.parameters." + each.path("name").asText() + "}}",
                    each.path("value").asText()));
    assertThat(values)
        .containsEntry("{{workflow.parameters.image}}", "registry.example.com/tidemark:1");
    values.put("{{inputs.parameters.start}}", "2024-03-01T00:00:00Z");
    values.put("{{inputs.parameters.end}}", "2024-03-05T00:00:00Z");
    // As the controller does: a task once all that it depends on is done.
    List<JsonNode> waiting = new ArrayList<>();
    Objects.requireNonNull(templates.get("tasks")).at("/dag/tasks").forEach(waiting::add);
    List<String> done = new ArrayList<>();
    String out = "";
    while (!waiting.isEmpty()) {
      JsonNode next =
          waiting.stream()
              .filter(
                  task ->
                      !task.has("depends")
                          || done.containsAll(List.of(task.path("depends").asText().split(" && "))))
              .findFirst()
              .orElseThrow();
      waiting.remove(next);
      JsonNode template = Objects.requireNonNull(templates.get(next.path("template").asText()));
      assertThat(template.at("/retryStrategy/expression").asText())
          .isEqualTo("asInt(lastRetry.exitCode) not in [2, 3]");
      List<String> command = new ArrayList<>();
      template.at("/container/command").forEach(word -> command.add(word.asText()));
      template
          .at("/container/args")
          .forEach(word -> command.add(values.getOrDefault(word.asText(), word.asText())));
      assertThat(command).noneMatch(word -> word.contains("{{"));
      out = Subprocess.run(folder, Map.of("TIDEMARK_HEAP", "2g"), command).exits(0).out();
      done.add(next.path("name").asText());
    }
    assertThat(done).containsExactly("materialize-customer-spend-v1", "build-fraud-v1");
    assertThat(Cli.parse(last(out, "\"command\"")).path("rows").asInt()).isEqualTo(3);
  }

  private JsonNode workflow(String command) throws IOException {
    return yaml(export("github", "github.yaml", command)).path(0);
  }

  @Test
  void githubs_workflow_keeps_to_the_schema_and_pins_what_it_uses() throws IOException {
    for (String command : List.of("tidemark", LAUNCHER)) {
      JsonNode workflow = workflow(command);
      OrchestratorTools.install()
          .run(
              folder,
              Map.of(),
              "check-jsonschema",
              "--builtin-schema",
              "vendor.github-workflows",
              "github.yaml")
          .exits(0);
      List<String> used = new ArrayList<>();
      for (JsonNode job : workflow.path("jobs")) {
        job.path("steps").findValues("uses").forEach(uses -> used.add(uses.asText()));
      }
      assertThat(used).isNotEmpty().allMatch(uses -> uses.matches("actions/[a-z-]+@[0-9a-f]{40}"));
      // GitHub would put it into the script before the shell reads it.
      for (JsonNode run : workflow.findValues("run")) {
        assertThat(run.asText()).doesNotContain("${{");
      }
    }
    export("github", "github.yaml", "tidemark", "--image", "registry.example.com/tidemark:1");
    assertThat(yaml(folder.resolve("github.yaml")).at("/0/jobs/materialize/container").asText())
        .isEqualTo("registry.example.com/tidemark:1");
  }

  @Test
  void githubs_steps_run_one_after_another() throws IOException {
    JsonNode workflow = workflow(LAUNCHER);
    Map<String, String> variables = runner(workflow);
    run(workflow, "check", variables).exits(0);
    Subprocess built = run(workflow, "materialize", variables).exits(0);
    assertThat(Files.readString(folder.resolve("env")))
        .isEqualTo("START=2024-03-01T00:00:00Z\nEND=2024-03-05T00:00:00Z\n");
    assertThat(Cli.parse(last(built.out(), "\"command\":\"build\"")).path("rows").asInt())
        .isEqualTo(3);
  }

  @Test
  void githubs_steps_are_tried_again_by_their_exit_codes() throws IOException {
    JsonNode workflow = workflow(fake());
    List<String> both = both("2024-03-01T00:00:00Z", "2024-03-05T00:00:00Z");
    Map<String, String> retried = runner(workflow);
    retried.putAll(fake("retried", "4 1"));
    run(workflow, "materialize", retried).exits(0);
    assertThat(calls("retried"))
        .containsExactly(both.get(0), both.get(0), both.get(0), both.get(1));
    Map<String, String> refused = runner(workflow);
    refused.putAll(fake("refused", "0 3 0"));
    run(workflow, "materialize", refused).exits(3);
    assertThat(calls("refused")).isEqualTo(both);
    Map<String, String> past = runner(workflow);
    past.putAll(fake("past", ""));
    past.put("GIVEN_START", "2024-01-01");
    past.put("GIVEN_END", "2024-02-01");
    run(workflow, "materialize", past).exits(0);
    assertThat(calls("past")).isEqualTo(both("2024-01-01", "2024-02-01"));
  }

  /** What GitHub's runner sets, and the workflow. */
  private Map<String, String> runner(JsonNode workflow) {
    Map<String, String> variables = new HashMap<>();
    workflow
        .path("env")
        .properties()
        .forEach(each -> variables.put(each.getKey(), each.getValue().asText()));
    variables.put("PROJECT", shop.toString());
    variables.put("PAUSE", "1");
    variables.put("NOW", String.valueOf(NOW));
    variables.put("GITHUB_WORKSPACE", folder.toString());
    variables.put("RUNNER_TEMP", folder.toString());
    variables.put("GITHUB_ENV", folder.resolve("env").toString());
    variables.put("TIDEMARK_HEAP", "2g");
    return variables;
  }

  /** Runs the scripts of a job, as {@code sh -e}, until one fails; the last one's end. */
  private Subprocess run(JsonNode workflow, String job, Map<String, String> variables)
      throws IOException {
    assertThat(workflow.at("/defaults/run/shell").asText()).isEqualTo("sh");
    Files.writeString(folder.resolve("env"), "");
    Subprocess last = new Subprocess(0, "", "");
    for (JsonNode step : workflow.path("jobs").path(job).path("steps")) {
      if (step.has("run") && last.code() == 0) {
        Path script = Files.writeString(folder.resolve("step.sh"), step.path("run").asText());
        last = Subprocess.run(folder, variables, List.of("sh", "-e", script.toString()));
        Files.readAllLines(folder.resolve("env")).stream()
            .map(line -> line.split("=", 2))
            .forEach(pair -> variables.put(pair[0], pair[1]));
      }
    }
    return last;
  }

  @Test
  void airflows_file_compiles() throws IOException {
    Path file = export("airflow", "dag.py", LAUNCHER);
    OrchestratorTools.install()
        .run(folder, Map.of(), "python", "-m", "py_compile", file.toString())
        .exits(0);
  }
}
