package dev.tidemark.run;

import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.History;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.store.FileChecksums;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.ManifestFiles;
import dev.tidemark.store.RowsSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Makes the rows of a manifest again, from the definitions in it and from the sources as they were,
 * and proves that they are the same. All methods throw {@link TaskFailure} and nothing else.
 */
public final class Rebuild {
  private final SparkSession session;
  private final Path root;
  private final Environment environment;
  private final String version;
  private final Progress progress;

  /**
   * @param root relative paths of sources are relative to it
   * @param environment whose providers are written to, if at all
   * @param version Tidemark's
   */
  public Rebuild(
      SparkSession session, Path root, Environment environment, String version, Progress progress) {
    this.session = session;
    this.root = root;
    this.environment = environment;
    this.version = version;
    this.progress = progress;
  }

  /**
   * What was proved.
   *
   * @param resource such as {@code training-sets.fraud.v1}
   * @param taskId of the task that was run again
   * @param rows how many, now as then
   * @param contentHash now as then
   * @param notes what the proof does not cover
   * @param written what writing them back did; null if nothing was written
   * @param checks what was checked before they were written back
   */
  public record Proof(
      String resource,
      String taskId,
      long rows,
      String contentHash,
      List<String> notes,
      @Nullable TaskReport written,
      List<Trace.Check> checks) {}

  /**
   * Computes the rows again and compares them.
   *
   * @param location of the manifest, a path or URI
   * @param write true: if they are the same, they become the tables' current rows
   */
  public Proof run(String location, boolean write) {
    try {
      return proved(location, write);
    } catch (Exception e) {
      // Scala declares no exceptions; whatever it is, its owner gets a sentence and an exit code.
      throw Failures.of(e, "no table was changed");
    }
  }

  private Proof proved(String location, boolean write) {
    progress.step("reading " + location);
    Manifest manifest = read(location);
    Graph graph = Graph.of(definitions(manifest));
    Task task = task(manifest, graph);
    progress.step("looking at the inputs");
    files(manifest);
    PinnedSources sources = sources(manifest);
    Runner runner = new Runner(session, root, environment, graph, version, progress);
    RowsSummary now = runner.summary(task, sources);
    List<String> differences = new Differences(manifest, session, version).of(now);
    if (!differences.isEmpty()) {
      throw new TaskFailure(
          ExitCode.GATE,
          "the rows of %s are not those of the manifest\n  %s\n  no table was changed"
              .formatted(manifest.resource(), String.join("\n  ", differences)),
          null);
    }
    TaskReport written = write ? runner.run(task, sources) : null;
    return new Proof(
        manifest.resource(),
        task.id(),
        now.rows(),
        now.contentHash(),
        notes(manifest),
        written,
        runner.checks(task));
  }

  private Manifest read(String location) {
    try {
      return ManifestFiles.read(session, location)
          .orElseThrow(
              () ->
                  new TaskFailure(
                      ExitCode.DEFINITION,
                      "no manifest %s\n  `build` and `materialize` tell where theirs are, in the last line's `manifest`"
                          .formatted(location),
                      null));
    } catch (IllegalArgumentException | UncheckedIOException e) {
      throw new TaskFailure(
          ExitCode.DEFINITION,
          "can't read the manifest %s: %s".formatted(location, e.getMessage()),
          e);
    }
  }

  /** Those in the manifest, whatever the project's files say today. */
  private static Definitions definitions(Manifest manifest) {
    try {
      Path folder = Files.createTempDirectory("tidemark-rebuild");
      try {
        Files.createDirectories(folder.resolve("definitions"));
        Files.writeString(folder.resolve("definitions/manifest.conf"), manifest.definitions());
        return ProjectReader.readDefinitions(folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private Task task(Manifest manifest, Graph graph) {
    List<Task> tasks = plan(manifest, graph).tasks();
    if (tasks.size() != 1
        || !ManifestWriter.definition(tasks.get(0)).equals(manifest.definition())) {
      throw new TaskFailure(
          ExitCode.DEFINITION,
          "the definitions in the manifest don't have the hash %s that it names\n  it was edited, or this version (%s) takes them otherwise than the one that wrote it (%s)"
              .formatted(
                  manifest.definition().brief(), version, manifest.versions().get("tidemark")),
          null);
    }
    return tasks.get(0);
  }

  private Plan plan(Manifest manifest, Graph graph) {
    List<String> names = List.of(manifest.resource());
    return switch (manifest.kind()) {
      case BUILD -> Planner.build(graph, environment, names, manifest.asOf());
      case INTERVAL ->
          Planner.materialize(graph, environment, names, said(manifest.interval(), "interval"));
      case LATEST ->
          Planner.latest(
              graph, environment, names, said(manifest.asOf(), "as_of"), History.NONE, true);
      case SCORING ->
          Planner.score(graph, environment, names, said(manifest.asOf(), "as_of"), manifest.keys());
    };
  }

  private static <T> T said(@Nullable T value, String field) {
    if (value == null) {
      throw new TaskFailure(
          ExitCode.DEFINITION,
          "the manifest has no `%s`, which its kind has\n  it was edited".formatted(field),
          null);
    }
    return value;
  }

  /** Plain files must be what they were, to the byte where there are checksums. */
  private void files(Manifest manifest) {
    List<FileChecksums.Checked> changed = new ArrayList<>();
    for (Manifest.Input input : manifest.inputs()) {
      boolean checksums = input.files().stream().anyMatch(file -> file.sha256() != null);
      List<InputFile> files = input.files().stream().map(Manifest.File::file).toList();
      List<FileChecksums.Checked> now = FileChecksums.of(session, files, checksums);
      for (int i = 0; i < now.size(); i++) {
        changed.addAll(difference(input.files().get(i), now.get(i)));
      }
    }
    if (!changed.isEmpty()) {
      throw new TaskFailure(
          ExitCode.INPUT_NOT_READY,
          "%,d files are not what they were\n%s\n  restore them and run again; no table was changed"
              .formatted(changed.size(), ChangedFiles.lines(changed)),
          null);
    }
  }

  private static List<FileChecksums.Checked> difference(
      Manifest.File then, FileChecksums.Checked now) {
    if (now.change() != null) {
      return List.of(now);
    }
    return then.sha256() == null || then.sha256().equals(now.sha256())
        ? List.of()
        : List.of(
            new FileChecksums.Checked(
                now.file(), now.sha256(), "its content is another, of the same size and time"));
  }

  private static PinnedSources sources(Manifest manifest) {
    List<InputSnapshot> snapshots = new ArrayList<>();
    Map<ResourceName, List<InputFile>> files = new HashMap<>();
    for (Manifest.Input input : manifest.inputs()) {
      snapshots.add(input.snapshot());
      files
          .computeIfAbsent(input.snapshot().source(), source -> new ArrayList<>())
          .addAll(input.files().stream().map(Manifest.File::file).toList());
    }
    return PinnedSources.at(snapshots, files);
  }

  private static List<String> notes(Manifest manifest) {
    return manifest.inputs().stream()
        .filter(input -> input.snapshot().kind() == InputSnapshot.Kind.UNPINNED)
        .map(
            input ->
                "%s was read as it is now: %s has no state that could be named"
                    .formatted(input.snapshot().source(), input.snapshot().location()))
        .toList();
  }
}
