package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.SourceFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Secrets of an environment, as canaries: after everything that writes was done, and much of it
 * failed, they are in no file that was written and in nothing that was told.
 */
class SecretsIT {
  private static final Path LAUNCHER = Subprocess.root().resolve("jobs/bin/tidemark");

  /** In options of a catalog, in Spark's settings, and in an address. */
  private static final Map<String, String> CANARIES =
      Map.of(
          "CATALOG_KEY", "canary-of-the-catalog-17",
          "SPARK_KEY", "canary-of-spark-18",
          "ADDRESS_PASSWORD", "canary-in-an-address-19");

  @TempDir Path folder;

  private Subprocess tidemark(String command) {
    Map<String, String> environment = new HashMap<>(CANARIES);
    environment.put("TIDEMARK_HEAP", "2g");
    List<String> line = new ArrayList<>(List.of(LAUNCHER.toString()));
    line.addAll(List.of(command.split(" ", -1)));
    line.addAll(List.of("--project", "shop"));
    return Subprocess.run(folder, environment, line);
  }

  @Test
  void secrets_are_nowhere() throws IOException {
    Path shop = Cli.shop(folder);
    Cli.write(
        shop,
        "env/local.conf",
        """
        providers {
          lake {
            format = iceberg, catalog = canaries, warehouse = ".tidemark/warehouse"
            options {
              s3.secret-access-key = ${CATALOG_KEY}
              note = "jdbc:postgresql://user:"${ADDRESS_PASSWORD}"@host/db"
            }
          }
        }
        spark { hadoop.fs.s3a.secret.key = ${SPARK_KEY} }
        """);
    Cli.write(
        shop,
        "definitions/more.conf",
        """
        sources.gone.v1 { path = "data/gone.parquet", format = parquet, event-time = at }
        feature-views.gone.v1 { entity = customer, source = sources.gone.v1, features { last { value = x } } }
        training-sets.gone.v1 { label = labels.chargeback.v1, features = [gone.v1] }
        """);
    List<String> told = new ArrayList<>();
    for (String command :
        List.of(
            "apply",
            "build fraud.v1 --debug",
            "materialize customer_spend.v1 --latest --as-of 2024-03-08 --json",
            "docs --out site",
            "delete customer_spend.v1 --debug",
            "build gone.v1 --debug",
            "build fraud.v1 --debug --log-format json",
            "build gone.v1 --debug --log-format json")) {
      Subprocess run = tidemark(command);
      told.add(run.out() + run.err());
    }
    assertThat(told.get(1)).contains("\"rows\":6");
    assertThat(told.get(4)).contains("is used by");
    assertThat(told.get(5)).contains("gone.parquet");
    assertThat(told.get(6)).contains("\"logger\":\"org.apache.spark");
    assertThat(told.get(7)).contains("gone.parquet");
    assertThat(told).allSatisfy(text -> assertThat(text).doesNotContain(CANARIES.values()));
    List<Path> files = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(shop)) {
      walk.filter(Files::isRegularFile).forEach(files::add);
    }
    assertThat(files).hasSizeGreaterThan(50);
    for (Path file : files) {
      String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      assertThat(CANARIES.values().stream().filter(text::contains)).as(file.toString()).isEmpty();
    }
  }

  @Test
  void what_a_library_says_is_told_without_them() {
    Origin nowhere = new Origin(new SourceFile("a", ""), 1, 1, 1);
    Provider lake =
        new Provider(
            "lake",
            Provider.TableFormat.ICEBERG,
            "lake",
            "w",
            "d",
            Map.of("jdbc.password", "s3cr3t", "uri", "jdbc:x"),
            nowhere);
    Environment environment = new Environment("e", List.of(lake), List.of(lake), lake, Map.of());
    assertThat(
            environment.withoutSecrets(
                "login s3cr3t failed at jdbc:postgresql://u:pw@h/db?password=x&a=1"))
        .isEqualTo("login *** failed at jdbc:postgresql://u:***@h/db?password=***&a=1");
  }
}
