package dev.tidemark.catalogs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code read_tables.py} in a virtual environment of its own, made of {@code requirements.txt}
 * under {@code target/}. Needs a {@code python3} with pip, and nothing else.
 */
final class PythonReaders {
  private static final Path SOURCES = Path.of("src", "test", "python").toAbsolutePath();
  private static final Path HERE = Path.of("target", "python").toAbsolutePath();
  private static final Path LOCK = SOURCES.resolve("requirements.txt");

  /** The lock that the environment was made of; written last. */
  private static final Path MADE_OF = HERE.resolve("requirements.txt");

  private PythonReaders() {}

  /** Makes the environment, unless it is there and of the same lock. */
  static PythonReaders install() throws IOException {
    String lock = Files.readString(LOCK);
    if (!Files.exists(MADE_OF) || !Files.readString(MADE_OF).equals(lock)) {
      Files.createDirectories(HERE);
      // Without pip, since some systems keep from venv what it needs for that; theirs does it.
      run(
          Map.of(),
          List.of(
              "python3",
              "-m",
              "venv",
              "--clear",
              "--without-pip",
              HERE.resolve("venv").toString()));
      run(
          Map.of(),
          List.of(
              "python3",
              "-m",
              "pip",
              "--python",
              python(),
              "install",
              "--quiet",
              "--disable-pip-version-check",
              "--require-hashes",
              "--requirement",
              LOCK.toString()));
      Files.writeString(MADE_OF, lock);
    }
    return new PythonReaders();
  }

  /** What the script prints, if it ends well. */
  String run(String timeZone, Path expected) throws IOException {
    return run(
        Map.of("TZ", timeZone, "PYTHONDONTWRITEBYTECODE", "1"),
        List.of(python(), SOURCES.resolve("read_tables.py").toString(), expected.toString()));
  }

  private static String python() {
    return HERE.resolve("venv").resolve("bin").resolve("python").toString();
  }

  private static String run(Map<String, String> variables, List<String> command)
      throws IOException {
    Files.createDirectories(HERE);
    Path log = Files.createTempFile(HERE, "log", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(variables);
    Process process = builder.start();
    try {
      boolean ended = process.waitFor(5, TimeUnit.MINUTES);
      String said = Files.readString(log);
      assertThat(ended).as("%s ended in time; it said:%n%s", command, said).isTrue();
      assertThat(process.exitValue()).as("%s said:%n%s", command, said).isZero();
      return said;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      process.destroyForcibly();
      Files.delete(log);
    }
  }
}
