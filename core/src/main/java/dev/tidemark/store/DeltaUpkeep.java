package dev.tidemark.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;

/** Upkeep of a Delta table. */
final class DeltaUpkeep implements Upkeep {
  private final SparkSession session;
  private final DeltaPathTable table;
  private final DeltaLog log;
  private final Arrangement arrangement;

  DeltaUpkeep(SparkSession session, DeltaPathTable table, Arrangement arrangement) {
    this.session = session;
    this.table = table;
    this.log = table.log();
    this.arrangement = arrangement;
  }

  @Override
  public List<Retention.Pin> pinned(Pins pins) {
    return pins.ofDelta(table.name(), log.dataPath().toUri().getPath());
  }

  @Override
  public Optional<Instant> changedLast() {
    SortedMap<Long, Instant> times = new DeltaVersions(log).times();
    long newest = DeltaCommits.newest(log).version();
    for (long version = newest; times.containsKey(version); version--) {
      List<PastCommit> commit = new ArrayList<>();
      DeltaCommits.each(
          log, version, version, (at, actions) -> commit.add(DeltaCommits.past(at, actions)));
      boolean sameRows = commit.stream().anyMatch(PastCommit::sameRows);
      if (!sameRows || version == times.firstKey()) {
        return Optional.of(times.get(version));
      }
    }
    return Optional.empty();
  }

  @Override
  public Compaction compact(boolean dryRun) {
    DeltaCompaction compaction = new DeltaCompaction(session, table, arrangement);
    return dryRun ? compaction.look() : Races.untilWon(compaction::run);
  }

  @Override
  public Cleaning clean(Retention retention, boolean dryRun) {
    DeltaCleaning cleaning = new DeltaCleaning(session, table, retention);
    return dryRun ? cleaning.look() : Races.untilWon(cleaning::run);
  }
}
