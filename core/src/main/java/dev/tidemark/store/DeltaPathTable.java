package dev.tidemark.store;

import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A Delta table at a path. Delta validates every overwrite against what was committed since the
 * write began, so of two writers at once the second finds a conflict. Nothing is enabled that other
 * readers of Delta tables lack (no deletion vectors, no column mapping); clustering asks something
 * of writers only.
 */
final class DeltaPathTable implements OfflineTable {
  private final SparkSession session;
  private final String path;
  private final String name;
  private final LocalLock lock;

  /**
   * @param warehouse where it is on this machine, if it is
   * @param database the folder in it
   * @param name what it is called in the metastore; null: it is called by its path
   */
  DeltaPathTable(
      SparkSession session,
      String warehouse,
      String database,
      String table,
      @Nullable String name) {
    this.session = session;
    this.path = warehouse + "/" + database + "/" + table;
    this.name = name == null ? path : name;
    this.lock = new LocalLock(warehouse, database, table);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean exists() {
    // A log without a version is what a kill leaves of a table that was being made.
    return DeltaTable.isDeltaTable(session, path) && DeltaCommits.newest(log()).version() >= 0;
  }

  @Override
  public Dataset<Row> read() {
    DeltaCommits.check(log());
    return session.read().format("delta").load(path);
  }

  @Override
  public Dataset<Row> readAt(String snapshot) {
    return session.read().format("delta").option("versionAsOf", snapshot).load(path);
  }

  @Override
  public TableState state() {
    if (!exists()) {
      return new TableState(null, null);
    }
    org.apache.spark.sql.delta.Snapshot now = DeltaCommits.newest(log());
    return new TableState(now.metadata().id(), String.valueOf(now.version()));
  }

  @Override
  public void drop() {
    if (!name.equals(path)) {
      session.sql("DROP TABLE IF EXISTS " + name);
    }
    org.apache.hadoop.fs.Path folder = new org.apache.hadoop.fs.Path(path);
    try {
      folder.getFileSystem(session.sparkContext().hadoopConfiguration()).delete(folder, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    DeltaLog.invalidateCache(session, folder);
  }

  LocalLock lock() {
    return lock;
  }

  DeltaLog log() {
    return DeltaLog.forTable(session, path);
  }

  @Override
  public Optional<String> latest(Collection<String> snapshots) {
    return snapshots.stream().map(Long::valueOf).max(Long::compare).flatMap(this::newestAs);
  }

  /** The newest version with the rows of another. */
  private Optional<String> newestAs(long recorded) {
    List<PastCommit> commits =
        new ArrayList<>(commitsSince(String.valueOf(recorded), Integer.MAX_VALUE));
    boolean known =
        commits.isEmpty()
            || Long.parseLong(commits.get(commits.size() - 1).snapshot()) == recorded + 1;
    if (known) {
      commits.add(new PastCommit(String.valueOf(recorded), Map.of(), false));
    }
    return PastCommit.latest(commits, Set.of(String.valueOf(recorded)));
  }

  @Override
  public List<PastCommit> commitsSince(@Nullable String snapshot, int most) {
    if (!exists()) {
      return List.of();
    }
    long newest = DeltaCommits.newest(log()).version();
    long first = Math.max(snapshot == null ? 0 : Long.parseLong(snapshot) + 1, newest - most + 1);
    List<PastCommit> commits = new ArrayList<>();
    DeltaCommits.each(
        log(),
        first,
        newest,
        (version, actions) -> commits.add(DeltaCommits.past(version, actions)));
    Collections.reverse(commits);
    return commits;
  }

  @Override
  public CommitOutcome replaceAll(Dataset<Row> rows, CommitMark mark) {
    long before = version();
    return Conflicts.of(
        () -> {
          DataFrameWriter<Row> writer = writer(rows, mark);
          if (exists()) {
            writer.mode(SaveMode.Overwrite).option("overwriteSchema", "true");
          } else {
            writer
                .mode(SaveMode.ErrorIfExists)
                .option(DeltaSettings.LOG_RETENTION, DeltaSettings.FOR_EVER);
          }
          writer.save(path);
          return versionOf(mark, before);
        });
  }

  private long version() {
    String snapshot = state().snapshot();
    return snapshot == null ? -1 : Long.parseLong(snapshot);
  }

  @Override
  public StagedIntervals stage(IntervalRows rows, TableState base) {
    make(rows.rows().schema(), clustering(rows));
    // A table that was made just now has commits without rows.
    long from = base.snapshot() == null ? 0 : Long.parseLong(base.snapshot());
    OptimisticTransaction writing = DeltaCommits.begin(log());
    return new DeltaIntervals(
        session,
        log(),
        rows,
        DeltaCommits.write(session, writing, rows.partitioned(Layout.rowsOfAFile(session))),
        from,
        lock);
  }

  /** By keys, then by time. */
  private static List<String> clustering(IntervalRows rows) {
    List<String> columns = new ArrayList<>(rows.keys());
    if (!columns.isEmpty()) {
      columns.add(IntervalRows.EVENT_TIME);
    }
    return columns;
  }

  @Override
  public CommitOutcome append(Dataset<Row> rows, CommitMark mark) {
    make(rows.schema(), List.of());
    OptimisticTransaction writing = DeltaCommits.begin(log());
    List<Action> files = new ArrayList<>(DeltaCommits.write(session, writing, rows));
    return lock.holding(
        () ->
            Conflicts.of(
                () ->
                    DeltaCommits.commit(
                        DeltaCommits.begin(log()), files, SaveMode.Append, null, json(mark))));
  }

  @Override
  public CommitOutcome advance(
      Dataset<Row> rows, TableState base, @Nullable Instant until, Map<String, String> mark) {
    make(rows.schema(), List.of());
    OptimisticTransaction writing = DeltaCommits.begin(log());
    List<AddFile> files = DeltaCommits.write(session, writing, rows);
    return lock.holding(
        () -> Conflicts.of(() -> DeltaAdvance.commit(log(), files, base, until, mark)));
  }

  @Override
  public Upkeep upkeep(Arrangement arrangement) {
    return new DeltaUpkeep(session, this, arrangement);
  }

  /** Makes the table without rows if there is none, and adds columns that it lacks. */
  private void make(StructType columns, List<String> clusteredBy) {
    lock.holding(
        () -> {
          if (!exists()) {
            DeltaCreation.create(log(), columns, clusteredBy);
          }
          evolve(columns);
          return path;
        });
  }

  private void evolve(StructType columns) {
    StructType known = DeltaCommits.newest(log()).metadata().schema();
    StructType added = Columns.added(path, known, columns);
    if (added.fields().length == 0) {
      return;
    }
    List<String> all = new ArrayList<>();
    for (StructField field : added.fields()) {
      all.add("`%s` %s".formatted(field.name().replace("`", "``"), field.dataType().sql()));
    }
    session.sql("ALTER TABLE delta.`%s` ADD COLUMNS (%s)".formatted(path, String.join(", ", all)));
  }

  private static DataFrameWriter<Row> writer(Dataset<Row> rows, CommitMark mark) {
    return rows.write()
        .format("delta")
        .option("compression", "zstd")
        .option("userMetadata", json(mark));
  }

  private static String json(CommitMark mark) {
    return DeltaCommits.json(mark);
  }

  /** The version that bears the mark: another writer may have committed after us. */
  private String versionOf(CommitMark mark, long before) {
    for (PastCommit commit : commitsSince(String.valueOf(before), Integer.MAX_VALUE)) {
      if (commit.mark().equals(mark.properties())) {
        return commit.snapshot();
      }
    }
    throw new IllegalStateException("%s has no version of run %s".formatted(path, mark.runId()));
  }
}
