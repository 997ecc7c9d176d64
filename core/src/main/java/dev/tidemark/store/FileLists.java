package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tidemark.definition.Provider;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.Target;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Which plain files were read: the table {@code tidemark.input_files} beside the run history, by
 * which files that came later are told from those that were there.
 */
public final class FileLists {
  /** A source of more files than this belongs in a table format. */
  private static final int MOST = 100_000;

  static final String TABLE = "input_files";

  private static final StructType SCHEMA =
      new StructType()
          .add("list", DataTypes.StringType)
          .add("path", DataTypes.StringType)
          .add("bytes", DataTypes.LongType)
          .add("modified", DataTypes.TimestampType);

  private final SparkSession session;
  private final OfflineTable table;

  /**
   * @param root warehouses with relative paths are relative to it
   * @param registry the provider that holds the history
   */
  public FileLists(SparkSession session, Path root, Provider registry) {
    this.session = session;
    this.table = OfflineTables.of(session, root, new Target(RunHistory.own(registry), TABLE));
  }

  /**
   * Keeps a list, unless it is known or too long.
   *
   * @param id the hash of the list
   */
  public void keep(String id, List<InputFile> files, String runId, String version) {
    if (files.isEmpty() || files.size() > MOST || of(id).isPresent()) {
      return;
    }
    List<Row> rows =
        files.stream()
            .map(
                file ->
                    RowFactory.create(
                        id, file.path(), file.bytes(), Timestamp.from(file.modified())))
            .toList();
    CommitMark mark = RunHistory.mark(runId, "tidemark.input_files", rows.size(), version);
    // A list that was not kept after all only makes a later answer less exact.
    CommitOutcome outcome = table.append(session.createDataFrame(rows, SCHEMA).coalesce(1), mark);
    outcome.match(done -> true, conflict -> false, unknown -> false);
  }

  /** A list; nothing if it was not kept. */
  public Optional<List<InputFile>> of(String id) {
    if (!table.exists()) {
      return Optional.empty();
    }
    List<InputFile> files =
        table.read().where(col("list").equalTo(lit(id))).distinct().collectAsList().stream()
            .map(
                row ->
                    new InputFile(
                        row.getAs("path"),
                        row.<Long>getAs("bytes"),
                        row.<Timestamp>getAs("modified").toInstant()))
            .toList();
    return files.isEmpty() ? Optional.empty() : Optional.of(files);
  }
}
