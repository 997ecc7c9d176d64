package dev.tidemark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Expected texts in files, reviewed as text.
 *
 * <p>{@code -Dgolden.update=true} writes what came out instead of comparing; read the difference
 * before you commit it.
 */
public final class Golden {
  private static final Path FOLDER = Path.of("src", "test", "resources", "golden");

  private Golden() {}

  /**
   * Compares a text with {@code src/test/resources/golden/NAME}.
   *
   * @param name a path with its ending, such as {@code errors/unknown-key.txt}
   */
  public static void check(String name, String actual) {
    Path file = FOLDER.resolve(name);
    String text = actual.endsWith("\n") ? actual : actual + "\n";
    try {
      if (Boolean.getBoolean("golden.update")) {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, text);
        return;
      }
      assertThat(file).as("golden file; write it with -Dgolden.update=true").exists();
      assertThat(text).as(file.toString()).isEqualTo(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
