package dev.tidemark.run;

import dev.tidemark.compile.Compiler;
import dev.tidemark.definition.Environment;
import dev.tidemark.pit.Engine;
import dev.tidemark.plan.ColumnLineage;
import dev.tidemark.plan.ColumnProfile;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.ManifestOverview;
import dev.tidemark.plan.Registered;
import dev.tidemark.plan.RunOverview;
import dev.tidemark.plan.Target;
import dev.tidemark.store.AuditLog;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.ManifestFiles;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.PastRuns;
import dev.tidemark.store.Registry;
import dev.tidemark.store.RunHistory;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;

/**
 * What is known of resources beside their definitions: from the registry, the run history, the
 * audit log, the manifests, and the tables themselves. Nothing is written.
 */
public final class Catalogue {
  private final SparkSession session;
  private final Path root;
  private final Environment environment;

  /**
   * @param root relative paths are relative to it
   */
  public Catalogue(SparkSession session, Path root, Environment environment) {
    this.session = session;
    this.root = root;
    this.environment = environment;
  }

  /** All that is registered, by id; what was deleted as well. */
  public SortedMap<String, Registered> registered() {
    return guarded(() -> new Registry(session, root, environment.registry()).registered());
  }

  /**
   * What was run, by the ids of resources.
   *
   * @param most how many of the newest runs to tell of each
   * @param resource only of this one; null: of all
   */
  public Map<String, RunOverview> runs(int most, @Nullable String resource) {
    return guarded(
        () ->
            new PastRuns(new RunHistory(session, root, environment.registry())).of(most, resource));
  }

  /** When a try to write each resource failed last, by its id. */
  public Map<String, Instant> failures() {
    return guarded(() -> new AuditLog(session, root, environment.registry()).failures());
  }

  /** What the columns of a project's resources are made of; reads schemas, and no rows. */
  public ColumnLineage lineage(Graph graph) {
    return guarded(() -> new Compiler(session, root, graph, Engine.of(session)).lineage());
  }

  /**
   * What a table holds.
   *
   * @param profiles by column
   * @param columns of the samples
   * @param samples a few rows as text, in no order
   */
  public record Contents(
      Map<String, ColumnProfile> profiles,
      Map<String, String> types,
      List<String> columns,
      List<Row> samples) {}

  /**
   * Looks at a table's newest rows.
   *
   * @param samples how many rows to show
   * @return nothing if there is no such table
   */
  public Optional<Contents> contents(Target target, int samples) {
    return guarded(
        () -> {
          OfflineTable table = OfflineTables.of(session, root, target);
          if (!table.exists()) {
            return Optional.empty();
          }
          Dataset<Row> rows = table.read();
          Map<String, String> types = new LinkedHashMap<>();
          for (StructField field : rows.schema().fields()) {
            types.put(field.name(), field.dataType().sql().toLowerCase(Locale.ROOT));
          }
          return Optional.of(
              new Contents(
                  Profiles.of(rows),
                  types,
                  List.of(rows.columns()),
                  samples == 0 ? List.of() : rows.limit(samples).collectAsList()));
        });
  }

  /**
   * Reads a manifest.
   *
   * @return nothing if there is none at that place
   */
  public Optional<ManifestOverview> manifest(String location) {
    return guarded(
        () -> {
          try {
            return ManifestFiles.read(session, location).map(found -> overview(location, found));
          } catch (IllegalArgumentException | UncheckedIOException e) {
            throw new TaskFailure(
                ExitCode.DEFINITION,
                "can't read the manifest %s: %s".formatted(location, e.getMessage()),
                e);
          }
        });
  }

  private static ManifestOverview overview(String location, Manifest manifest) {
    return new ManifestOverview(
        location,
        manifest.resource(),
        manifest.runId(),
        manifest.definition().sha256(),
        manifest.rows().rows(),
        manifest.inputs().stream()
            .map(
                input ->
                    new ManifestOverview.Input(
                        input.snapshot(), input.files().stream().map(Manifest.File::file).toList()))
            .toList());
  }

  private static <T> T guarded(Callable<T> work) {
    try {
      return work.call();
    } catch (Exception e) {
      // Scala declares no exceptions.
      throw Failures.of(e, "nothing was changed");
    }
  }
}
