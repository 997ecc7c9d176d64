package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The Python package in {@code notebooks/tidemark}, which reads what was packaged here writes: the
 * example in both formats, and a column of every type. It is installed into {@code
 * target/notebooks-it} as its page says; the first time that downloads what its lock names. Needs a
 * {@code python3} with venv.
 */
@Tag("python")
class NotebooksIT {
  private static final Path ROOT = Subprocess.root();
  private static final Path HERE = Path.of("target").resolve("notebooks-it").toAbsolutePath();
  private static final Path PACKAGE = HERE.resolve("notebooks/tidemark");
  private static final Path MADE_OF = HERE.resolve("requirements.txt");

  @Test
  void python_reads_what_tidemark_writes() throws IOException {
    copyPackage();
    install(firstBlockOfItsPage());
    python("-m", "ruff", "check", ".");
    python("-m", "ruff", "format", "--check", ".");
    python("-m", "mypy");
    // One after the other, since a busy machine takes minutes for each.
    tests("tests", "-m", "not tidemark");
    tests("tests/test_types.py", "-m", "tidemark");
    tests("tests/test_example.py", "-m", "tidemark");
  }

  private static void tests(String... which) {
    List<String> arguments = new ArrayList<>(List.of("-m", "pytest", "--durations=5"));
    arguments.addAll(List.of(which));
    assertThat(python(arguments.toArray(String[]::new)))
        .containsPattern("\\d passed")
        .doesNotContain("skipped");
  }

  /** Building leaves files beside the sources, so not where they are. */
  private static void copyPackage() throws IOException {
    if (Files.exists(PACKAGE)) {
      try (Stream<Path> old = Files.walk(PACKAGE)) {
        for (Path path : old.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.delete(path);
        }
      }
    }
    Path from = ROOT.resolve("notebooks/tidemark");
    Pattern made = Pattern.compile("build|__pycache__|\\..*_cache|\\.tidemark|.*\\.egg-info");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path name = from.relativize(file);
        if (Stream.iterate(name, path -> path != null, Path::getParent)
            .anyMatch(path -> made.matcher(path.getFileName().toString()).matches())) {
          continue;
        }
        Path to = PACKAGE.resolve(name.toString());
        Files.createDirectories(to.resolveSibling("."));
        Files.copy(file, to);
      }
    }
  }

  private static List<String> firstBlockOfItsPage() throws IOException {
    Matcher block =
        Pattern.compile("^```sh\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(Files.readString(PACKAGE.resolve("README.md")));
    assertThat(block.find()).isTrue();
    List<String> steps = block.group(1).lines().toList();
    assertThat(steps).hasSize(3);
    return steps;
  }

  /** Takes the steps; only the last if the environment is of the same lock already. */
  private static void install(List<String> steps) throws IOException {
    String lock = Files.readString(PACKAGE.resolve("requirements.txt"));
    boolean made = Files.exists(MADE_OF) && Files.readString(MADE_OF).equals(lock);
    List<String> commands = new ArrayList<>(steps);
    if (made) {
      commands.subList(0, steps.size() - 1).clear();
    } else {
      Files.deleteIfExists(MADE_OF);
    }
    run(HERE, List.of("bash", "-ec", String.join("\n", commands)));
    Files.writeString(MADE_OF, lock);
  }

  private static String python(String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(HERE.resolve("notebooks/.venv/bin/python").toString()));
    command.addAll(List.of(arguments));
    return run(PACKAGE, command);
  }

  private static String run(Path folder, List<String> command) {
    Subprocess done =
        Subprocess.run(
                folder,
                Map.of(
                    "TIDEMARK", ROOT.resolve("jobs/bin/tidemark").toString(),
                    "TIDEMARK_DOCS", ROOT.resolve("docs").toString(),
                    "PYTHONDONTWRITEBYTECODE", "1",
                    "PYTHONPATH", "",
                    "SPARK_HOME", "",
                    "PIP_DISABLE_PIP_VERSION_CHECK", "1"),
                command)
            .exits(0);
    // Among it how long each step took.
    System.out.println(done.out());
    return done.out();
  }
}
