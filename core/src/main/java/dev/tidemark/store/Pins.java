package dev.tidemark.store;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_distinct;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.substring_index;

import dev.tidemark.plan.InputSnapshot;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * The snapshots that manifests name, so that nothing may forget them: those of every input, which a
 * rebuild reads, and those of every build's output, which is what a model was trained on. The
 * output of an interval is not pinned: its rows stay in the table until others replace them.
 *
 * <p>Manifests are read on the executors, once for all tables. A manifest that no row of the run
 * history names belongs to a run that was killed, or that has not come to it yet: it pins while it
 * is young, and may be removed when it is old. Closing releases the executors' memory.
 */
public final class Pins implements AutoCloseable {
  private static final String ICEBERG = kind(InputSnapshot.Kind.ICEBERG);
  private static final String DELTA = kind(InputSnapshot.Kind.DELTA);

  private static final StructType MANIFEST =
      StructType.fromDDL(
          "manifest int, resource string, run_id string, "
              + "interval struct<start: string, end: string>, "
              + "inputs array<struct<location: string, kind: string, id: string>>, "
              + "outputs array<struct<table: string, format: string, snapshot: string>>");

  private static final String FILE = "file";
  private static final String IS_NAMED = "is_named";
  private static final String IS_OLD = "is_old";
  private static final String WITHIN = "within";

  /** How the files of manifests are named: nothing else is for upkeep to remove. */
  private static final String OURS =
      "/([0-9TZ.]+_[0-9TZ.]+_)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[.]json$";

  private final SparkSession session;
  private final Dataset<Row> manifests;

  private Pins(SparkSession session, Dataset<Row> manifests) {
    this.session = session;
    this.manifests = manifests;
  }

  /**
   * Reads all manifests of a registry.
   *
   * @param written those that were written before are old
   * @throws UnreadableManifestException if one that the history names can't be read: nobody knows
   *     what it pins
   */
  public static Pins of(
      SparkSession session, ManifestFiles files, RunHistory history, Instant written) {
    Dataset<Row> all = read(session, files.folder());
    Dataset<Row> named =
        history
            .rows()
            .map(rows -> named(all, rows))
            // Without a history nobody can tell a killed run's from others.
            .orElseGet(() -> all.withColumn(IS_NAMED, lit(true)));
    Dataset<Row> kept =
        named
            .withColumn(IS_OLD, col("modified").lt(lit(Timestamp.from(written))))
            .persist(StorageLevel.MEMORY_AND_DISK());
    List<String> unreadable = history.rows().map(rows -> unreadable(kept, rows)).orElse(List.of());
    if (!unreadable.isEmpty()) {
      kept.unpersist();
      throw new UnreadableManifestException(unreadable);
    }
    return new Pins(session, kept);
  }

  /** A few of those that the history names; what a killed run did not write to its end is none. */
  private static List<String> unreadable(Dataset<Row> manifests, Dataset<Row> history) {
    Dataset<Row> named = history.select(within(col("manifest")).as(WITHIN)).distinct();
    return manifests
        .where(col("manifest").isNull())
        .withColumn(WITHIN, within(col(FILE)))
        .join(named, new String[] {WITHIN}, "left_semi")
        .select(FILE)
        .limit(3)
        .as(Encoders.STRING())
        .collectAsList();
  }

  /** The part of a path that is the same however the folder is written. */
  private static Column within(Column path) {
    return substring_index(path, "/_manifests/", -1);
  }

  private static Dataset<Row> read(SparkSession session, Path folder) {
    String[] kinds = kinds(session, folder);
    return kinds.length == 0
        ? session.createDataFrame(
            List.<Row>of(), MANIFEST.add(FILE, "string").add("modified", "timestamp"))
        : session
            .read()
            .schema(MANIFEST)
            .option("multiLine", "true")
            .option("recursiveFileLookup", "true")
            .option("pathGlobFilter", "*.json")
            .json(kinds)
            .select(
                col("*"),
                col("_metadata.file_path").as(FILE),
                col("_metadata.file_modification_time").as("modified"));
  }

  /** The folders of the manifests, one a kind of resource; Spark warns of their parent's name. */
  private static String[] kinds(SparkSession session, Path folder) {
    try {
      return Arrays.stream(folder.getFileSystem(hadoop(session)).listStatus(folder))
          .filter(FileStatus::isDirectory)
          .map(status -> status.getPath().toString())
          .toArray(String[]::new);
    } catch (FileNotFoundException e) {
      return new String[0];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Configuration hadoop(SparkSession session) {
    return ((org.apache.spark.sql.classic.SparkSession) session).sessionState().newHadoopConf();
  }

  private static Dataset<Row> named(Dataset<Row> all, Dataset<Row> history) {
    Dataset<Row> runs =
        history
            .select(
                col("run_id").as("h_run"),
                col("resource").as("h_resource"),
                col("interval_start").as("h_start"),
                lit(true).as(IS_NAMED))
            .distinct();
    return all.join(
            runs,
            col("run_id")
                .equalTo(col("h_run"))
                .and(col("resource").equalTo(col("h_resource")))
                .and(col("interval.start").cast("timestamp").eqNullSafe(col("h_start"))),
            "left")
        .withColumn(IS_NAMED, coalesce(col(IS_NAMED), lit(false)))
        .drop("h_run", "h_resource", "h_start");
  }

  /** Those of an Iceberg table: its snapshots' ids are no other table's. */
  List<Retention.Pin> ofIceberg(List<String> snapshots) {
    Dataset<Row> known = session.createDataset(snapshots, Encoders.STRING()).toDF("known");
    return pins(pinned(ICEBERG).join(known, col("id").equalTo(col("known")), "left_semi"));
  }

  /**
   * Those of a Delta table. A path that only looks like the table's pins too much rather than too
   * little.
   *
   * @param name how Spark reads it
   * @param path where it is
   */
  List<Retention.Pin> ofDelta(String name, String path) {
    Column location = col("location");
    Column atPath = regexp_replace(location, "^file:/+", "/").contains(path);
    return pins(pinned(DELTA).where(location.equalTo(lit(name)).or(atPath)));
  }

  private static List<Retention.Pin> pins(Dataset<Row> pinned) {
    return pinned
        .groupBy("id")
        .agg(count_distinct(col(FILE)), max(col(FILE)))
        .collectAsList()
        .stream()
        // No more than the table has, or had, snapshots.
        .map(row -> new Retention.Pin(row.getString(0), row.getLong(1), row.getString(2)))
        .toList();
  }

  /** Location and id of what is pinned, and by which file. */
  private Dataset<Row> pinned(String format) {
    Dataset<Row> pinning = manifests.where(col(IS_NAMED).or(col(IS_OLD).equalTo(lit(false))));
    Dataset<Row> inputs =
        pinning
            // Of rows that were refused there is nothing to rebuild.
            .where(size(col("outputs")).gt(0))
            .select(col(FILE), explode(col("inputs")).as("pin"))
            .where(col("pin.kind").equalTo(lit(format)))
            .select(FILE, "pin.location", "pin.id");
    Dataset<Row> outputs =
        pinning
            .where(col("interval").isNull())
            .select(col(FILE), explode(col("outputs")).as("pin"))
            .where(col("pin.format").equalTo(lit(format)))
            .select(col(FILE), col("pin.table").as("location"), col("pin.snapshot").as("id"));
    return inputs.union(outputs);
  }

  /**
   * Removes the manifests that killed runs have left.
   *
   * @param dryRun true: none, and only counts them
   * @return how many
   */
  public long removeLeftOver(boolean dryRun) {
    Dataset<String> left =
        manifests
            .where(col(IS_OLD).and(col(IS_NAMED).equalTo(lit(false))).and(col(FILE).rlike(OURS)))
            .select(FILE)
            .as(Encoders.STRING());
    if (dryRun) {
      return left.count();
    }
    long removed = 0;
    Configuration hadoop = hadoop(session);
    // A killed run leaves those of a few seconds.
    for (Iterator<String> files = left.toLocalIterator(); files.hasNext(); ) {
      Path file = new Path(java.net.URI.create(files.next()));
      try {
        FileSystem fileSystem = file.getFileSystem(hadoop);
        removed += fileSystem.delete(file, false) ? 1 : 0;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return removed;
  }

  @Override
  public void close() {
    manifests.unpersist();
  }

  private static String kind(InputSnapshot.Kind kind) {
    return kind.toString().toLowerCase(Locale.ROOT);
  }
}
