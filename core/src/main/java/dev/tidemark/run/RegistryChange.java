package dev.tidemark.run;

import dev.tidemark.definition.Environment;
import dev.tidemark.plan.Registered;
import dev.tidemark.store.CommitOutcome.Committed;
import dev.tidemark.store.Registry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** The registry as it was read, and one commit upon it. */
final class RegistryChange {
  private final Environment environment;
  private final String version;
  private final String otherwise;
  private final Registry registry;

  /**
   * @param root relative paths are relative to it
   * @param version Tidemark's
   * @param otherwise what became of the registry where something fails
   */
  RegistryChange(
      SparkSession session, Path root, Environment environment, String version, String otherwise) {
    this.environment = environment;
    this.version = version;
    this.otherwise = otherwise;
    try {
      this.registry = new Registry(session, root, environment.registry());
    } catch (Exception e) {
      // Scala declares no exceptions.
      throw Failures.of(e, otherwise);
    }
  }

  /** How Spark reads the registry. */
  String table() {
    return registry.name();
  }

  SortedMap<String, Registered> registered() {
    return registry.registered();
  }

  /** Somebody who does something now. */
  Registered.Deed deed(String by, @Nullable String gitCommit) {
    return new Registered.Deed(Instant.now(), by, gitCommit, environment.name());
  }

  /**
   * Commits.
   *
   * @return the snapshot of the registry
   * @throws TaskFailure if somebody else committed meanwhile
   */
  String commit(List<Registry.Entry> entries, Registered.Deed deed) {
    try {
      return registry
          .add(entries, new Registry.Change(UUID.randomUUID().toString(), deed, version))
          .<String>match(
              Committed::snapshot,
              conflict -> {
                throw new TaskFailure(
                    ExitCode.CONFLICT,
                    "somebody else changed %s meanwhile: %s\n  %s; plan again, and do what is left"
                        .formatted(registry.name(), conflict.reason(), otherwise),
                    null);
              },
              unknown -> {
                throw new TaskFailure(
                    ExitCode.CONFLICT,
                    "the catalog did not answer whether %s was committed: %s\n  run it again: what is done is nothing to do"
                        .formatted(registry.name(), unknown.reason()),
                    null);
              });
    } catch (Exception e) {
      // Scala declares no exceptions.
      throw Failures.of(e, otherwise);
    }
  }
}
