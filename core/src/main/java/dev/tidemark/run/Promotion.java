package dev.tidemark.run;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.RunOverview;
import dev.tidemark.plan.Target;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.ManifestFiles;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.PastRuns;
import dev.tidemark.store.RunHistory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * What another environment has written of the same definitions from the same states of the same
 * sources: rows that need not be computed again.
 *
 * <p>They are read from the first provider that it writes to, at a commit that its run history
 * names. Where anything differs (a hash, a snapshot, a file), nothing is found here, and the rows
 * are computed.
 */
final class Promotion {
  private final SparkSession session;
  private final Path root;
  private final Environment from;
  private final RunHistory history;

  /**
   * @param root relative paths are relative to it
   * @param from the other environment; its catalogs are in the session
   */
  Promotion(SparkSession session, Path root, Environment from) {
    this.session = session;
    this.root = root;
    this.from = from;
    this.history = new RunHistory(session, root, from.registry());
  }

  /** The other environment's name. */
  String name() {
    return from.name();
  }

  private OfflineTable table(ResourceName name) {
    return OfflineTables.of(session, root, new Target(from.writeTo().get(0), Planner.table(name)));
  }

  /** False if a state can't be told, so that nobody knows whether two are the same. */
  private static boolean areTold(List<InputSnapshot> inputs) {
    return inputs.stream().noneMatch(input -> input.kind() == InputSnapshot.Kind.UNPINNED);
  }

  /**
   * The intervals of a view that are there.
   *
   * @param inputs the states that would be read here
   * @return by interval, the run that made it
   */
  Map<Interval, String> intervals(ResolvedView view, Interval within, List<InputSnapshot> inputs) {
    OfflineTable table = table(view.view().ref());
    String tableId = table.state().tableId();
    Map<Interval, String> found = new HashMap<>();
    if (tableId == null || !areTold(inputs)) {
      return found;
    }
    for (FinishedInterval done :
        history.finished(view.view().ref().toString(), within, Set.of(tableId))) {
      if (done.definition().equals(view.fingerprint()) && done.inputs().equals(inputs)) {
        found.put(done.interval(), done.runId());
      }
    }
    return found;
  }

  /**
   * The rows of consecutive intervals that are there.
   *
   * @param columns in their order
   */
  Dataset<Row> rows(ResolvedView view, Interval interval, List<String> columns) {
    OfflineTable table = table(view.view().ref());
    List<String> recorded = history.snapshots(String.valueOf(table.state().tableId()));
    Dataset<Row> rows = table.latest(recorded).map(table::readAt).orElseGet(table::read);
    Column time = col(ResolvedTrainingSet.EVENT_TIME);
    return rows.where(time.geq(lit(interval.start())).and(time.lt(lit(interval.end()))))
        .select(
            columns.stream()
                .map(column -> col("`" + column.replace("`", "``") + "`"))
                .toArray(Column[]::new));
  }

  /**
   * A training set's rows.
   *
   * @param manifest what the other environment's run says of them
   */
  record Whole(Dataset<Row> rows, Manifest manifest) {}

  /**
   * The rows of a training set, if the newest build there was of the same definition, states and
   * as-of time.
   */
  Optional<Whole> whole(
      ResourceName name,
      Fingerprint definition,
      List<InputSnapshot> inputs,
      @Nullable Instant asOf) {
    RunOverview.Run run =
        new PastRuns(history)
                .of(1, name.toString())
                .getOrDefault(name.toString(), RunOverview.NONE)
                .newest()
                .stream()
                .filter(newest -> newest.task().startsWith("build/") && !newest.tables().isEmpty())
                .findFirst()
                .orElse(null);
    if (run == null
        || run.manifest() == null
        || !run.definition().equals(definition.sha256())
        || !areTold(inputs)
        || !run.inputs().equals(inputs.stream().map(Promotion::told).toList())) {
      return Optional.empty();
    }
    OfflineTable table = table(name);
    Manifest manifest = ManifestFiles.read(session, run.manifest()).orElse(null);
    return manifest == null || !Objects.equals(manifest.asOf(), asOf) || !table.exists()
        ? Optional.empty()
        : run.tables().stream()
            .filter(commit -> commit.provider().equals(from.writeTo().get(0).name()))
            .findFirst()
            .map(commit -> new Whole(table.readAt(commit.snapshot()), manifest));
  }

  private static RunOverview.Input told(InputSnapshot input) {
    return new RunOverview.Input(
        input.source().toString(), input.location(), input.kind().name(), input.id());
  }
}
