package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.testkit.Golden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A project in a folder of a test: shop.conf of the test resources, and what the test adds. */
final class PlanProject {
  private static final Path SHOP = Path.of("src", "test", "resources", "plan", "shop.conf");
  private final Path folder;

  private PlanProject(Path folder) {
    this.folder = folder;
  }

  static PlanProject shop(Path folder, String more) {
    PlanProject project = of(folder, more);
    try {
      return project.file("shop.conf", Files.readString(SHOP));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static PlanProject of(Path folder, String definitions) {
    return new PlanProject(folder).file("test.conf", definitions);
  }

  PlanProject file(String name, String text) {
    try {
      Path file = folder.resolve("definitions").resolve(name);
      Files.createDirectories(folder.resolve("definitions"));
      Files.writeString(file, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Graph graph() {
    return Graph.of(ProjectReader.readDefinitions(folder));
  }

  /** Compares what the resolver says of wrong definitions with a golden file. */
  void refused(String golden) {
    assertThatThrownBy(this::graph)
        .isInstanceOfSatisfying(
            DefinitionException.class,
            refusal ->
                Golden.check(
                    "plan/errors/" + golden + ".txt", String.valueOf(refusal.getMessage())));
  }

  /** Iceberg and Delta side by side. */
  static Environment environment() {
    Origin origin = new Origin(new SourceFile("env/local.conf", ""), 1, 1, 1);
    Provider lake =
        new Provider(
            "lake",
            Provider.TableFormat.ICEBERG,
            "lake",
            ".tidemark/lake",
            "features",
            Map.of(),
            origin);
    Provider delta =
        new Provider(
            "delta",
            Provider.TableFormat.DELTA,
            null,
            ".tidemark/delta",
            "features",
            Map.of(),
            origin);
    List<Provider> both = List.of(lake, delta);
    return new Environment("local", both, both, lake, Map.of());
  }
}
