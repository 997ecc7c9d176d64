package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One program that ran to its end, in a process of its own. */
record Subprocess(int code, String out, String err) {
  private static final long MOST_MINUTES = 10;

  /** Runs a program in a folder with some environment variables set; an empty value unsets one. */
  static Subprocess run(Path folder, Map<String, String> environment, List<String> command) {
    try {
      File out = Files.createTempFile("out", ".txt").toFile();
      File err = Files.createTempFile("err", ".txt").toFile();
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(out)
              .redirectError(err);
      environment.forEach(
          (name, value) -> {
            if (value.isEmpty()) {
              builder.environment().remove(name);
            } else {
              builder.environment().put(name, value);
            }
          });
      Process process = builder.start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(MOST_MINUTES, TimeUnit.MINUTES);
      if (!ended) {
        process.destroyForcibly();
      }
      String said = Files.readString(out.toPath());
      String complained = Files.readString(err.toPath());
      Files.delete(out.toPath());
      Files.delete(err.toPath());
      assertThat(ended).as("%s ended%n%s%n%s", command, said, complained).isTrue();
      return new Subprocess(process.exitValue(), said, complained);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Fails with everything that was printed unless the code is the one given. */
  Subprocess exits(int expected) {
    assertThat(code).as("exit code%nstdout:%n%s%nstderr:%n%s", out, err).isEqualTo(expected);
    return this;
  }

  /** The repository's root: tests run in {@code jobs}. */
  static Path root() {
    Path parent = Path.of("").toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalStateException("tests run in jobs/");
    }
    return parent;
  }
}
