package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.substring_index;

import java.io.IOException;
import java.net.URI;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.CheckpointInstance;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.TruncationGranularity$;
import org.apache.spark.sql.delta.util.FileNames$;
import org.apache.spark.util.SerializableConfiguration;
import scala.Option;

/**
 * Removes files of a Delta table that no version needs which is to be kept, and the log of versions
 * before those.
 *
 * <p>Delta's VACUUM goes by a time: it would keep everything since the oldest pinned version, and
 * from a table whose retention was shorter for a while it would take what that version has. Here
 * the files of the versions to keep are listed, and the others removed. Only Parquet files are
 * looked at, so that whatever else other writers put there stays.
 */
final class DeltaCleaning {
  private static final String NAME = "name";

  private final SparkSession session;
  private final DeltaPathTable table;
  private final DeltaLog log;
  private final Retention retention;

  DeltaCleaning(SparkSession session, DeltaPathTable table, Retention retention) {
    this.session = session;
    this.table = table;
    this.log = table.log();
    this.retention = retention;
  }

  /** What it would do. */
  Upkeep.Cleaning look() {
    Kept kept = kept();
    return new Upkeep.Cleaning(kept.forgotten(), kept.onlyPinned(), unneeded(kept).count());
  }

  /** Does it. */
  Upkeep.Cleaning run() {
    Kept kept = kept();
    table
        .lock()
        .holding(
            () -> {
              DeltaSettings.retain(session, log, days(kept));
              return kept;
            });
    long removed = remove(unneeded(kept));
    int before = kept.versions().times().size();
    shorten(kept);
    int after = new DeltaVersions(log).times().size();
    return new Upkeep.Cleaning(Math.max(0, before - after), kept.onlyPinned(), removed);
  }

  /**
   * What is to be kept.
   *
   * @param single versions of which only their own files are
   * @param since from this version on, the files of all
   * @param onlyPinned those of the single ones that only pins keep
   */
  private record Kept(
      DeltaVersions versions, Set<Long> single, long since, List<Retention.Pin> onlyPinned) {
    long oldest() {
      return single.stream().reduce(since, Math::min);
    }

    /** The time before which the log is not needed; null: all of it is. */
    Instant needed() {
      Option<CheckpointInstance> checkpoint = versions.checkpoint(oldest());
      SortedMap<Long, Instant> times = versions.times();
      return checkpoint.isEmpty() || !times.containsKey(checkpoint.get().version())
          ? Instant.MIN
          : times.get(checkpoint.get().version());
    }

    /** How many versions are before that; Delta shortens the log by whole days. */
    long forgotten() {
      if (needed().equals(Instant.MIN)) {
        return 0;
      }
      Instant day =
          needed().atOffset(ZoneOffset.UTC).toLocalDate().atStartOfDay().toInstant(ZoneOffset.UTC);
      return versions.times().values().stream().filter(time -> time.isBefore(day)).count();
    }
  }

  private Kept kept() {
    DeltaVersions versions = new DeltaVersions(log);
    long current = versions.currentAt(retention.replaced());
    String told = retention.told();
    long since = told == null ? current : Math.min(current, Long.parseLong(told));
    Set<Long> single = new HashSet<>();
    table.latest(retention.recorded()).map(Long::valueOf).ifPresent(single::add);
    List<Retention.Pin> onlyPinned = new ArrayList<>();
    for (Retention.Pin pin : retention.pins()) {
      long version = pin.snapshot().matches("[0-9]{1,18}") ? Long.parseLong(pin.snapshot()) : -1;
      if (versions.has(version)) {
        if (version < since && !single.contains(version)) {
          onlyPinned.add(pin);
        }
        single.add(version);
      }
    }
    single.removeIf(version -> version >= since);
    return new Kept(versions, single, since, onlyPinned);
  }

  /** How old the oldest pinned version is; 0: there is none. */
  private static long days(Kept kept) {
    return kept.onlyPinned().stream()
        .map(pin -> kept.versions().times().get(Long.valueOf(pin.snapshot())))
        .min(Instant::compareTo)
        .map(oldest -> 1 + Duration.between(oldest, Instant.now()).toDays())
        .orElse(0L);
  }

  /** The paths of files that can go. */
  private Dataset<String> unneeded(Kept kept) {
    Dataset<org.apache.spark.sql.Row> files =
        session
            .read()
            .format("binaryFile")
            .option("recursiveFileLookup", "true")
            .option("pathGlobFilter", "*.parquet")
            .load(log.dataPath().toString())
            .where(col("modificationTime").lt(lit(Timestamp.from(retention.written()))))
            .select(col("path"), substring_index(col("path"), "/", -1).as(NAME));
    return files
        .join(needed(kept).toDF(NAME), new String[] {NAME}, "left_anti")
        .select("path")
        .as(Encoders.STRING());
  }

  /** Names of files that some version needs; every file has a name of its own. */
  private Dataset<String> needed(Kept kept) {
    Dataset<String> names = names(stored(kept.since()).union(added(kept)));
    for (long version : kept.single()) {
      names = names.union(names(stored(version)));
    }
    return names.distinct();
  }

  private Dataset<String> stored(long version) {
    return log.getSnapshotAt(version, Option.empty(), Option.empty(), false)
        .allFiles()
        .toDF()
        .select("path")
        .as(Encoders.STRING());
  }

  /** What came after the first of the versions that are kept all. */
  private Dataset<String> added(Kept kept) {
    String[] commits =
        kept.versions().times().tailMap(kept.since() + 1).keySet().stream()
            .map(version -> FileNames$.MODULE$.unsafeDeltaFile(log.logPath(), version).toString())
            .toArray(String[]::new);
    return commits.length == 0
        ? session.emptyDataset(Encoders.STRING())
        : session
            .read()
            .schema("add struct<path: string>")
            .json(commits)
            .where(col("add.path").isNotNull())
            .select("add.path")
            .as(Encoders.STRING());
  }

  /** Paths in the log are written as URIs, relative to the table. */
  private static Dataset<String> names(Dataset<String> paths) {
    return paths.map(
        (MapFunction<String, String>) path -> new Path(URI.create(path)).getName(),
        Encoders.STRING());
  }

  private long remove(Dataset<String> paths) {
    Configuration hadoop =
        ((org.apache.spark.sql.classic.SparkSession) session).sessionState().newHadoopConf();
    Broadcast<SerializableConfiguration> settings =
        JavaSparkContext.fromSparkContext(session.sparkContext())
            .broadcast(new SerializableConfiguration(hadoop));
    return paths
        .mapPartitions(removing(settings), Encoders.LONG())
        .agg(
            org.apache.spark.sql.functions.coalesce(
                org.apache.spark.sql.functions.sum("value"), lit(0L)))
        .first()
        .getLong(0);
  }

  private static MapPartitionsFunction<String, Long> removing(
      Broadcast<SerializableConfiguration> settings) {
    return paths -> {
      long removed = 0;
      while (paths.hasNext()) {
        removed += remove(new Path(paths.next()), settings.value().value()) ? 1 : 0;
      }
      return List.of(removed).iterator();
    };
  }

  private static boolean remove(Path path, Configuration hadoop) throws IOException {
    return path.getFileSystem(hadoop).delete(path, false);
  }

  /** By whole days, and never beyond the checkpoint from which the oldest version is read. */
  private void shorten(Kept kept) {
    Instant needed = kept.needed();
    if (needed.equals(Instant.MIN)) {
      return;
    }
    Object millis = Duration.between(needed, Instant.now()).toMillis();
    log.cleanUpExpiredLogs(
        DeltaCommits.newest(log),
        Option.empty(),
        Option.apply(millis),
        TruncationGranularity$.MODULE$.DAY());
  }
}
