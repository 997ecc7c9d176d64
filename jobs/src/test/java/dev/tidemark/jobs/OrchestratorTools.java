package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What runs the exported files or is held against them: programs of a virtual environment under
 * {@code target/}, made of a locked {@code requirements.txt}. Needs a {@code python3} with pip.
 */
final class OrchestratorTools {
  private static final Path SOURCES =
      Path.of("src", "test", "python", "orchestrators").toAbsolutePath();
  private static final Path HERE = Path.of("target", "orchestrators").toAbsolutePath();
  private static final Path LOCK = SOURCES.resolve("requirements.txt");

  /** The lock that the environment was made of; written last. */
  private static final Path MADE_OF = HERE.resolve("requirements.txt");

  private OrchestratorTools() {}

  /** Makes the environment, unless it is there and of the same lock. */
  static OrchestratorTools install() throws IOException {
    Files.createDirectories(HERE);
    // Test classes run in two processes, and each may be the first that asks.
    try (FileChannel one =
            FileChannel.open(
                HERE.resolve("one"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = one.lock()) {
      assertThat(held.isValid()).isTrue();
      return installed();
    }
  }

  private static OrchestratorTools installed() throws IOException {
    String lock = Files.readString(LOCK);
    if (!Files.exists(MADE_OF) || !Files.readString(MADE_OF).equals(lock)) {
      // Without pip, since some systems keep from venv what it needs for that; theirs does it.
      python3("-m", "venv", "--clear", "--without-pip", HERE.resolve("venv").toString());
      python3(
          "-m",
          "pip",
          "--python",
          program("python").toString(),
          "install",
          "--quiet",
          "--disable-pip-version-check",
          "--require-hashes",
          "--requirement",
          LOCK.toString());
      Files.writeString(MADE_OF, lock);
    }
    return new OrchestratorTools();
  }

  private static void python3(String... arguments) {
    List<String> command = new ArrayList<>(List.of("python3"));
    command.addAll(List.of(arguments));
    Subprocess.run(HERE, Map.of(), command).exits(0);
  }

  private static Path program(String name) {
    return HERE.resolve("venv").resolve("bin").resolve(name);
  }

  /** A file beside the requirements. */
  static Path source(String name) {
    Path file = SOURCES.resolve(name);
    assertThat(file).exists();
    return file;
  }

  /** Runs a program of the environment. */
  Subprocess run(Path folder, Map<String, String> variables, String name, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program(name).toString()));
    command.addAll(List.of(arguments));
    return Subprocess.run(folder, variables, command);
  }
}
