package dev.tidemark.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.ManageSnapshots;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.actions.ExpireSnapshots;
import org.apache.iceberg.hadoop.HadoopFileIO;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.apache.iceberg.spark.actions.DeleteOrphanFilesSparkAction;
import org.apache.iceberg.spark.actions.SparkActions;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Expires snapshots of an Iceberg table by their ids, and removes files that no snapshot has.
 *
 * <p>Pinned snapshots get a tag each, {@code tidemark-pinned-ID}, so that nobody else's upkeep
 * expires them either. Branches and tags of others are left, with all that they reach.
 */
final class IcebergCleaning {
  private static final String TAG = "tidemark-pinned-";

  private final SparkSession session;
  private final Table table;
  private final Retention retention;

  IcebergCleaning(SparkSession session, Table table, Retention retention) {
    this.session = session;
    this.table = table;
    this.retention = retention;
  }

  /** What it would do. */
  Upkeep.Cleaning look() {
    Found found = found();
    return new Upkeep.Cleaning(found.expired().size(), found.pinned(), removeOrphans(true));
  }

  /** Does it. */
  Upkeep.Cleaning run() {
    table.refresh();
    Found found = found();
    tag();
    long removed = expire(found.expired()) + removeOrphans(false);
    return new Upkeep.Cleaning(found.expired().size(), found.pinned(), removed);
  }

  /**
   * What there is to forget.
   *
   * @param expired snapshots that nothing needs
   * @param pinned those that only pins keep
   */
  private record Found(List<Long> expired, List<Retention.Pin> pinned) {}

  private Found found() {
    Set<Long> needed = referenced();
    needed.addAll(recent());
    needed.addAll(read());
    Set<String> pinned =
        retention.pins().stream().map(Retention.Pin::snapshot).collect(Collectors.toSet());
    Set<Long> chain = chain(pinned);
    List<Long> expired = new ArrayList<>();
    Set<String> onlyPinned = new HashSet<>();
    for (Snapshot snapshot : table.snapshots()) {
      long id = snapshot.snapshotId();
      if (needed.contains(id)) {
        continue;
      }
      if (pinned.contains(String.valueOf(id))) {
        onlyPinned.add(String.valueOf(id));
      } else if (!chain.contains(id)) {
        expired.add(id);
      }
    }
    return new Found(expired, retention.pinned(onlyPinned));
  }

  /** What branches and tags of others reach. */
  private Set<Long> referenced() {
    Set<Long> found = new HashSet<>();
    for (Map.Entry<String, SnapshotRef> ref : table.refs().entrySet()) {
      if (ref.getKey().startsWith(TAG) || ref.getKey().equals(SnapshotRef.MAIN_BRANCH)) {
        continue;
      }
      if (ref.getValue().isTag()) {
        found.add(ref.getValue().snapshotId());
      } else {
        SnapshotUtil.ancestorIds(table.snapshot(ref.getValue().snapshotId()), table::snapshot)
            .forEach(found::add);
      }
    }
    return found;
  }

  /** Those that were current not long ago: a run that reads one of them may not have ended. */
  private Set<Long> recent() {
    Set<Long> found = new HashSet<>();
    Instant replaced = Instant.MAX;
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      if (!replaced.isBefore(retention.replaced())) {
        found.add(snapshot.snapshotId());
      }
      replaced = Instant.ofEpochMilli(snapshot.timestampMillis());
    }
    for (Snapshot snapshot : table.snapshots()) {
      // Never current, such as one that waits to be taken over.
      if (!Instant.ofEpochMilli(snapshot.timestampMillis()).isBefore(retention.replaced())) {
        found.add(snapshot.snapshotId());
      }
    }
    return found;
  }

  /** The one that is read and the one that tells what there is, and all that came after them. */
  private Set<Long> read() {
    Set<Long> found = new HashSet<>();
    PastCommit.latest(IcebergTable.commits(table, null, Integer.MAX_VALUE), retention.recorded())
        .ifPresent(read -> found.addAll(since(read)));
    String told = retention.told();
    if (told != null) {
      found.addAll(since(told));
    }
    return found;
  }

  private Set<Long> since(String id) {
    Set<Long> found = new HashSet<>();
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      found.add(snapshot.snapshotId());
      if (id.equals(String.valueOf(snapshot.snapshotId()))) {
        break;
      }
    }
    return found;
  }

  /**
   * The commits from a pinned snapshot to the current one, as long as they only added rows or
   * arranged them: by them it is told which rows came after what an interval was computed from.
   */
  private Set<Long> chain(Set<String> pinned) {
    Set<Long> chain = new HashSet<>();
    Set<Long> walked = new HashSet<>();
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      walked.add(snapshot.snapshotId());
      if (pinned.contains(String.valueOf(snapshot.snapshotId()))) {
        chain.addAll(walked);
      }
      if (!DataOperations.APPEND.equals(snapshot.operation())
          && !DataOperations.REPLACE.equals(snapshot.operation())) {
        break;
      }
    }
    return chain;
  }

  private void tag() {
    Set<String> wanted = new TreeSet<>();
    for (Retention.Pin pin : retention.pins()) {
      if (snapshot(pin) != null) {
        wanted.add(TAG + pin.snapshot());
      }
    }
    Set<String> there = new TreeSet<>(table.refs().keySet());
    there.removeIf(name -> !name.startsWith(TAG));
    if (there.equals(wanted)) {
      return;
    }
    ManageSnapshots tags = table.manageSnapshots();
    for (String tag : wanted) {
      if (!there.contains(tag)) {
        tags.createTag(tag, Long.parseLong(tag.substring(TAG.length())));
      }
    }
    there.removeAll(wanted);
    there.forEach(tags::removeTag);
    tags.commit();
  }

  private @Nullable Snapshot snapshot(Retention.Pin pin) {
    return pin.snapshot().matches("-?[0-9]{1,19}")
        ? table.snapshot(Long.parseLong(pin.snapshot()))
        : null;
  }

  private long expire(List<Long> expired) {
    if (expired.isEmpty()) {
      return 0;
    }
    // By ids alone: Iceberg's own rule, by age, is set to expire nothing.
    ExpireSnapshots expire =
        SparkActions.get(session)
            .expireSnapshots(table)
            .option("stream-results", "true")
            .expireOlderThan(0);
    expired.forEach(expire::expireSnapshotId);
    ExpireSnapshots.Result result = expire.execute();
    return result.deletedDataFilesCount()
        + result.deletedPositionDeleteFilesCount()
        + result.deletedEqualityDeleteFilesCount()
        + result.deletedManifestsCount()
        + result.deletedManifestListsCount();
  }

  private long removeOrphans(boolean dryRun) {
    DeleteOrphanFilesSparkAction orphans =
        SparkActions.get(session)
            .deleteOrphanFiles(table)
            .olderThan(retention.written().toEpochMilli());
    orphans.option("stream-results", "true");
    // What Iceberg reads and writes without Hadoop, Hadoop may not find.
    if (table.io() instanceof SupportsPrefixOperations && !(table.io() instanceof HadoopFileIO)) {
      orphans.usePrefixListing(true);
    }
    if (dryRun) {
      orphans.deleteWith(file -> {});
    }
    return orphans.execute().orphanFilesCount();
  }
}
