package dev.tidemark.jobs;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON for others, such as {@code --summary}: who waits for the file sees all or nothing.
 */
final class SummaryFile {
  private SummaryFile() {}

  /**
   * Writes one line.
   *
   * @param target a file, or a URI of a file system that Hadoop knows
   * @return why it could not be written, or null
   */
  static @Nullable Failure write(String target, String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      // One letter is a drive.
      if (target.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
        toUri(URI.create(target), bytes);
      } else {
        toFile(Path.of(target).toAbsolutePath(), bytes);
      }
      return null;
    } catch (IOException | IllegalArgumentException e) {
      return Failure.of(
          Status.FAILED, "can't write the summary to %s: %s".formatted(target, e.getMessage()), "");
    }
  }

  /**
   * Writes a file of this machine.
   *
   * @throws RefusedException if it can't be written
   */
  static void writeWhole(Path file, String text) {
    try {
      toFile(file.toAbsolutePath(), text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new RefusedException(
          Status.FAILED, "can't write %s: %s".formatted(file, e.getMessage()));
    }
  }

  private static void toFile(Path file, byte[] bytes) throws IOException {
    Path folder = file.getParent();
    if (folder == null) {
      throw new IOException("not a file");
    }
    Files.createDirectories(folder);
    Path part = Files.createTempFile(folder, "." + file.getFileName(), ".part");
    try {
      Files.write(part, bytes);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Object stores show a file when it is closed; others when it gets its name. */
  private static void toUri(URI uri, byte[] bytes) throws IOException {
    FileSystem files = FileSystem.get(uri, new Configuration());
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(uri);
    org.apache.hadoop.fs.Path part =
        new org.apache.hadoop.fs.Path(file.getParent(), "." + file.getName() + ".part");
    try (OutputStream out = files.create(part, true)) {
      out.write(bytes);
    }
    files.delete(file, false);
    if (!files.rename(part, file)) {
      throw new IOException("could not rename " + part);
    }
  }
}
