package dev.tidemark.run;

import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.plan.Dependencies;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.Task;
import dev.tidemark.store.FileChecksums;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.ManifestFiles;
import dev.tidemark.store.RowsSummary;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.iceberg.IcebergBuild;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Writes the manifests of a run: after the tables are committed, and before the run history names
 * it.
 */
final class ManifestWriter {
  /**
   * The Spark setting that says whether plain files are read for their checksums; {@code false}: a
   * rebuild goes by their sizes and times alone.
   */
  static final String CHECKSUMS = "spark.tidemark.checksums";

  /** Spark settings of a session that may change what a query gives. */
  private static final List<String> OF_RESULTS =
      List.of(
          "spark.sql.session.timeZone",
          "spark.sql.ansi.enabled",
          "spark.sql.caseSensitive",
          "spark.sql.decimalOperations.allowPrecisionLoss",
          "spark.sql.mapKeyDedupPolicy",
          "spark.sql.parquet.int96RebaseModeInRead",
          "spark.sql.parquet.datetimeRebaseModeInRead");

  private static final List<String> PREFIXES = List.of("spark.tidemark.", "spark.sql.legacy.");

  private final SparkSession session;
  private final Graph graph;
  private final ManifestFiles files;
  private final String runId;
  private final String version;
  private final Map<String, Told> newest = new ConcurrentHashMap<>();

  ManifestWriter(
      SparkSession session,
      Path root,
      Provider registry,
      Graph graph,
      String runId,
      String version) {
    this.session = session;
    this.graph = graph;
    this.files = new ManifestFiles(session, root, registry);
    this.runId = runId;
    this.version = version;
  }

  /**
   * What one commit came to, beside its task.
   *
   * @param asOf see {@link Manifest}, as the others
   */
  record Made(
      @Nullable Instant asOf,
      @Nullable Interval interval,
      Manifest.@Nullable Times times,
      List<Manifest.Input> inputs,
      @Nullable Long spineRows,
      long leftOut,
      RowsSummary rows,
      List<Manifest.Check> checks,
      List<TaskReport.Written> tables) {

    /** The same with other checks. */
    Made with(List<Manifest.Check> others) {
      return with(others, tables);
    }

    /** The same with other checks and tables. */
    Made with(List<Manifest.Check> others, List<TaskReport.Written> written) {
      return new Made(asOf, interval, times, inputs, spineRows, leftOut, rows, others, written);
    }
  }

  /**
   * The inputs of a task, once its rows have been computed. Plain files are looked at again: if one
   * has changed since it was listed, nobody knows which of its states was read.
   *
   * @throws TaskFailure that names those files
   */
  List<Manifest.Input> inputs(List<ResourceName> sources, PinnedSources pinned) {
    boolean checksums = Boolean.parseBoolean(session.conf().get(CHECKSUMS, "true"));
    List<Manifest.Input> inputs = new ArrayList<>();
    List<FileChecksums.Checked> changed = new ArrayList<>();
    for (ResourceName source : sources) {
      List<FileChecksums.Checked> checked =
          FileChecksums.of(session, pinned.files(source), checksums);
      checked.stream().filter(file -> file.change() != null).forEach(changed::add);
      Rows rows = graph.rows().get(source);
      boolean isStatic = rows != null && rows.time().isStatic();
      List<Manifest.File> files =
          checked.stream().map(file -> new Manifest.File(file.file(), file.sha256())).toList();
      for (InputSnapshot snapshot : pinned.snapshots(List.of(source))) {
        boolean plain = snapshot.kind() == InputSnapshot.Kind.FILES;
        inputs.add(new Manifest.Input(snapshot, isStatic, plain ? files : List.of()));
      }
    }
    if (!changed.isEmpty()) {
      throw new TaskFailure(
          ExitCode.INPUT_NOT_READY,
          "files changed while they were read; no table was changed\n%s\n  run again when nobody writes them, or add files rather than change them"
              .formatted(ChangedFiles.lines(changed)),
          null);
    }
    return inputs;
  }

  /** That plain files were as they had been listed; for the manifest. */
  static Manifest.Check unchanged(List<Manifest.Input> inputs) {
    long files = inputs.stream().mapToLong(input -> input.files().size()).sum();
    return new Manifest.Check(
        "inputs_unchanged", true, "%,d plain files are as they were listed".formatted(files));
  }

  /**
   * Writes a manifest.
   *
   * @return where it is
   */
  String write(Task task, Made made) {
    String location = files.write(of(task, made));
    newest.put(kind(task) + " " + resource(task), new Told(made.rows(), made.checks()));
    return location;
  }

  /** What a manifest says, but for what may be long. */
  record Told(RowsSummary rows, List<Manifest.Check> checks) {}

  /** What the newest manifest says that this run wrote for the resource of a task. */
  Optional<Told> newest(Task task) {
    return Optional.ofNullable(newest.get(kind(task) + " " + resource(task)));
  }

  private Manifest of(Task task, Made made) {
    Map<String, Long> leftOut = new LinkedHashMap<>();
    if (made.leftOut() > 0) {
      leftOut.put(Manifest.LABEL_NOT_KNOWN, made.leftOut());
    }
    return new Manifest(
        resource(task).toString(),
        kind(task),
        task.id(),
        runId,
        versions(),
        definition(task),
        graph.definitions().texts().of(Dependencies.of(graph, task)),
        made.asOf(),
        keys(task),
        made.interval(),
        made.times(),
        made.inputs(),
        made.spineRows(),
        leftOut,
        made.rows(),
        settings(session),
        made.checks(),
        made.tables().stream()
            .map(
                table ->
                    new Manifest.Output(
                        table.target().provider().name(),
                        table.target().provider().format().toString(),
                        table.table(),
                        table.snapshot()))
            .toList());
  }

  static ResourceName resource(Task task) {
    return task.match(
        build -> build.trainingSet().trainingSet().ref(),
        view -> view.view().view().ref(),
        latest -> latest.view().view().ref(),
        score -> score.trainingSet().trainingSet().ref());
  }

  static Fingerprint definition(Task task) {
    return task.match(
        build -> build.trainingSet().fingerprint(),
        view -> view.view().fingerprint(),
        latest -> latest.view().fingerprint(),
        score -> score.trainingSet().fingerprint());
  }

  private static Manifest.Kind kind(Task task) {
    return task.match(
        build -> Manifest.Kind.BUILD,
        view -> Manifest.Kind.INTERVAL,
        latest -> Manifest.Kind.LATEST,
        score -> Manifest.Kind.SCORING);
  }

  private static @Nullable KeysFile keys(Task task) {
    return task instanceof Task.ScoreKeys score ? score.keys() : null;
  }

  private Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("tidemark", version);
    versions.put("spark", session.version());
    versions.put("iceberg", IcebergBuild.version());
    versions.put("delta", io.delta.package$.MODULE$.VERSION());
    versions.put("java", Runtime.version().toString());
    return versions;
  }

  /** Those that may change a result, by name. */
  static Map<String, String> settings(SparkSession session) {
    Map<String, String> all = new HashMap<>();
    session
        .conf()
        .getAll()
        .foreach(
            setting -> {
              all.put(setting._1(), setting._2());
              return null;
            });
    Map<String, String> found =
        all.entrySet().stream()
            .filter(setting -> PREFIXES.stream().anyMatch(setting.getKey()::startsWith))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
    found.putAll(resultSettings(session));
    return found;
  }

  /** Those that decide what a query gives, by name. */
  static Map<String, String> resultSettings(SparkSession session) {
    Map<String, String> found = new TreeMap<>();
    OF_RESULTS.forEach(name -> found.put(name, session.conf().get(name)));
    return found;
  }
}
