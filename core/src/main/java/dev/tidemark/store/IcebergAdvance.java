package dev.tidemark.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.jspecify.annotations.Nullable;

/** {@link OfflineTable#advance} in an Iceberg table, once the files are written. */
final class IcebergAdvance {
  private IcebergAdvance() {}

  static String commit(
      Table table,
      List<DataFile> files,
      TableState base,
      @Nullable Instant until,
      Map<String, String> mark) {
    table.refresh();
    Snapshot now = table.currentSnapshot();
    String id = now == null ? null : String.valueOf(now.snapshotId());
    if (!Objects.equals(id, base.snapshot())) {
      throw new OverlapException("somebody else wrote " + table.name());
    }
    // The catalog may let somebody in between our look and our commit: that is looked at again.
    OverwriteFiles overwrite =
        table
            .newOverwrite()
            .scanManifestsWith(InPlace.EXECUTOR)
            .writeManifestsWith(InPlace.EXECUTOR, 1)
            .conflictDetectionFilter(Expressions.alwaysTrue())
            .validateNoConflictingData()
            .validateNoConflictingDeletes();
    if (now != null) {
      overwrite.validateFromSnapshot(now.snapshotId());
    }
    files.forEach(overwrite::addFile);
    if (now != null && until != null) {
      old(table, now, until).forEach(overwrite::deleteFile);
    }
    mark.forEach(overwrite::set);
    overwrite.commit();
    return IcebergTable.snapshotOf(table, mark);
  }

  private static List<DataFile> old(Table table, Snapshot now, Instant until) {
    List<DataFile> old = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks =
        table.newScan().useSnapshot(now.snapshotId()).includeColumnStats().planFiles()) {
      for (FileScanTask task : tasks) {
        Instant latest = IcebergFiles.latest(table, task.file());
        if (until.equals(Instant.MAX) || (latest != null && !latest.isAfter(until))) {
          old.add(task.file().copyWithoutStats());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return old;
  }
}
