package dev.tidemark.store;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;

/**
 * Merges the small files of a Delta table by Delta's {@code OPTIMIZE}. A view's table is clustered
 * by keys and time.
 *
 * <p>On a disk of this machine nobody else commits to the table meanwhile: Delta gives no hold on
 * the moment of its commit.
 */
final class DeltaCompaction {
  /** So that the rows of a few keys are in few of the files. */
  private static final long TARGET_BYTES = 128L << 20;

  private static final long SMALL_BYTES = TARGET_BYTES * 2 / 5;

  /** What has been clustered together and is as large as this is left alone. */
  private static final long CUBE_BYTES = 1L << 30;

  private static final String OPTIMIZE = "spark.databricks.delta.optimize.";

  private final SparkSession session;
  private final DeltaPathTable table;
  private final DeltaLog log;
  private final Arrangement arrangement;

  DeltaCompaction(SparkSession session, DeltaPathTable table, Arrangement arrangement) {
    this.session = session;
    this.table = table;
    this.log = table.log();
    this.arrangement = arrangement;
  }

  /** What it would do. */
  Upkeep.Compaction look() {
    Small small = small();
    long files = DeltaCommits.newest(log).numOfFiles();
    return small.areWorthIt()
        ? new Upkeep.Compaction(files, small.files(), small.written(), "")
        : new Upkeep.Compaction(files, 0, 0, "");
  }

  /** Does it, in one commit for the files. */
  Upkeep.Compaction run() {
    return table.lock().holding(this::compacted);
  }

  private Upkeep.Compaction compacted() {
    if (arrangement.partitioned()) {
      DeltaSettings.cluster(session, log, arrangement.columns());
    }
    long files = DeltaCommits.newest(log).numOfFiles();
    if (!small().areWorthIt()) {
      return new Upkeep.Compaction(files, 0, 0, "");
    }
    long before = DeltaCommits.newest(log).version();
    Row metrics = sized().sql("OPTIMIZE " + DeltaSettings.name(log)).select("metrics.*").first();
    checkRows(before);
    return new Upkeep.Compaction(
        files, metrics.<Long>getAs("numFilesRemoved"), metrics.<Long>getAs("numFilesAdded"), "");
  }

  /** A session of its own, for its settings must not be seen by others. */
  private SparkSession sized() {
    SparkSession sized = ((org.apache.spark.sql.classic.SparkSession) session).cloneSession();
    sized.conf().set("spark.sql.parquet.compression.codec", "zstd");
    sized.conf().set(OPTIMIZE + "maxFileSize", TARGET_BYTES);
    sized.conf().set(OPTIMIZE + "minFileSize", SMALL_BYTES);
    sized.conf().set(OPTIMIZE + "clustering.mergeStrategy.minCubeSize.threshold", CUBE_BYTES);
    sized.conf().set(OPTIMIZE + "clustering.mergeStrategy.minCubeSize.targetCubeSize", CUBE_BYTES);
    return sized;
  }

  /** Files that are small, and their bytes. */
  private record Small(long files, long bytes) {
    long written() {
      return 1 + bytes / TARGET_BYTES;
    }

    /** So that what was just done is not done again. */
    boolean areWorthIt() {
      return files > written();
    }
  }

  private Small small() {
    Row small =
        DeltaCommits.newest(log)
            .allFiles()
            .toDF()
            .where(col("size").lt(lit(SMALL_BYTES)))
            .agg(count(lit(1)), coalesce(sum("size"), lit(0L)))
            .first();
    return new Small(small.getLong(0), small.getLong(1));
  }

  /** Delta answers from the counts of its files. */
  private void checkRows(long before) {
    long newest = DeltaCommits.newest(log).version();
    DeltaCommits.each(
        log,
        before + 1,
        newest,
        (version, actions) -> {
          if (!DeltaCommits.past(version, actions).sameRows()) {
            return;
          }
          long had = table.readAt(String.valueOf(version - 1)).count();
          long has = table.readAt(String.valueOf(version)).count();
          if (had != has) {
            throw new IllegalStateException(
                "%s has %,d rows after compaction, and had %,d\n  restore version %d, which has them all, and report this"
                    .formatted(table.name(), has, had, version - 1));
          }
        });
  }
}
