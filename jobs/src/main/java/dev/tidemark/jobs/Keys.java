package dev.tidemark.jobs;

import dev.tidemark.plan.KeysFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --scoring} and {@code --keys}. */
final class Keys {
  @Option(
      names = "--scoring",
      description =
          "The features for keys to be scored instead: the same columns without label and split, as "
              + "of --as-of, into a table of their own.")
  boolean scoring;

  @Option(
      names = "--keys",
      paramLabel = "FILE",
      description =
          "Which rows to score: a csv (with a header), json or parquet file, or a URI, with the "
              + "entities' keys, kept columns, and perhaps event_time (default: all keys at T).")
  @Nullable String file;

  /**
   * As of when is scored.
   *
   * @throws RefusedException if nothing says it
   */
  static Instant time(AsOf asOf) {
    Instant time = asOf.instant;
    if (time == null) {
      throw new RefusedException(
          Status.REFUSED,
          "--scoring needs --as-of: as of when, an instant, a date, or now; such as --as-of 2024-06-01");
    }
    return time;
  }

  /**
   * The file of keys, or null for all keys.
   *
   * @throws RefusedException if its name does not tell its format, or it goes with no --scoring
   */
  @Nullable KeysFile keys() {
    String name = file;
    if (name == null) {
      return null;
    }
    if (!scoring) {
      throw new RefusedException(Status.REFUSED, "--keys is for --scoring: give both");
    }
    return KeysFile.of(location(name))
        .orElseThrow(
            () ->
                new RefusedException(
                    Status.REFUSED,
                    "%s: --keys takes files that end in .csv, .json, .jsonl or .parquet"
                        .formatted(name)));
  }

  /** A file of this machine where there is one of that name, whatever file system Spark prefers. */
  private static String location(String name) {
    boolean isUri = name.matches("[a-zA-Z][a-zA-Z0-9+.-]+:.*");
    return isUri || !Files.exists(Path.of(name))
        ? name
        : Path.of(name).toAbsolutePath().normalize().toUri().toString();
  }
}
