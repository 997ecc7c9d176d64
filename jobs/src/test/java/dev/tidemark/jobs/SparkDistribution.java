package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Spark as its users have it, with {@code spark-submit} and the daemons: what Python's {@code
 * pyspark} brings, by the lock in {@code spark-requirements.txt}, unpacked under {@code target/}.
 * Needs a {@code python3} with pip, and {@code tar}.
 */
final class SparkDistribution {
  private static final Path LOCK =
      Path.of("src", "test", "python", "spark-requirements.txt").toAbsolutePath();
  private static final Path HERE = Path.of("target", "spark-distribution").toAbsolutePath();

  /** The lock that it was made of; written last. */
  private static final Path MADE_OF = HERE.resolve("made-of.txt");

  private SparkDistribution() {}

  /** Its folder, the {@code SPARK_HOME}; made unless it is there and of the same lock. */
  static Path home() throws IOException {
    Files.createDirectories(HERE);
    Path home = HERE.resolve("home");
    // The test classes have processes of their own, and each wants it.
    try (FileChannel file =
            FileChannel.open(
                HERE.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = file.lock()) {
      assertThat(lock.isValid()).isTrue();
      String wanted = Files.readString(LOCK);
      if (!Files.exists(MADE_OF) || !Files.readString(MADE_OF).equals(wanted)) {
        make(home);
        Files.writeString(MADE_OF, wanted);
      }
    }
    return home;
  }

  private static void make(Path home) throws IOException {
    Path download = Files.createDirectories(HERE.resolve("download"));
    run(
        "python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest"
            + " . --requirement",
        LOCK);
    Path archive;
    try (Stream<Path> files = Files.list(download)) {
      archive =
          files
              .filter(file -> file.getFileName().toString().matches("pyspark-.*\\.tar\\.gz"))
              .findFirst()
              .orElseThrow();
    }
    String folder = archive.getFileName().toString().replace(".tar.gz", "/deps/");
    Files.createDirectories(home);
    run(
        "tar -xz --strip-components=2 -C %s %sbin %sjars -f".formatted(home, folder, folder),
        archive);
    Files.delete(archive);
  }

  private static void run(String command, Path last) {
    List<String> words =
        Stream.concat(Stream.of(command.split(" ", -1)), Stream.of(last.toString())).toList();
    Subprocess.run(HERE.resolve("download"), Map.of(), words).exits(0);
  }
}
