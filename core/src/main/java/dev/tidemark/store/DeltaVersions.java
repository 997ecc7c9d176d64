package dev.tidemark.store;

import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.delta.CheckpointInstance;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.util.FileNames$;
import scala.Option;
import scala.collection.Iterator;

/** The versions that the log of a Delta table still has. */
final class DeltaVersions {
  private final DeltaLog log;
  private final SortedMap<Long, Instant> times = new TreeMap<>();

  DeltaVersions(DeltaLog log) {
    this.log = log;
    Iterator<FileStatus> files = log.listFrom(0);
    while (files.hasNext()) {
      FileStatus file = files.next();
      if (FileNames$.MODULE$.isDeltaFile(file)) {
        times.put(
            FileNames$.MODULE$.deltaVersion(file),
            Instant.ofEpochMilli(file.getModificationTime()));
      }
    }
  }

  /** When each was committed. */
  SortedMap<Long, Instant> times() {
    return times;
  }

  /** True if the log tells what a version consists of. */
  boolean has(long version) {
    return times.containsKey(version) && (times.firstKey() == 0 || checkpoint(version).isDefined());
  }

  /** The latest checkpoint from which a version is read. */
  Option<CheckpointInstance> checkpoint(long version) {
    return log.findLastCompleteCheckpointBefore(version + 1);
  }

  /** The first version that was current at an instant, or later. */
  long currentAt(Instant instant) {
    long first = times.lastKey();
    Instant replaced = Instant.MAX;
    for (long version = times.lastKey(); times.containsKey(version); version--) {
      if (replaced.isBefore(instant)) {
        break;
      }
      first = version;
      replaced = times.get(version);
    }
    return first;
  }
}
