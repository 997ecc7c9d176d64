package dev.tidemark.jobs;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where a manifest is that a person, or a model, names. */
final class ManifestLocation {
  private ManifestLocation() {}

  /**
   * A file of this machine where there is one of that name, whatever file system Spark prefers.
   *
   * @param named a path or URI
   * @param folder a relative path is looked for there
   */
  static String of(String named, Path folder) {
    boolean isUri = named.matches("[a-zA-Z][a-zA-Z0-9+.-]+:.*");
    if (isUri) {
      return named;
    }
    Path path = folder.resolve(named);
    return Files.exists(path) ? path.toAbsolutePath().normalize().toUri().toString() : named;
  }
}
