package dev.tidemark.definition;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where an environment's lineage events go. What is null is as the OpenLineage client's own
 * environment variables say, or else the default.
 *
 * @param transport how; null: nothing is said
 * @param location of the files: a folder, relative to the project, or a URI
 * @param url of the server
 * @param endpoint the path on the server
 * @param apiKey for the server
 * @param timeout how long an answer may take
 * @param namespace of the jobs
 */
public record LineageEvents(
    @Nullable Transport transport,
    @Nullable String location,
    @Nullable String url,
    @Nullable String endpoint,
    @Nullable String apiKey,
    @Nullable Duration timeout,
    @Nullable String namespace) {

  /** Nothing is said. */
  public static final LineageEvents UNSAID =
      new LineageEvents(null, null, null, null, null, null, null);

  /** How events are sent. */
  public enum Transport {
    /** One file a run. */
    FILE,
    HTTP,
    /** Not at all. */
    NONE
  }

  @Override
  public String toString() {
    // The key is nobody's business.
    return "lineage events: transport %s, location %s, url %s".formatted(transport, location, url);
  }
}
