package dev.tidemark.definition;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** A project written for a test. */
final class ProjectFolder {
  private final Path root;

  ProjectFolder(Path root) {
    this.root = root;
  }

  Path root() {
    return root;
  }

  ProjectFolder file(String name, String text) {
    return file(name, text.getBytes(StandardCharsets.UTF_8));
  }

  ProjectFolder file(String name, byte[] content) {
    try {
      Path file = root.resolve(name);
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Several files in one text; {@code # file: NAME} begins each but the first. */
  ProjectFolder files(String first, String text) {
    StringBuilder content = new StringBuilder();
    String name = first;
    for (String line : text.split("\n", -1)) {
      if (line.startsWith("# file: ")) {
        file(name, content.toString());
        content.setLength(0);
        name = line.substring("# file: ".length());
      } else {
        content.append(content.isEmpty() ? "" : "\n").append(line);
      }
    }
    return file(name, content.toString());
  }

  Definitions definitions() {
    return ProjectReader.readDefinitions(root);
  }

  Definitions definitions(String text) {
    return file("definitions/a.conf", text).definitions();
  }

  /** The problems as people see them, or an empty text. */
  String problems(String environment) {
    try {
      ProjectReader.read(root, environment);
      return "";
    } catch (DefinitionException e) {
      return e.problems().stream()
          .map(problem -> problem.render().replace(root.toString(), "PROJECT"))
          .collect(Collectors.joining("\n"));
    }
  }
}
