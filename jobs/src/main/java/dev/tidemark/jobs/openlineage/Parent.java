package dev.tidemark.jobs.openlineage;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The run for which a run is done, and the run in which all of it began.
 *
 * @param root the same as {@code run} where there is none above
 */
record Parent(Run run, Run root) {
  private static final String PARENT = "OPENLINEAGE_PARENT_ID";
  private static final String ROOT = "OPENLINEAGE_ROOT_PARENT_ID";

  /** A run of anybody's. */
  record Run(String namespace, String name, UUID id) {}

  /**
   * Who asked for a command, by what OpenLineage's integrations put into the environment: {@code
   * NAMESPACE/NAME/RUN}, or else by Airflow's own variables.
   *
   * @param warn told of what can't be read
   */
  static Optional<Parent> of(Map<String, String> variables, Consumer<String> warn) {
    Run parent = run(PARENT, variables, warn);
    if (parent == null) {
      return AirflowRun.of(variables);
    }
    Run root = run(ROOT, variables, warn);
    return Optional.of(new Parent(parent, root == null ? parent : root));
  }

  private static @Nullable Run run(
      String variable, Map<String, String> variables, Consumer<String> warn) {
    String written = variables.getOrDefault(variable, "").strip();
    if (written.isEmpty()) {
      return null;
    }
    int last = written.lastIndexOf('/');
    // A namespace may be an address, with slashes of its own.
    int middle = last < 0 ? -1 : written.lastIndexOf('/', last - 1);
    try {
      if (middle > 0 && middle + 1 < last) {
        return new Run(
            written.substring(0, middle),
            written.substring(middle + 1, last),
            UUID.fromString(written.substring(last + 1)));
      }
    } catch (IllegalArgumentException e) {
      // Told below.
    }
    warn.accept(
        "%s is no NAMESPACE/NAME/RUN with a UUID for the run: %s; lineage events name no parent"
            .formatted(variable, written));
    return null;
  }
}
