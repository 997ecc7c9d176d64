package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The definitions of a task as a text that stands for itself. */
class DependenciesTest {
  private static final String DEFINITIONS =
      """
      entities.customer { keys { region = string, customer_id = bigint }, owner = risk }
      entities.shop { keys { shop_id = bigint } }
      sources.payments.v1 { table = raw.payments, event-time = at, delay = 1h }
      sources.payments.v2 = ${sources.payments.v1} { delay = null, tie-break = [b, a] }
      sources.unused.v1 { table = t, event-time = at }
      transformations.paid.v1 {
        inputs { p = sources.payments.v2 }
        sql = \"""
          SELECT * FROM p
          WHERE note = 'it\\'s "so"'\"""
        event-time = at
      }
      feature-views.spend.v1 {
        entity = customer, source = transformations.paid.v1
        features { z { aggregate = "sum(amount)", windows = [7d, 1d] }, a { value = amount } }
        derived { y = "z_1d / 2", b = "y + 1" }
        materialize { every = 1d, start = "2024-03-01" }
      }
      feature-views.unused.v1 { entity = shop, source = sources.unused.v1, features { a { value = b } } }
      labels.big.v1 { entity = customer, source = sources.payments.v1, value = "amount > 6" }
      training-sets.t.v1 {
        label = labels.big.v1, features = [ spend.v1.z_1d, { feature = spend.v1.a, lag = 1d, as = before } ]
        split { by = random, validation = 0.10, test = 0.20 }
      }
      """;

  private final Path folder;

  DependenciesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private Project project(String name, String text) throws IOException {
    Path project = folder.resolve(name);
    Files.createDirectories(project.resolve("definitions"));
    Files.writeString(project.resolve("definitions/all.conf"), text);
    return ProjectReader.read(project, "local");
  }

  private static Task build(Project project) {
    return Planner.build(
            Graph.of(project.definitions()), project.environment(), List.of("t.v1"), null)
        .tasks()
        .get(0);
  }

  @Test
  void a_training_set_depends_on_all_that_it_is_made_from_and_on_nothing_else() throws IOException {
    Project project = project("first", DEFINITIONS);
    assertThat(Dependencies.of(Graph.of(project.definitions()), build(project)))
        .containsExactly(
            "entities.customer",
            "feature-views.spend.v1",
            "labels.big.v1",
            "sources.payments.v1",
            "sources.payments.v2",
            "training-sets.t.v1",
            "transformations.paid.v1");
  }

  @Test
  void the_text_read_again_means_the_same_down_to_the_order_of_columns() throws IOException {
    Project project = project("first", DEFINITIONS);
    Graph graph = Graph.of(project.definitions());
    Task task = build(project);
    String text = project.definitions().texts().of(Dependencies.of(graph, task));
    assertThat(text).doesNotContain("unused").doesNotContain("${").contains("0.20");
    Project again = project("again", text);
    Task same = build(again);
    assertThat(fingerprint(same)).isEqualTo(fingerprint(task));
    assertThat(outline(again, same)).isEqualTo(outline(project, task));
    assertThat(view(again).view().columns()).isEqualTo(view(project).view().columns());
    assertThat(view(again).entity().keys().toString()).contains("region");
    assertThat(again.definitions().texts().of(Dependencies.of(Graph.of(again.definitions()), same)))
        .isEqualTo(text);
  }

  private static ResolvedView view(Project project) {
    return Graph.of(project.definitions()).views().values().stream()
        .filter(view -> view.view().ref().name().equals("spend"))
        .findFirst()
        .orElseThrow();
  }

  private static Outline outline(Project project, Task task) {
    return Outline.of(Graph.of(project.definitions()), task);
  }

  private static Fingerprint fingerprint(Task task) {
    return task.match(
        build -> build.trainingSet().fingerprint(),
        materialize -> materialize.view().fingerprint(),
        latest -> latest.view().fingerprint(),
        score -> score.trainingSet().fingerprint());
  }
}
