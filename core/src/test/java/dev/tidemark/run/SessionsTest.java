package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.local.DirectFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a session is opened with. */
class SessionsTest {
  private static final String FILES = "spark.hadoop.fs.file.impl";

  @TempDir Path folder;

  private Map<String, String> settings(String spark, SparkConf given) throws IOException {
    Files.createDirectories(folder.resolve("definitions"));
    Files.createDirectories(folder.resolve("env"));
    Files.writeString(
        folder.resolve("definitions/all.conf"), "entities.customer { keys { id = bigint } }");
    Files.writeString(
        folder.resolve("env/local.conf"),
        """
        providers { lake { format = delta, warehouse = lake } }
        spark { %s }
        """
            .formatted(spark));
    Environment environment = ProjectReader.read(folder, "local").environment();
    return Sessions.settings(environment, folder, given);
  }

  @Test
  void on_one_machine_files_are_made_without_processes() throws IOException {
    assertThat(settings("", new SparkConf(false))).containsAllEntriesOf(DirectFileSystem.SETTINGS);
    assertThat(settings("master = \"local[2]\"", new SparkConf(false)))
        .containsAllEntriesOf(DirectFileSystem.SETTINGS);
  }

  @Test
  void on_a_cluster_nothing_is_set_that_its_executors_would_have_to_have() throws IOException {
    SparkConf cluster = new SparkConf(false).set("spark.master", "spark://lead:7077");
    assertThat(settings("", cluster))
        .doesNotContainKeys(DirectFileSystem.SETTINGS.keySet().toArray(String[]::new))
        .doesNotContainKey("spark.driver.host");
  }

  @Test
  void what_is_submitted_to_a_cluster_runs_there_whatever_the_environment_says()
      throws IOException {
    SparkConf cluster =
        new SparkConf(false)
            .set("spark.master", "spark://lead:7077")
            .set("spark.submit.deployMode", "cluster");
    assertThat(settings("master = \"local[2]\", submit.deployMode = client", cluster))
        .doesNotContainKeys("spark.master", "spark.submit.deployMode");
    assertThat(settings("master = \"spark://lead:7077\"", new SparkConf(false)))
        .containsEntry("spark.master", "spark://lead:7077");
  }

  @Test
  void what_somebody_has_set_holds() throws IOException {
    SparkConf given = new SparkConf(false).set(FILES, "org.apache.hadoop.fs.LocalFileSystem");
    assertThat(settings("", given)).doesNotContainKey(FILES);
    assertThat(settings("hadoop.fs.file.impl = mine", new SparkConf(false)))
        .containsEntry(FILES, "mine");
  }

  @Test
  void times_are_utc() throws IOException {
    assertThat(settings("", new SparkConf(false)))
        .containsEntry("spark.sql.session.timeZone", "UTC");
    assertThatThrownBy(
            () -> settings("sql.session.timeZone = \"Europe/Berlin\"", new SparkConf(false)))
        .hasMessageContaining("the session's time zone is always UTC");
  }
}
