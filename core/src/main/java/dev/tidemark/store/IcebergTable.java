package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.days;
import static org.apache.spark.sql.functions.lit;

import dev.tidemark.plan.Interval;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.spark.Spark3Util;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameWriterV2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;

/**
 * An Iceberg table in a catalog.
 *
 * <p>Replacing validates against the snapshot that was current when the write began, under
 * serializable isolation: of two writers at once the second finds a conflict. (Without being told
 * so, Iceberg's overwrite validates nothing.)
 */
final class IcebergTable implements OfflineTable {
  private static final String EVENT_TIME = "event_time";

  private final SparkSession session;
  private final String catalog;
  private final String database;
  private final String table;

  IcebergTable(SparkSession session, String catalog, String database, String table) {
    this.session = session;
    this.catalog = catalog;
    this.database = database;
    this.table = table;
  }

  @Override
  public String name() {
    return catalog + "." + database + "." + table;
  }

  private String quoted() {
    return "`%s`.`%s`.`%s`".formatted(catalog, database, table);
  }

  @Override
  public boolean exists() {
    return session.catalog().tableExists(quoted());
  }

  @Override
  public Dataset<Row> read() {
    return session.table(quoted());
  }

  @Override
  public CommitOutcome replaceAll(Dataset<Row> rows, CommitMark mark) {
    return Conflicts.of(
        () -> {
          makeDatabase();
          if (!exists()) {
            marked(created(rows), mark).create();
          } else if (sameColumns(rows)) {
            validated(marked(rows.writeTo(quoted()), mark), current()).overwrite(lit(true));
          } else {
            marked(created(rows), mark).replace();
          }
          return snapshotOf(mark);
        });
  }

  @Override
  public CommitOutcome replaceInterval(Dataset<Row> rows, Interval interval, CommitMark mark) {
    return Conflicts.of(
        () -> {
          makeDatabase();
          if (!exists()) {
            marked(created(rows), mark).partitionedBy(days(col(EVENT_TIME))).create();
            return snapshotOf(mark);
          }
          addColumns(rows);
          Snapshot before = current();
          Instant from = interval.start().truncatedTo(ChronoUnit.DAYS);
          Instant to = interval.end().truncatedTo(ChronoUnit.DAYS);
          Instant until = to.equals(interval.end()) ? to : to.plus(1, ChronoUnit.DAYS);
          Dataset<Row> days = rows;
          if (from.isBefore(interval.start()) || until.isAfter(interval.end())) {
            // Whole days are replaced, since a file that holds other rows too can't be dropped;
            // those rows are written again.
            Column kept =
                within(from, until)
                    .and(
                        org.apache.spark.sql.functions.not(
                            within(interval.start(), interval.end())));
            days = readAt(before).where(kept).unionByName(rows, true);
          }
          validated(marked(days.writeTo(quoted()), mark), before).overwrite(within(from, until));
          return snapshotOf(mark);
        });
  }

  private static Column within(Instant from, Instant until) {
    return col(EVENT_TIME).geq(lit(from)).and(col(EVENT_TIME).lt(lit(until)));
  }

  private void makeDatabase() {
    session.sql("CREATE NAMESPACE IF NOT EXISTS `%s`.`%s`".formatted(catalog, database));
  }

  private DataFrameWriterV2<Row> created(Dataset<Row> rows) {
    return rows.writeTo(quoted())
        .using("iceberg")
        .tableProperty("format-version", "2")
        .tableProperty("write.parquet.compression-codec", "zstd");
  }

  private static DataFrameWriterV2<Row> marked(DataFrameWriterV2<Row> writer, CommitMark mark) {
    DataFrameWriterV2<Row> marked = writer;
    for (Map.Entry<String, String> property : mark.properties().entrySet()) {
      marked = marked.option("snapshot-property." + property.getKey(), property.getValue());
    }
    return marked;
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

  private @Nullable Snapshot current() {
    return load().currentSnapshot();
  }

  private Dataset<Row> readAt(@Nullable Snapshot snapshot) {
    return snapshot == null
        ? read()
        : session
            .read()
            .option("versionAsOf", String.valueOf(snapshot.snapshotId()))
            .table(quoted());
  }

  private boolean sameColumns(Dataset<Row> rows) {
    return columns(read()).equals(columns(rows));
  }

  private static List<String> columns(Dataset<Row> rows) {
    return Arrays.stream(rows.schema().fields())
        .map(field -> field.name() + " " + field.dataType().asNullable().sql())
        .toList();
  }

  /** New columns are added at the end and are null in older rows. */
  private void addColumns(Dataset<Row> rows) {
    List<String> known = List.of(read().columns());
    for (StructField field : rows.schema().fields()) {
      if (!known.contains(field.name())) {
        DataType type = field.dataType().asNullable();
        session.sql(
            "ALTER TABLE %s ADD COLUMN `%s` %s"
                .formatted(quoted(), field.name().replace("`", "``"), type.sql()));
      }
    }
  }

  private Table load() {
    try {
      return Spark3Util.loadIcebergTable(session, quoted());
    } catch (org.apache.spark.sql.AnalysisException e) {
      throw new IllegalStateException("no table " + name(), e);
    }
  }

  /** The snapshot that bears the mark: another writer may have committed after us. */
  private String snapshotOf(CommitMark mark) {
    Snapshot found = null;
    for (Snapshot snapshot : load().snapshots()) {
      if (mark.runId().equals(snapshot.summary().get(CommitMark.RUN_ID))) {
        found = snapshot;
      }
    }
    if (found == null) {
      throw new IllegalStateException(
          "%s has no snapshot of run %s".formatted(name(), mark.runId()));
    }
    return String.valueOf(found.snapshotId());
  }
}
