package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The conventions that all commands share; none of these starts Spark. */
class CommandLineTest {
  @TempDir Path folder;

  static Stream<String> commands() {
    Terminal terminal = Terminal.ofProcess(Map.of());
    return Commands.create(terminal).getSubcommands().keySet().stream();
  }

  @Test
  void help_lists_every_command() {
    Cli help = Cli.run("--help").exits(0);
    Golden.check("help.txt", help.out());
    assertThat(help.out())
        .contains(
            "init validate plan apply materialize build rebuild read list show search lineage explain verify diff stats test docs export maintain await deprecate delete"
                .split(" "));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_command_has_help_with_examples(String command) {
    Cli help = Cli.run(command, "--help").exits(0);
    assertThat(help.out()).contains("Usage: tidemark " + command).contains("Examples:");
    assertThat(help.err()).isEmpty();
  }

  @Test
  void help_of_commands_that_work_is_as_reviewed() {
    List<String> all = new ArrayList<>();
    for (String command :
        List.of(
            "init",
            "validate",
            "plan",
            "apply",
            "build",
            "materialize",
            "rebuild",
            "maintain",
            "await",
            "deprecate",
            "delete",
            "audit",
            "read",
            "list",
            "search",
            "show",
            "lineage",
            "docs",
            "export")) {
      all.add("$ tidemark " + command + " --help\n" + Cli.run(command, "--help").out());
    }
    Golden.check("help-commands.txt", String.join("\n", all));
  }

  @ParameterizedTest
  @ValueSource(strings = {"explain --depth 3", "verify", "diff a b", "stats"})
  void a_command_to_come_is_refused_by_name(String command) {
    Cli refused = Cli.line(command).exits(2);
    String name = commands().filter(command::startsWith).findFirst().orElseThrow();
    assertThat(refused.err()).contains("`" + name + "` is not supported yet");
    assertThat(refused.json().path("command").asText()).isEqualTo(name);
    assertThat(refused.json().path("status").asText()).isEqualTo("refused");
  }

  @Test
  void usage_errors_name_the_nearest() {
    List<String> all = new ArrayList<>();
    for (String arguments :
        List.of(
            "",
            "biuld fraud.v1",
            "build fraud.v1 --projekt shop",
            "build",
            "build fraud.v1 --all",
            "build fraud.v1 --as-of yesterday",
            "build fraud.v1 --head many",
            "plan fraud.v1 --as-of 2024-13-01",
            "materialize customer_spend.v1 --start 2024-03-01",
            "materialize customer_spend.v1 --start 2024-03-02 --end 2024-03-01",
            "await",
            "await fraud.v1",
            "await fraud.v1 --until 2024-03-02 --timeout week",
            "maintain",
            "maintain fraud.v1 --older-than week",
            "read fraud.v1 --format xml",
            "show",
            "show a b",
            "list feature-view")) {
      Cli refused = Cli.line(arguments).exits(2);
      assertThat(refused.text()).isEmpty();
      all.add("$ tidemark " + arguments + "\n" + refused.err());
    }
    Golden.check("errors/usage.txt", String.join("\n", all));
  }

  @Test
  void the_last_line_has_every_field_whatever_happened() {
    Path shop = Cli.shop(folder);
    List<String> fields =
        List.of(
            "command",
            "arguments",
            "status",
            "exit_code",
            "project",
            "environment",
            "version",
            "rows",
            "tables",
            "tasks",
            "manifest",
            "seconds",
            "warnings",
            "error");
    for (Cli run :
        List.of(
            Cli.run("list", "--project", shop.toString()).exits(0),
            Cli.run("list", "--project", folder.resolve("nowhere").toString()).exits(2),
            Cli.run("--what").exits(2))) {
      List<String> names = new ArrayList<>();
      run.json().fieldNames().forEachRemaining(names::add);
      assertThat(names).isEqualTo(fields);
      assertThat(run.json().path("exit_code").asInt()).isEqualTo(run.code());
    }
  }

  @Test
  void with_json_stdout_is_one_line_that_holds_the_result() {
    Path shop = Cli.shop(folder);
    for (String command :
        List.of(
            "list",
            "show fraud.v1 --offline",
            "search spend",
            "lineage fraud.v1",
            "plan --all",
            "validate --offline")) {
      Cli run = Cli.line(command + " --json --project " + shop).exits(0);
      assertThat(run.out().lines()).hasSize(1);
      assertThat(run.json().path("result").isContainerNode()).as(command).isTrue();
    }
    Cli refused = Cli.run("show", "nothing.v1", "--json", "--project", shop.toString()).exits(2);
    assertThat(refused.out().lines()).hasSize(1);
    assertThat(refused.json().path("result").isNull()).isTrue();
  }

  @Test
  void the_summary_is_the_last_line_also_on_failure() throws IOException {
    Path shop = Cli.shop(folder);
    Path file = folder.resolve("out/summary.json");
    Cli done = Cli.run("list", "--project", shop.toString(), "--summary", file.toString()).exits(0);
    assertThat(Cli.parse(Files.readString(file))).isEqualTo(done.json());
    Path uri = folder.resolve("uri.json");
    Cli failed =
        Cli.run("show", "nothing.v1", "--project", shop.toString(), "--summary=" + uri.toUri())
            .exits(2);
    JsonNode written = Cli.parse(Files.readString(uri));
    assertThat(written).isEqualTo(failed.json());
    assertThat(written.path("error").path("message").asText()).contains("nothing.v1");
    Cli usage = Cli.run("lsit", "--summary", file.toString()).exits(2);
    assertThat(Cli.parse(Files.readString(file))).isEqualTo(usage.json());
  }

  @Test
  void a_summary_that_cannot_be_written_fails_the_command() throws IOException {
    Path shop = Cli.shop(folder);
    Path file = Files.createFile(folder.resolve("file"));
    Cli failed =
        Cli.run("list", "--project", shop.toString(), "--summary", file + "/summary.json").exits(1);
    assertThat(failed.err()).contains("can't write the summary");
    assertThat(failed.json().path("status").asText()).isEqualTo("failed");
  }

  @Test
  void completion_prints_the_script_and_nothing_else() {
    Cli bash = Cli.run("completion", "bash").exits(0);
    assertThat(bash.out()).startsWith("#!/usr/bin/env bash").contains("materialize");
    assertThat(Cli.run("completion", "zsh").exits(0).out()).isEqualTo(bash.out());
  }
}
