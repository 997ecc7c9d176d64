package dev.tidemark.store;

import dev.tidemark.plan.Interval;
import io.delta.tables.DeltaTable;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * A Delta table at a path. Delta validates every overwrite against what was committed since the
 * write began, so of two writers at once the second finds a conflict. Nothing is enabled that other
 * readers of Delta tables lack (no deletion vectors, no column mapping).
 */
final class DeltaPathTable implements OfflineTable {
  private final SparkSession session;
  private final String path;
  private final String name;

  /**
   * @param name what it is called: the path, or the metastore's name for it
   */
  DeltaPathTable(SparkSession session, String path, String name) {
    this.session = session;
    this.path = path;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean exists() {
    return DeltaTable.isDeltaTable(session, path);
  }

  @Override
  public Dataset<Row> read() {
    return session.read().format("delta").load(path);
  }

  @Override
  public CommitOutcome replaceAll(Dataset<Row> rows, CommitMark mark) {
    return Conflicts.of(
        () -> {
          writer(rows, mark)
              .mode(exists() ? SaveMode.Overwrite : SaveMode.ErrorIfExists)
              .option("overwriteSchema", "true")
              .save(path);
          return versionOf(mark);
        });
  }

  @Override
  public CommitOutcome replaceInterval(Dataset<Row> rows, Interval interval, CommitMark mark) {
    return Conflicts.of(
        () -> {
          if (exists()) {
            writer(rows, mark)
                .mode(SaveMode.Overwrite)
                .option("mergeSchema", "true")
                .option(
                    "replaceWhere",
                    "event_time >= TIMESTAMP '%s' AND event_time < TIMESTAMP '%s'"
                        .formatted(interval.start(), interval.end()))
                .save(path);
          } else {
            writer(rows, mark).mode(SaveMode.ErrorIfExists).save(path);
          }
          return versionOf(mark);
        });
  }

  private static DataFrameWriter<Row> writer(Dataset<Row> rows, CommitMark mark) {
    return rows.write()
        .format("delta")
        .option("compression", "zstd")
        .option("userMetadata", json(mark.properties()));
  }

  private static String json(Map<String, String> properties) {
    return properties.entrySet().stream()
        .map(property -> quoted(property.getKey()) + ":" + quoted(property.getValue()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  /** Names, hashes, instants: no control characters. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** The version that bears the mark: another writer may have committed after us. */
  private String versionOf(CommitMark mark) {
    List<Row> found =
        DeltaTable.forPath(session, path)
            .history()
            .where(functions.col("userMetadata").contains(quoted(mark.runId())))
            .select("version")
            .limit(1)
            .collectAsList();
    if (found.isEmpty()) {
      throw new IllegalStateException("%s has no version of run %s".formatted(path, mark.runId()));
    }
    return String.valueOf(found.get(0).getLong(0));
  }
}
