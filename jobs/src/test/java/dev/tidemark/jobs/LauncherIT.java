package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/bin/tidemark} with what was packaged. */
class LauncherIT {
  private static final Path LAUNCHER = Subprocess.root().resolve("jobs/bin/tidemark");

  @TempDir Path folder;

  private Subprocess tidemark(Map<String, String> more, String... arguments) {
    Map<String, String> environment = new HashMap<>(Map.of("TIDEMARK_HEAP", "2g"));
    environment.putAll(more);
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(List.of(arguments));
    return Subprocess.run(folder, environment, command);
  }

  @Test
  void it_works_from_any_folder_and_through_links() throws IOException {
    tidemark(Map.of(), "init", "--project", "a shop").exits(0);
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("far"), LAUNCHER);
    Files.createSymbolicLink(folder.resolve("near"), Path.of("bin/far"));
    Subprocess list =
        Subprocess.run(folder, Map.of(), List.of("./near", "list", "--project", "a shop")).exits(0);
    assertThat(list.out()).contains("customer_spend.v1").endsWith("\"error\":null}\n");
    assertThat(list.err()).isEmpty();
  }

  @Test
  void commands_that_need_no_data_do_not_start_spark() throws IOException {
    tidemark(Map.of(), "init", "--project", "shop").exits(0);
    Path classes = folder.resolve("classes.txt");
    Map<String, String> log =
        Map.of("TIDEMARK_JAVA_OPTS", "-Xlog:class+load:file=" + classes + ":none");
    for (String command :
        List.of(
            "list",
            "search spend",
            "lineage fraud.v1",
            "validate --offline",
            "plan --all",
            "export argo --all",
            "show fraud.v1 --offline",
            "docs --offline")) {
      List<String> arguments = new ArrayList<>(List.of(command.split(" ", -1)));
      arguments.addAll(List.of("--project", "shop"));
      tidemark(log, arguments.toArray(String[]::new)).exits(0);
      assertThat(Files.readString(classes))
          .as(command)
          .contains("dev.tidemark.jobs.Main")
          .doesNotContain("org.apache.spark.SparkContext", "org.apache.spark.SparkConf");
    }
  }

  @Test
  void a_training_set_is_built_and_spark_is_quiet() {
    tidemark(Map.of(), "init", "--project", "shop").exits(0);
    Subprocess build = tidemark(Map.of(), "build", "fraud.v1", "--project", "shop").exits(0);
    assertThat(build.err().lines()).allMatch(line -> line.startsWith("tidemark: "));
    assertThat(build.out()).contains("\"rows\":6");
  }

  @Test
  void every_line_on_stderr_is_json_where_that_is_asked_for() {
    tidemark(Map.of(), "init", "--project", "shop").exits(0);
    Map<String, String> json = Map.of("TIDEMARK_LOG_FORMAT", "json");
    Subprocess build = tidemark(json, "build", "fraud.v1", "--project", "shop", "--debug").exits(0);
    List<JsonNode> lines = build.err().lines().map(Cli::parse).toList();
    assertThat(lines)
        .allMatch(line -> line.path("command").asText().equals("build"))
        .allMatch(line -> line.path("timestamp").asText().endsWith("Z"))
        .anyMatch(line -> line.path("logger").asText().startsWith("org.apache.spark"))
        .anyMatch(line -> line.path("task").asText().equals("build/fraud.v1"));
    assertThat(lines.stream().map(line -> line.path("run_id").asText("")).distinct())
        .filteredOn(id -> !id.isEmpty())
        .hasSize(1);
    assertThat(build.out()).contains("\"rows\":6");
    Subprocess quiet = tidemark(json, "build", "fraud.v1", "--project", "shop").exits(0);
    assertThat(quiet.err().lines().map(Cli::parse))
        .allMatch(line -> line.path("logger").asText().equals("dev.tidemark"));
    Subprocess wrong = tidemark(Map.of(), "build", "x.v1", "--log-format=json").exits(2);
    assertThat(wrong.err().lines().map(Cli::parse))
        .anyMatch(line -> line.path("event").asText().equals("error"));
  }

  @Test
  void a_signal_cancels_the_build_and_leaves_no_table() throws Exception {
    tidemark(Map.of(), "init", "--project", "shop").exits(0);
    ProcessBuilder builder =
        new ProcessBuilder(LAUNCHER.toString(), "build", "fraud.v1", "--project", "shop")
            .directory(folder.toFile())
            .redirectOutput(folder.resolve("out").toFile());
    builder.environment().put("TIDEMARK_HEAP", "2g");
    Process build = builder.start();
    try (BufferedReader err = build.errorReader()) {
      // Before the first commit, and while Spark is there to be stopped.
      String line = err.readLine();
      while (line != null && !line.startsWith("tidemark: checking")) {
        line = err.readLine();
      }
      assertThat(line).isNotNull();
      build.destroy();
      assertThat(build.waitFor(2, TimeUnit.MINUTES)).isTrue();
    }
    assertThat(build.exitValue()).isEqualTo(143);
    String last = Files.readString(folder.resolve("out")).lines().reduce("", (a, b) -> b);
    assertThat(Cli.parse(last).path("status").asText()).isEqualTo("cancelled");
    tidemark(Map.of(), "read", "fraud.v1", "--project", "shop").exits(4);
  }

  @Test
  void another_java_is_refused_with_what_to_do() throws IOException {
    Path bin = Files.createDirectories(folder.resolve("jdk/bin"));
    Path java = bin.resolve("java");
    Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"21.0.2\" 2024-01-16' >&2\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Subprocess wrong = tidemark(Map.of("JAVA_HOME", folder + "/jdk"), "list").exits(1);
    assertThat(wrong.err()).contains("Java 21").contains("JAVA_HOME").contains("JDK 17");
    assertThat(wrong.out()).isEmpty();
    Subprocess missing = tidemark(Map.of("JAVA_HOME", folder + "/none"), "list").exits(1);
    assertThat(missing.err()).contains("no bin/java in it");
    Subprocess none = tidemark(Map.of("JAVA_HOME", "", "PATH", withoutJava()), "list").exits(1);
    assertThat(none.err()).contains("no Java here");
  }

  /** A path with what the launcher itself calls, and no Java. */
  private String withoutJava() throws IOException {
    Path bin = Files.createDirectories(folder.resolve("tools"));
    for (String tool : List.of("dirname", "readlink", "ls", "tail", "sed", "cut", "basename")) {
      for (String place : List.of("/usr/bin/", "/bin/")) {
        if (Files.exists(Path.of(place, tool)) && !Files.exists(bin.resolve(tool))) {
          Path file = bin.resolve(tool);
          Files.writeString(file, "#!/bin/sh\nexec " + place + tool + " \"$@\"\n");
          assertThat(file.toFile().setExecutable(true)).isTrue();
        }
      }
    }
    return bin.toString();
  }
}
