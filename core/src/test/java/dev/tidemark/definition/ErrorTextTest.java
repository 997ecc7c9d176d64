package dev.tidemark.definition;

import dev.tidemark.testkit.Golden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Projects with mistakes in {@code src/test/resources/errors}, and what Tidemark says of them in
 * {@code golden/errors}.
 */
class ErrorTextTest {
  private static final Path CASES = Path.of("src", "test", "resources", "errors");

  static List<String> cases() {
    try (Stream<Path> files = Files.list(CASES)) {
      return files
          .map(file -> String.valueOf(file.getFileName()).replace(".conf", ""))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void mistakes_are_told_with_what_where_and_what_to_do(String name, @TempDir Path folder)
      throws IOException {
    ProjectFolder project = new ProjectFolder(folder);
    String text = Files.readString(CASES.resolve(name + ".conf"));
    project.files("definitions/a.conf", text);
    Golden.check(
        "errors/" + name + ".txt",
        project.problems(name.startsWith("environment") ? "prod" : "local"));
  }
}
