package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The manifests of {@code docs/orchestrators/examples}, as far as they can be tried without the
 * platforms.
 */
class DeploymentExamplesTest {
  private static final Path EXAMPLES = Subprocess.root().resolve("docs/orchestrators/examples");
  private static final String MAIN = "dev.tidemark.jobs.Main";

  /** Tidemark understands the arguments that a manifest gives it. */
  private static void understands(List<String> arguments) {
    assertThat(arguments).startsWith("materialize").contains("--summary", "--project");
    assertThatCode(
            () ->
                Commands.create(Terminal.ofProcess(Map.of()))
                    .parseArgs(arguments.toArray(String[]::new)))
        .doesNotThrowAnyException();
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private static JsonNode json(String file) throws IOException {
    return Cli.parse(Files.readString(EXAMPLES.resolve(file)));
  }

  @Test
  void the_manifest_of_the_operator_has_arguments_that_are_understood() throws IOException {
    JsonNode spec =
        new ObjectMapper(new YAMLFactory())
            .readTree(EXAMPLES.resolve("sparkapplication.yaml").toFile())
            .path("spec");
    assertThat(spec.path("mainClass").asText()).isEqualTo(MAIN);
    assertThat(spec.path("restartPolicy").path("type").asText()).isEqualTo("Never");
    understands(texts(spec.path("arguments")));
  }

  @Test
  void the_job_of_databricks_has_arguments_that_are_understood() throws IOException {
    JsonNode task = json("databricks-job.json").path("tasks").path(0);
    assertThat(task.path("spark_jar_task").path("main_class_name").asText()).isEqualTo(MAIN);
    assertThat(task.path("max_retries").asInt(-1)).isZero();
    understands(
        texts(task.path("spark_jar_task").path("parameters")).stream()
            .map(text -> text.replaceAll("\\{\\{job.parameters.*", "2024-03-05"))
            .toList());
  }

  @Test
  void the_step_of_emr_has_arguments_that_are_understood() throws IOException {
    List<String> arguments =
        texts(json("emr-step.json").path(0).path("HadoopJarStep").path("Args"));
    assertThat(arguments).startsWith("spark-submit").containsSequence("--class", MAIN);
    int jar = arguments.indexOf("s3://acme/tidemark/tidemark-0.1.0-SNAPSHOT.jar");
    understands(arguments.subList(jar + 1, arguments.size()));
  }

  @Test
  void the_job_of_emr_serverless_has_arguments_that_are_understood() throws IOException {
    JsonNode submit = json("emr-serverless.json").path("jobDriver").path("sparkSubmit");
    assertThat(submit.path("sparkSubmitParameters").asText()).contains("--class " + MAIN);
    understands(texts(submit.path("entryPointArguments")));
  }

  /** The scripts run with a stand-in for {@code spark-submit} that prints what it is given. */
  @ParameterizedTest
  @ValueSource(strings = {"yarn.sh", "kubernetes.sh"})
  void the_scripts_submit_arguments_that_are_understood(String script) throws IOException {
    Path bin = Files.createTempDirectory("bin");
    Path submit = bin.resolve("spark-submit");
    Files.writeString(submit, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    assertThat(submit.toFile().setExecutable(true)).isTrue();
    List<String> words =
        Subprocess.run(
                bin,
                Map.of(
                    "PATH", bin + ":" + System.getenv("PATH"),
                    "KUBERNETES_API", "https://10.0.0.1:6443",
                    "IMAGE", "shop:1"),
                List.of(
                    "sh",
                    EXAMPLES.resolve(script).toString(),
                    "2024-03-05T00:00:00Z",
                    "2024-03-06T00:00:00Z"))
            .exits(0)
            .out()
            .lines()
            .toList();
    assertThat(words).containsSequence("--deploy-mode", "cluster", "--name");
    assertThat(words).containsSequence("--class", MAIN);
    understands(words.subList(words.indexOf("materialize"), words.size()));
  }

  @Test
  void every_example_is_on_the_page() throws IOException {
    String page = Files.readString(EXAMPLES.resolveSibling("spark-submit.md"));
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      String[] names =
          files
              .map(file -> "(examples/" + file.getFileName() + ")")
              .filter(name -> Arrays.stream(MINE).anyMatch(name::contains))
              .toArray(String[]::new);
      assertThat(names).hasSize(MINE.length);
      assertThat(page).contains(names);
    }
  }

  private static final String[] MINE = {
    "standalone-client.sh",
    "standalone-cluster.sh",
    "yarn.sh",
    "kubernetes.sh",
    "Dockerfile",
    "sparkapplication.yaml",
    "databricks-job.json",
    "emr-step.json",
    "emr-serverless.json"
  };
}
