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
 * The Python package in {@code jobs/airflow}, with what was packaged and real Airflows. It is
 * installed into {@code target/airflow} as docs/orchestrators/airflow.md says; the first time that
 * downloads what its locks name. Needs a {@code python3} with venv.
 */
@Tag("airflow")
class AirflowIT {
  private static final Path ROOT = Subprocess.root();
  private static final Path HERE = Path.of("target", "airflow").toAbsolutePath();
  private static final Path PACKAGE = HERE.resolve("jobs/airflow");

  @Test
  void with_airflow_3() throws IOException {
    copyPackage();
    List<String> steps = firstBlockOfThePage();
    assertThat(steps)
        .containsExactly(
            "python3 -m venv airflow",
            "airflow/bin/pip install --quiet --require-hashes --requirement"
                + " jobs/airflow/requirements.txt",
            "airflow/bin/pip install --quiet --no-deps --no-build-isolation ./jobs/airflow");
    install(steps, "requirements.txt");
    python("airflow", "-m", "ruff", "check", ".");
    python("airflow", "-m", "ruff", "format", "--check", ".");
    python("airflow", "-m", "mypy");
    String said = python("airflow", "-m", "pytest");
    assertThat(said).containsPattern("\\d\\d passed").doesNotContain("skipped");
  }

  @Test
  void with_airflow_2_11() throws IOException {
    copyPackage();
    install(
        firstBlockOfThePage().stream()
            .map(step -> step.replaceAll("(^| )airflow(/|$)", "$1airflow2$2"))
            .map(step -> step.replace("requirements.txt", "requirements-2.11.txt"))
            .toList(),
        "requirements-2.11.txt");
    assertThat(python("airflow2", "-m", "pytest")).containsPattern("\\d\\d passed");
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
    Path from = ROOT.resolve("jobs/airflow");
    Pattern made = Pattern.compile("build|__pycache__|\\..*_cache|.*\\.egg-info");
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

  private static List<String> firstBlockOfThePage() throws IOException {
    Matcher block =
        Pattern.compile("^```sh\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(Files.readString(ROOT.resolve("docs/orchestrators/airflow.md")));
    assertThat(block.find()).isTrue();
    return block.group(1).lines().toList();
  }

  /** Takes the steps; only the last if the environment is of the same lock already. */
  private static void install(List<String> steps, String lock) throws IOException {
    String pinned = Files.readString(PACKAGE.resolve(lock));
    Path madeOf = HERE.resolve(lock);
    boolean made = Files.exists(madeOf) && Files.readString(madeOf).equals(pinned);
    List<String> commands = new ArrayList<>(steps);
    if (made) {
      commands.subList(0, steps.size() - 1).clear();
    } else {
      Files.deleteIfExists(madeOf);
    }
    run(HERE, List.of("bash", "-ec", String.join("\n", commands)));
    Files.writeString(madeOf, pinned);
  }

  private static String python(String environment, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(HERE.resolve(environment).resolve("bin/python").toString()));
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
                    "PIP_DISABLE_PIP_VERSION_CHECK", "1"),
                command)
            .exits(0);
    // Among it how long it took to read a large plan.
    System.out.println(done.out());
    return done.out();
  }
}
