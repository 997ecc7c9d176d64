package dev.tidemark.store;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.spark.FileRewriteCoordinator;
import org.apache.iceberg.spark.SparkSchemaUtil;
import org.apache.iceberg.spark.SparkTableCache;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Data files of an Iceberg table that are in no snapshot yet.
 *
 * <p>Spark's data source has one way to write files without a commit, which is there for
 * compaction: the files are left with a coordinator, under a name, for whoever commits them.
 */
final class IcebergFiles {
  private IcebergFiles() {}

  /** Writes rows; each task's go to files of their own. */
  static List<DataFile> write(SparkSession session, Table table, Dataset<Row> rows) {
    String name = "tidemark-" + UUID.randomUUID();
    FileRewriteCoordinator coordinator = FileRewriteCoordinator.get();
    SparkTableCache tables = SparkTableCache.get();
    tables.add(name, table);
    try {
      Columns.aligned(rows, SparkSchemaUtil.convert(table.schema()))
          .write()
          .format("iceberg")
          .mode(SaveMode.Append)
          .option("distribution-mode", "none")
          .option("use-table-distribution-and-ordering", "false")
          .option("output-spec-id", String.valueOf(table.spec().specId()))
          // Rows of several days may be in one task.
          .option("fanout-enabled", "true")
          .save(name);
      Set<DataFile> files = coordinator.fetchNewFiles(table, name);
      return List.copyOf(files);
    } finally {
      tables.remove(name);
      coordinator.clearRewrite(table, name);
    }
  }

  /** The least event time in a file; null if the file does not say. */
  static @Nullable Instant earliest(Table table, DataFile file) {
    return bound(table, file.lowerBounds());
  }

  /** The greatest event time in a file; null if the file does not say. */
  static @Nullable Instant latest(Table table, DataFile file) {
    return bound(table, file.upperBounds());
  }

  private static @Nullable Instant bound(Table table, @Nullable Map<Integer, ByteBuffer> bounds) {
    Types.NestedField field = table.schema().findField(IntervalRows.EVENT_TIME);
    ByteBuffer bytes = bounds == null ? null : bounds.get(field.fieldId());
    if (bytes == null) {
      return null;
    }
    long micros = Conversions.fromByteBuffer(field.type(), bytes);
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
