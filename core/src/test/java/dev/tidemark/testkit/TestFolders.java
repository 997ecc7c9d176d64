package dev.tidemark.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;

/** Folders for the tests of this process, which go with it. */
final class TestFolders {
  private static final Path ROOT = root();

  private TestFolders() {}

  private static Path root() {
    try {
      Path root = Files.createTempDirectory("tidemark-test");
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> FileUtils.deleteQuietly(root.toFile())));
      return root;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A new folder.
   *
   * @param prefix what its name begins with
   */
  static Path create(String prefix) {
    try {
      return Files.createTempDirectory(ROOT, prefix);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
