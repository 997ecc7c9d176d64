package dev.tidemark.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.actions.BinPackRewriteFilePlanner;
import org.apache.iceberg.actions.RewriteDataFiles;
import org.apache.iceberg.actions.RewriteFileGroup;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.spark.actions.SparkActions;
import org.apache.iceberg.util.PropertyUtil;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Merges the small files of an Iceberg table, partition by partition, into files that are sorted as
 * the table's readers ask. A view's table gets the {@link Layout} of its present size before.
 */
final class IcebergCompaction {
  private final SparkSession session;
  private final Table table;
  private final Arrangement arrangement;

  IcebergCompaction(SparkSession session, Table table, Arrangement arrangement) {
    this.session = session;
    this.table = table;
    this.arrangement = arrangement;
  }

  /** What it would do. */
  Upkeep.Compaction look() {
    Snapshot now = table.currentSnapshot();
    Layout layout = layout();
    Layout better = better(layout);
    Work work = now == null ? new Work(0, 0) : work();
    if (now != null && better != null && !better.equals(layout)) {
      // Files of the earlier layout are merged across its partitions.
      long bytes = count(now, SnapshotSummary.TOTAL_FILE_SIZE_PROP);
      work = new Work(files(now), 1 + bytes / targetBytes());
    }
    return work.isWorthIt()
        ? new Upkeep.Compaction(files(now), work.merged(), work.written(), words(better))
        : new Upkeep.Compaction(files(now), 0, 0, words(better));
  }

  /** Does it, in one commit for the files. */
  Upkeep.Compaction run() {
    table.refresh();
    IcebergTable.complete(table);
    Layout layout = layout();
    Layout better = better(layout);
    if (better != null && !better.equals(layout)) {
      better.evolve(table, arrangement.columns());
    }
    Snapshot before = table.currentSnapshot();
    if (before == null || !work().isWorthIt()) {
      return new Upkeep.Compaction(files(before), 0, 0, words(better));
    }
    RewriteDataFiles.Result result =
        SparkActions.get(session)
            .rewriteDataFiles(table)
            .options(options())
            .sort(order())
            .execute();
    table.refresh();
    checkRows(before);
    return new Upkeep.Compaction(
        files(before),
        result.rewrittenDataFilesCount(),
        result.addedDataFilesCount(),
        words(better));
  }

  /** Null: not for us to say. */
  private @Nullable Layout layout() {
    return arrangement.partitioned() ? Layout.of(table) : null;
  }

  private @Nullable Layout better(@Nullable Layout layout) {
    if (layout == null || table.currentSnapshot() == null) {
      return layout;
    }
    return layout.orBetter(
        rowsOfADay(),
        Layout.rowsOfAFile(session),
        Layout.hasBuckets(table.schema(), arrangement.columns()));
  }

  private static String words(@Nullable Layout layout) {
    return layout == null ? "" : layout.toString();
  }

  /** From the statistics of the files, one after another. */
  private double rowsOfADay() {
    long rows = 0;
    Instant first = Instant.MAX;
    Instant last = Instant.MIN;
    try (CloseableIterable<FileScanTask> tasks = table.newScan().includeColumnStats().planFiles()) {
      for (FileScanTask task : tasks) {
        DataFile file = task.file();
        Instant earliest = IcebergFiles.earliest(table, file);
        Instant latest = IcebergFiles.latest(table, file);
        rows += file.recordCount();
        first = earliest == null || earliest.isAfter(first) ? first : earliest;
        last = latest == null || latest.isBefore(last) ? last : latest;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long days = first.isAfter(last) ? 0 : Duration.between(first, last).toDays();
    return rows / (double) (days + 1);
  }

  /** Files that are to be replaced, and by how many. */
  private record Work(long merged, long written) {
    /** So that what was just done is not done again. */
    boolean isWorthIt() {
      return merged > written;
    }
  }

  private Work work() {
    BinPackRewriteFilePlanner planner = new BinPackRewriteFilePlanner(table);
    planner.init(options());
    long merged = 0;
    long written = 0;
    try (CloseableIterable<RewriteFileGroup> groups = planner.plan().groups()) {
      for (RewriteFileGroup group : groups) {
        merged += group.inputFileNum();
        written += group.expectedOutputFiles();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Work(merged, written);
  }

  /** Two files are worth merging; one of near half the size that is aimed at is let be. */
  private Map<String, String> options() {
    return Map.of(
        "min-input-files", "2", "min-file-size-bytes", String.valueOf(targetBytes() * 2 / 5));
  }

  private long targetBytes() {
    return PropertyUtil.propertyAsLong(
        table.properties(),
        TableProperties.WRITE_TARGET_FILE_SIZE_BYTES,
        TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT);
  }

  private SortOrder order() {
    SortOrder.Builder order = SortOrder.builderFor(table.schema());
    List<String> columns = arrangement.columns();
    columns.stream()
        .map(table.schema()::findField)
        .filter(Objects::nonNull)
        .filter(field -> field.type().isPrimitiveType())
        .forEach(field -> order.asc(field.name()));
    return order.build();
  }

  private static long files(@Nullable Snapshot snapshot) {
    return snapshot == null ? 0 : count(snapshot, SnapshotSummary.TOTAL_DATA_FILES_PROP);
  }

  private static long count(Snapshot snapshot, String what) {
    return Long.parseLong(snapshot.summary().getOrDefault(what, "0"));
  }

  /** By the counts that each snapshot has of itself and of the one it was made from. */
  private void checkRows(Snapshot before) {
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      if (snapshot.snapshotId() == before.snapshotId()) {
        return;
      }
      Snapshot parent = snapshot.parentId() == null ? null : table.snapshot(snapshot.parentId());
      if (!DataOperations.REPLACE.equals(snapshot.operation()) || parent == null) {
        continue;
      }
      long had = count(parent, SnapshotSummary.TOTAL_RECORDS_PROP);
      long has = count(snapshot, SnapshotSummary.TOTAL_RECORDS_PROP);
      if (had != has) {
        throw new IllegalStateException(
            "%s has %,d rows after compaction, and had %,d\n  roll it back to snapshot %d, which has them all, and report this"
                .formatted(table.name(), has, had, parent.snapshotId()));
      }
    }
  }
}
