package dev.tidemark.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** {@link OfflineTable#advance} in a Delta table, once the files are written. */
final class DeltaAdvance {
  private DeltaAdvance() {}

  static String commit(
      DeltaLog log,
      List<AddFile> files,
      TableState base,
      @Nullable Instant until,
      Map<String, String> mark) {
    Snapshot now = DeltaCommits.newest(log);
    // A table that was made just now has one commit, without rows.
    long expected = base.snapshot() == null ? 0 : Long.parseLong(base.snapshot());
    if (now.version() != expected) {
      throw new OverlapException("somebody else wrote " + log.dataPath());
    }
    OptimisticTransaction transaction = log.startTransaction(Option.empty(), Option.apply(now));
    // Whatever comes between our look and our commit is a conflict.
    transaction.readWholeTable();
    List<Action> actions = new ArrayList<>(files);
    if (until != null) {
      for (AddFile file : now.allFiles().collectAsList()) {
        if (isOld(file, until)) {
          actions.add(file.removeWithTimestamp(System.currentTimeMillis(), true));
        }
      }
    }
    return DeltaCommits.commit(
        transaction, actions, SaveMode.Append, null, DeltaCommits.json(mark));
  }

  private static boolean isOld(AddFile file, Instant until) {
    return until.equals(Instant.MAX)
        || !DeltaStatistics.of(file).latest().plus(1, ChronoUnit.MILLIS).isAfter(until);
  }
}
