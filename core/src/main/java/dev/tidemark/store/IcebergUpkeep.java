package dev.tidemark.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.spark.sql.SparkSession;

/** Upkeep of an Iceberg table, by Iceberg's own actions. */
final class IcebergUpkeep implements Upkeep {
  private final SparkSession session;
  private final IcebergTable named;
  private final Table table;
  private final Arrangement arrangement;

  IcebergUpkeep(SparkSession session, IcebergTable named, Arrangement arrangement) {
    this.session = session;
    this.named = named;
    this.table = named.locked();
    this.arrangement = arrangement;
  }

  @Override
  public List<Retention.Pin> pinned(Pins pins) {
    List<String> snapshots = new ArrayList<>();
    table.snapshots().forEach(snapshot -> snapshots.add(String.valueOf(snapshot.snapshotId())));
    return pins.ofIceberg(snapshots);
  }

  @Override
  public Optional<Instant> changedLast() {
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      // The oldest that is known has the rows of one that is not.
      if (!IcebergTable.commit(snapshot).sameRows() || snapshot.parentId() == null) {
        return Optional.of(Instant.ofEpochMilli(snapshot.timestampMillis()));
      }
    }
    return Optional.ofNullable(table.currentSnapshot())
        .map(snapshot -> Instant.ofEpochMilli(snapshot.timestampMillis()));
  }

  @Override
  public Compaction compact(boolean dryRun) {
    IcebergCompaction compaction = new IcebergCompaction(session, table, arrangement);
    if (dryRun) {
      return compaction.look();
    }
    Compaction done = Races.untilWon(compaction::run);
    // Others of this process would read the files that were replaced.
    session.catalog().refreshTable(named.name());
    return done;
  }

  @Override
  public Cleaning clean(Retention retention, boolean dryRun) {
    IcebergCleaning cleaning = new IcebergCleaning(session, table, retention);
    return dryRun ? cleaning.look() : Races.untilWon(cleaning::run);
  }
}
