package dev.tidemark.jobs;

import dev.tidemark.site.SiteFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder of a site. Each file appears under its name when it is complete, and the one that all
 * pages begin with comes last: whoever has the old site open goes on reading it.
 */
final class SiteFolder {
  private static final String INDEX = "data/index.js";

  private final Path folder;
  private final Set<Path> written = new HashSet<>();

  /**
   * @throws RefusedException if there is something else in the folder
   */
  SiteFolder(Path folder) {
    this.folder = folder;
    if (Files.exists(folder) && !Files.exists(folder.resolve(INDEX)) && !isEmpty()) {
      throw new RefusedException(
          Status.REFUSED,
          "%s is not empty, and no site: name another folder with --out".formatted(folder));
    }
  }

  private boolean isEmpty() {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + folder, e);
    }
  }

  Path path() {
    return folder;
  }

  /** Writes one data file: a script that hands over JSON. */
  void write(String name, String script) {
    Path file = folder.resolve(name);
    try {
      Files.createDirectories(file.getParent());
      Path part = Files.createTempFile(file.getParent(), "." + file.getFileName(), ".part");
      Files.writeString(part, script, StandardCharsets.UTF_8);
      move(part, file);
    } catch (IOException e) {
      throw new UncheckedIOException("can't write " + file, e);
    }
    written.add(file);
  }

  /** Readable for all, as a web server's files are. */
  private static void move(Path part, Path file) throws IOException {
    part.toFile().setReadable(true, false);
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Writes the pages and what lists all data, and removes the data of the site before. */
  void finish(String index) {
    try {
      for (String name : SiteFiles.names()) {
        Path part = Files.createTempFile(folder, "." + name, ".part");
        try (InputStream content = SiteFiles.open(name)) {
          Files.copy(content, part, StandardCopyOption.REPLACE_EXISTING);
        }
        move(part, folder.resolve(name));
      }
      write(INDEX, index);
      removeOld();
    } catch (IOException e) {
      throw new UncheckedIOException("can't write " + folder, e);
    }
  }

  private void removeOld() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!written.contains(file)) {
          Files.delete(file);
        }
      }
    }
  }
}
