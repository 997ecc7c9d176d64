package dev.tidemark.plan;

import dev.tidemark.definition.Materialize;
import dev.tidemark.definition.Resource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One task as an orchestrator needs it: what to call, after what, and what it reads and writes.
 *
 * @param id stable, and different from every other task's; without an interval in a {@link
 *     Schedule}
 * @param kind what it does
 * @param resource what it does it to
 * @param arguments of the command line, without those that tell the project and the environment
 * @param ticks when the view has ticks, for {@link Kind#MATERIALIZE}; null for all else
 * @param dependsOn the ids of tasks that must be done before, all of the same plan
 * @param inputs what it reads: sources, and offline tables of views, each once
 * @param outputs the tables that it writes
 * @param fingerprint of the definition; null where it has none
 */
public record ScheduledTask(
    String id,
    Kind kind,
    Resource resource,
    List<String> arguments,
    @Nullable Materialize ticks,
    List<String> dependsOn,
    List<Asset> inputs,
    List<Asset> outputs,
    @Nullable Fingerprint fingerprint) {

  /** What a task does. */
  public enum Kind {
    BUILD,
    MATERIALIZE,
    LATEST,
    SCORE,
    AWAIT
  }

  public ScheduledTask {
    arguments = List.copyOf(arguments);
    dependsOn = List.copyOf(dependsOn);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
