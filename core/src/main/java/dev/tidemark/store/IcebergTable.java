package dev.tidemark.store;

import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import dev.tidemark.definition.Provider;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.spark.Spark3Util;
import org.apache.iceberg.spark.SparkSchemaUtil;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.spark.sql.DataFrameWriterV2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * An Iceberg table in a catalog.
 *
 * <p>Replacing validates against the snapshot that was current when the write began, under
 * serializable isolation: of two writers at once the second finds a conflict. (Without being told
 * so, Iceberg's overwrite validates nothing.)
 */
final class IcebergTable implements OfflineTable {
  private static final Map<String, String> PROPERTIES =
      Map.of(
          "format-version", "2",
          "write.parquet.compression-codec", "zstd",
          // So that the rows of a few keys are in few of the files of a large partition.
          "write.target-file-size-bytes", "134217728",
          // Others commit beside us, each in a moment.
          "commit.retry.num-retries", "20");

  private final SparkSession session;
  private final Provider provider;
  private final String catalog;
  private final String table;
  private final LocalLock lock;

  /**
   * @param warehouse where it is on this machine, if it is
   */
  IcebergTable(SparkSession session, Provider provider, String warehouse, String table) {
    this.session = session;
    this.provider = provider;
    this.catalog = Objects.requireNonNull(provider.catalog());
    this.table = table;
    this.lock = new LocalLock(warehouse, provider.database(), table);
  }

  @Override
  public String name() {
    return catalog + "." + provider.database() + "." + table;
  }

  private String quoted() {
    return "`%s`.`%s`.`%s`".formatted(catalog, provider.database(), table);
  }

  @Override
  public boolean exists() {
    return session.catalog().tableExists(quoted());
  }

  @Override
  public Dataset<Row> read() {
    // Another process may have committed since this one first looked.
    session.catalog().refreshTable(quoted());
    return session.table(quoted());
  }

  @Override
  public Dataset<Row> readAt(String snapshot) {
    return session.read().option("versionAsOf", snapshot).table(quoted());
  }

  @Override
  public TableState state() {
    if (!exists()) {
      return new TableState(null, null);
    }
    Table found = load();
    return new TableState(found.uuid().toString(), id(found.currentSnapshot()));
  }

  private static @Nullable String id(@Nullable Snapshot snapshot) {
    return snapshot == null ? null : String.valueOf(snapshot.snapshotId());
  }

  @Override
  public Optional<String> latest(Collection<String> snapshots) {
    return PastCommit.latest(commits(load(), null, Integer.MAX_VALUE), Set.copyOf(snapshots));
  }

  @Override
  public List<PastCommit> commitsSince(@Nullable String snapshot, int most) {
    return exists() ? commits(load(), snapshot, most) : List.of();
  }

  static List<PastCommit> commits(Table table, @Nullable String since, int most) {
    List<PastCommit> commits = new ArrayList<>();
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      if (String.valueOf(snapshot.snapshotId()).equals(since) || commits.size() == most) {
        break;
      }
      commits.add(commit(snapshot));
    }
    return commits;
  }

  static PastCommit commit(Snapshot snapshot) {
    return new PastCommit(
        String.valueOf(snapshot.snapshotId()),
        mark(snapshot),
        DataOperations.REPLACE.equals(snapshot.operation()));
  }

  /**
   * Those that came after a commit upon which somebody works. If the table does not know any more
   * how it came from there, one more of which nothing is known, so that it may have done anything.
   */
  static List<PastCommit> commitsUpon(Table table, @Nullable String base) {
    List<PastCommit> commits = commits(table, base, Integer.MAX_VALUE);
    if (commits.isEmpty()) {
      return commits;
    }
    Long parent =
        table.snapshot(Long.parseLong(commits.get(commits.size() - 1).snapshot())).parentId();
    if (!Objects.equals(base, parent == null ? null : String.valueOf(parent))) {
      commits.add(new PastCommit("that is forgotten", Map.of(), false));
    }
    return commits;
  }

  private static Map<String, String> mark(Snapshot snapshot) {
    Map<String, String> mark = new HashMap<>(snapshot.summary());
    mark.keySet().removeIf(key -> !key.startsWith("tidemark."));
    return mark;
  }

  @Override
  public CommitOutcome replaceAll(Dataset<Row> rows, CommitMark mark) {
    return Conflicts.of(
        () -> {
          makeDatabase();
          if (!exists()) {
            marked(created(rows), mark).create();
          } else if (sameColumns(rows)) {
            validated(marked(rows.writeTo(quoted()), mark), load().currentSnapshot())
                .overwrite(lit(true));
          } else {
            marked(created(rows), mark).replace();
          }
          return snapshotOf(load(), mark);
        });
  }

  @Override
  public StagedIntervals stage(IntervalRows rows, TableState base) {
    Table made =
        made(
            rows.rows().schema(),
            schema ->
                Layout.of(
                        rows.rowsOfADay(),
                        Layout.rowsOfAFile(session),
                        Layout.hasBuckets(schema, rows.keys()))
                    .spec(schema, rows.keys()),
            rows.keys());
    List<DataFile> files = IcebergFiles.write(session, made, partitioned(rows, made));
    return new IcebergIntervals(session, made, rows, files, base.snapshot(), lock);
  }

  /** So that each task writes files of one interval and of one bucket. */
  private Dataset<Row> partitioned(IntervalRows rows, Table made) {
    Layout layout = Layout.of(made);
    if (layout == null || layout.buckets() == 1) {
      return rows.partitioned(Layout.rowsOfAFile(session));
    }
    String key =
        made.spec().fields().stream()
            .filter(field -> field.transform().toString().startsWith("bucket["))
            .map(field -> made.schema().findColumnName(field.sourceId()))
            .findFirst()
            .orElseThrow();
    return rows.partitioned(
        layout.buckets(),
        expr(
            "`%s`.system.bucket(%d, %s)"
                .formatted(catalog, layout.buckets(), Columns.quoted(key))));
  }

  @Override
  public CommitOutcome append(Dataset<Row> rows, CommitMark mark) {
    Table made = made(rows.schema(), schema -> PartitionSpec.unpartitioned(), List.of());
    List<DataFile> files = IcebergFiles.write(session, made, rows);
    return lock.holding(
        () ->
            Conflicts.of(
                () -> {
                  made.refresh();
                  AppendFiles append =
                      made.newAppend()
                          .scanManifestsWith(InPlace.EXECUTOR)
                          .writeManifestsWith(InPlace.EXECUTOR, 1);
                  files.forEach(append::appendFile);
                  mark.properties().forEach(append::set);
                  append.commit();
                  return snapshotOf(made, mark);
                }));
  }

  @Override
  public CommitOutcome advance(
      Dataset<Row> rows, TableState base, @Nullable Instant until, Map<String, String> mark) {
    Table made = made(rows.schema(), schema -> PartitionSpec.unpartitioned(), List.of());
    List<DataFile> files = IcebergFiles.write(session, made, rows);
    return lock.holding(
        () -> Conflicts.of(() -> IcebergAdvance.commit(made, files, base, until, mark)));
  }

  @Override
  public void drop() {
    if (exists()) {
      session.sql("DROP TABLE IF EXISTS %s PURGE".formatted(quoted()));
    }
  }

  @Override
  public Upkeep upkeep(Arrangement arrangement) {
    return new IcebergUpkeep(session, this, arrangement);
  }

  /** The table, made without rows if there is none, with the columns of some rows. */
  private Table made(
      StructType columns, Function<Schema, PartitionSpec> spec, List<String> sortedBy) {
    return lock.holding(
        () -> {
          if (!exists()) {
            make(columns, spec, sortedBy);
          }
          Table made = load();
          evolve(made, columns);
          return made;
        });
  }

  private void make(
      StructType columns, Function<Schema, PartitionSpec> spec, List<String> sortedBy) {
    makeDatabase();
    Schema schema = SparkSchemaUtil.convert(columns.asNullable());
    Catalog icebergs = Spark3Util.loadIcebergCatalog(session, catalog);
    TableIdentifier name = TableIdentifier.of(Namespace.of(provider.database()), table);
    try {
      icebergs
          .buildTable(name, schema)
          .withPartitionSpec(spec.apply(schema))
          .withSortOrder(sortedBy.isEmpty() ? SortOrder.unsorted() : sortOrder(schema, sortedBy))
          .withProperties(PROPERTIES)
          .create();
    } catch (AlreadyExistsException e) {
      // Somebody was faster; theirs will do.
      session.catalog().refreshTable(quoted());
    }
  }

  /** By keys, then by time. */
  static SortOrder sortOrder(Schema schema, List<String> keys) {
    SortOrder.Builder order = SortOrder.builderFor(schema);
    keys.forEach(order::asc);
    return order.asc(IntervalRows.EVENT_TIME).build();
  }

  /** New columns are added at the end and are null in older rows. */
  private void evolve(Table made, StructType columns) {
    StructType known = SparkSchemaUtil.convert(made.schema());
    StructType added = Columns.added(name(), known, columns);
    if (added.fields().length == 0) {
      return;
    }
    org.apache.iceberg.UpdateSchema update = made.updateSchema();
    for (StructField field : added.fields()) {
      update.addColumn(field.name(), SparkSchemaUtil.convert(field.dataType()));
    }
    update.commit();
  }

  private void makeDatabase() {
    session.sql("CREATE NAMESPACE IF NOT EXISTS `%s`.`%s`".formatted(catalog, provider.database()));
  }

  private DataFrameWriterV2<Row> created(Dataset<Row> rows) {
    DataFrameWriterV2<Row> writer = rows.writeTo(quoted()).using("iceberg");
    PROPERTIES.forEach(writer::tableProperty);
    return writer;
  }

  private static DataFrameWriterV2<Row> marked(DataFrameWriterV2<Row> writer, CommitMark mark) {
    mark.properties().forEach((name, value) -> writer.option("snapshot-property." + name, value));
    return writer;
  }

  /**
   * Holds a write against whatever was committed after a snapshot; what the write was computed from
   * must have been read at that snapshot.
   */
  private static DataFrameWriterV2<Row> validated(
      DataFrameWriterV2<Row> writer, @Nullable Snapshot before) {
    DataFrameWriterV2<Row> validated = writer.option("isolation-level", "serializable");
    return before == null
        ? validated
        : validated.option("validate-from-snapshot-id", String.valueOf(before.snapshotId()));
  }

  private boolean sameColumns(Dataset<Row> rows) {
    return Columns.names(read().schema()).equals(Columns.names(rows.schema()));
  }

  /** The table for upkeep, whose commits hold the lock. */
  Table locked() {
    Table found = load();
    TableOperations operations = ((HasTableOperations) found).operations();
    return new BaseTable(new LockedOperations(operations, lock), found.name());
  }

  /** Gives a table that an earlier version made the properties of those that are made now. */
  static void complete(Table table) {
    Map<String, String> missing = new HashMap<>(PROPERTIES);
    missing.keySet().removeAll(table.properties().keySet());
    // A table's format version is no business of upkeep's.
    missing.remove("format-version");
    if (!missing.isEmpty()) {
      UpdateProperties update = table.updateProperties();
      missing.forEach(update::set);
      update.commit();
    }
  }

  private Table load() {
    try {
      Table found = Spark3Util.loadIcebergTable(session, quoted());
      // The session's catalog may have answered from its cache.
      found.refresh();
      return found;
    } catch (org.apache.spark.sql.AnalysisException e) {
      throw new IllegalStateException("no table " + name(), e);
    }
  }

  /** The snapshot that bears the mark: another writer may have committed after us. */
  static String snapshotOf(Table table, CommitMark mark) {
    return snapshotOf(table, mark.properties());
  }

  static String snapshotOf(Table table, Map<String, String> mark) {
    table.refresh();
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      if (mark(snapshot).equals(mark)) {
        return String.valueOf(snapshot.snapshotId());
      }
    }
    throw new IllegalStateException(
        "%s has no snapshot of run %s".formatted(table.name(), mark.get(CommitMark.RUN_ID)));
  }
}
