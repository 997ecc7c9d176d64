package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The self-contained jar: what is in it, and that Spark's own {@code spark-submit} takes it. */
class SparkSubmitIT {
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  @TempDir Path folder;

  private static Path jar() throws IOException {
    try (Stream<Path> files = Files.list(TARGET)) {
      return files
          .filter(file -> file.getFileName().toString().matches("tidemark-[0-9].*\\.jar"))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void the_jar_has_all_but_spark_and_what_spark_brings() throws IOException {
    try (JarFile jar = new JarFile(jar().toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
          .isEqualTo("dev.tidemark.jobs.Main");
      List<String> names = jar.stream().map(java.util.zip.ZipEntry::getName).toList();
      assertThat(names)
          .contains(
              "dev/tidemark/jobs/Main.class",
              "dev/tidemark/definition/Project.class",
              "io/delta/sql/DeltaSparkSessionExtension.class",
              "org/apache/iceberg/spark/SparkCatalog.class",
              "dev/tidemark/shaded/config/Config.class",
              "dev/tidemark/shaded/picocli/CommandLine.class")
          .noneMatch(
              name ->
                  Stream.of(
                          "scala/",
                          "picocli/",
                          "com/typesafe/",
                          "org/apache/hadoop/",
                          "org/apache/logging/",
                          "org/slf4j/",
                          "com/fasterxml/jackson/core/",
                          "com/fasterxml/jackson/databind/",
                          "org/apache/spark/SparkContext",
                          "org/apache/spark/sql/SparkSession",
                          "log4j2.")
                      .anyMatch(name::startsWith));
      assertThat(
              new String(
                  jar.getInputStream(
                          jar.getEntry(
                              "META-INF/services/org.apache.spark.sql.sources.DataSourceRegister"))
                      .readAllBytes(),
                  java.nio.charset.StandardCharsets.UTF_8))
          .contains("DeltaDataSource")
          .contains("IcebergSource");
    }
  }

  @Test
  void spark_submit_builds_a_training_set() throws IOException {
    Path shop = Cli.shop(folder);
    Subprocess build = submit("build", "fraud.v1", "--project", shop.toString()).exits(0);
    List<String> lines = build.out().lines().toList();
    assertThat(Cli.parse(lines.get(lines.size() - 1)).path("rows").asInt()).isEqualTo(6);
    Subprocess refused = submit("build", "frod.v1", "--project", shop.toString()).exits(2);
    assertThat(refused.err()).contains("nearest: training-sets.fraud.v1");
  }

  @Test
  void from_its_first_line_on_all_that_is_logged_is_json_where_that_is_asked_for()
      throws IOException {
    Path shop = Cli.shop(folder);
    Subprocess build =
        submit("build", "fraud.v1", "--project", shop.toString(), "--log-format", "json").exits(0);
    // What spark-submit says before it calls us is its own.
    List<JsonNode> lines =
        build
            .err()
            .lines()
            .dropWhile(line -> !line.startsWith("{\"timestamp\""))
            .map(Cli::parse)
            .toList();
    assertThat(lines)
        .allMatch(line -> line.path("command").asText().equals("build"))
        .anyMatch(line -> line.path("event").asText().equals("end"))
        // Spark's own settings let through what it says at INFO.
        .anyMatch(line -> line.path("logger").asText().startsWith("org.apache.spark"));
  }

  private Subprocess submit(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + TARGET.resolve("classes/dev/tidemark/jobs/jvm.args"),
                "-Xmx2g",
                "-cp",
                TARGET.resolve("spark") + "/*",
                "org.apache.spark.deploy.SparkSubmit",
                "--master",
                "local[2]",
                "--class",
                "dev.tidemark.jobs.Main",
                jar().toString()));
    command.addAll(List.of(arguments));
    return Subprocess.run(folder, Map.of(), command);
  }
}
