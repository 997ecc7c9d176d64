package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Registrations;
import dev.tidemark.testkit.ProjectSession;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several who apply to one registry. */
@SparkTest
class ApplyingTest {
  private static final int APPLIERS = 8;

  private final SparkSession spark;

  @TempDir Path folder;

  ApplyingTest(SparkSession spark) {
    this.spark = spark;
  }

  /** Each wants another entity of the same name, and one of its own. */
  private Project project(int number, String provider) throws IOException {
    Path root = folder.resolve("project" + number);
    Files.createDirectories(root.resolve("definitions"));
    Files.createDirectories(root.resolve("env"));
    Files.writeString(
        root.resolve("definitions/all.conf"),
        """
        entities.customer { keys { customer_%d = bigint } }
        entities.own_%d { keys { id = bigint } }
        """
            .formatted(number, number));
    Files.writeString(
        root.resolve("env/local.conf"),
        "providers { lake { %s, warehouse = \"%s\" } }"
            .formatted(provider, folder.resolve("warehouse")));
    return ProjectReader.read(root, "local");
  }

  private Applying applying(Project project) {
    return new Applying(
        ProjectSession.open(spark, project.environment(), project.root()),
        project.root(),
        project.environment(),
        Registrations.of(Graph.of(project.definitions()), project.environment()),
        "test");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"format = iceberg, catalog = appliers", "format = delta"})
  void one_of_several_wins_and_nothing_of_the_others_is_registered(String provider)
      throws Exception {
    List<Applying> all = new ArrayList<>();
    for (int i = 0; i < APPLIERS; i++) {
      all.add(applying(project(i, provider)));
    }
    ExecutorService threads = Executors.newFixedThreadPool(APPLIERS);
    List<Integer> winners = new ArrayList<>();
    try {
      List<Future<String>> outcomes =
          all.stream().map(each -> threads.submit(() -> each.apply("somebody", null))).toList();
      for (int i = 0; i < APPLIERS; i++) {
        try {
          assertThat(outcomes.get(i).get()).isNotEmpty();
          winners.add(i);
        } catch (ExecutionException e) {
          assertThat(e.getCause())
              .isInstanceOfSatisfying(
                  TaskFailure.class,
                  failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.CONFLICT))
              .hasMessageContaining("plan again");
        }
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(winners).hasSize(1);
    int winner = winners.get(0);
    Applying again = applying(project(winner, provider));
    assertThat(again.diff().isNothing()).isTrue();
    assertThat(again.diff().absent()).isEmpty();
    Applying loser = applying(project((winner + 1) % APPLIERS, provider));
    assertThat(loser.diff().changed())
        .extracting(changed -> changed.after().id())
        .containsExactly("entities.customer");
    assertThat(loser.diff().added()).hasSize(1);
    assertThat(loser.diff().absent()).containsExactly("entities.own_" + winner);
  }
}
