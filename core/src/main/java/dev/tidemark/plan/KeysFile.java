package dev.tidemark.plan;

import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.ResourceName;
import java.util.Locale;
import java.util.Optional;

/**
 * A file, or a folder of files, whose rows are scored: the entities' keys, kept columns, and
 * perhaps {@code event_time}.
 *
 * @param location a path or URI that Spark's executors can read
 * @param format csv (with a header line), json (an object a line) or parquet
 */
public record KeysFile(String location, Location.Format format) {

  /** Under which name its state is among a run's inputs; no source of a project can have it. */
  public static final ResourceName NAME = new ResourceName(Kind.SOURCE, "scoring-keys", "file");

  /** The file at a location; nothing if its name does not end as one of the formats. */
  public static Optional<KeysFile> of(String location) {
    String name = location.toLowerCase(Locale.ROOT).replaceAll("/+$", "");
    if (name.endsWith(".csv")) {
      return Optional.of(new KeysFile(location, Location.Format.CSV));
    }
    if (name.endsWith(".json") || name.endsWith(".jsonl")) {
      return Optional.of(new KeysFile(location, Location.Format.JSON));
    }
    return name.endsWith(".parquet")
        ? Optional.of(new KeysFile(location, Location.Format.PARQUET))
        : Optional.empty();
  }

  /** Its name without the folders, for people. */
  public String name() {
    String path = location.replaceAll("/+$", "");
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
