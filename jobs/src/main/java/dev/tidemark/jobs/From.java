package dev.tidemark.jobs;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.ProjectReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --from ENV}. */
final class From {
  @Option(
      names = "--from",
      paramLabel = "ENV",
      description =
          "Take what this environment has written of the same definitions and the same inputs, "
              + "rather than compute it; what differs is computed.")
  @Nullable String environment;

  /** The environment; null if none is named. */
  @Nullable Environment read(CommonOptions common) {
    String name = environment;
    if (name == null) {
      return null;
    }
    if (name.equals(common.environment)) {
      throw new RefusedException(
          Status.REFUSED, "--from is another environment than --env: both are " + name);
    }
    return ProjectReader.read(common.project, name).environment();
  }
}
