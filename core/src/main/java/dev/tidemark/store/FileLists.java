package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.struct;

import dev.tidemark.definition.Provider;
import dev.tidemark.plan.FileChanges;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Target;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Which plain files were read: the table {@code tidemark.input_files} beside the run history, by
 * which files that came later are told from those that were there.
 *
 * <p>A list that only adds to the one before is kept as what it adds: its rows have the chain of
 * that list and the next number, and the list is all files of the chain up to the number. So a
 * source that gets a file a day leaves a row a day. Lists are compared on the executors; the driver
 * holds what Spark's own index of the source's files holds there, and what came since.
 */
public final class FileLists {
  /** A source of more files than this belongs in a table format. */
  private static final int MOST = 100_000;

  private static final String PATH = "path";
  private static final String BYTES = "bytes";
  private static final String MODIFIED = "modified";

  private static final StructType FILE =
      new StructType()
          .add(PATH, DataTypes.StringType)
          .add(BYTES, DataTypes.LongType)
          .add(MODIFIED, DataTypes.TimestampType);

  private final SparkSession session;
  private final OfflineTable table;

  /**
   * @param root warehouses with relative paths are relative to it
   * @param registry the provider that holds the history
   */
  public FileLists(SparkSession session, Path root, Provider registry) {
    this.session = session;
    this.table =
        OfflineTables.of(session, root, new Target(RunHistory.own(registry), "input_files"));
  }

  /**
   * A list that is kept.
   *
   * @param chain the id of the first list of its chain
   * @param number its place in it, 0 is the first
   * @param files how many files it has: two runs at once may have added different files under one
   *     number, and then they are more than this
   */
  private record Kept(String chain, long number, long files) {}

  /**
   * Keeps a list, unless it is known or too long.
   *
   * @param list its id is the hash of the list
   */
  public void keep(InputSnapshot list, List<InputFile> files, String runId, String version) {
    if (files.isEmpty()
        || files.size() > MOST
        || kept(col("list").equalTo(lit(list.id()))) != null) {
      return;
    }
    Kept before = kept(col("location").equalTo(lit(list.location())));
    Dataset<Row> all = rows(files);
    Dataset<Row> added = all;
    Kept as = new Kept(list.id(), 0, files.size());
    if (before != null && isWhole(before) && lacks(before, all) == 0) {
      added = beyond(before, all);
      as = new Kept(before.chain(), before.number() + 1, files.size());
    }
    Dataset<Row> rows =
        added.select(
            lit(list.id()).as("list"),
            lit(list.location()).as("location"),
            lit(as.chain()).as("chain"),
            lit(as.number()).as("number"),
            lit(as.files()).as("files"),
            lit(Timestamp.from(Instant.now())).as("kept_at"),
            col(PATH),
            col(BYTES),
            col(MODIFIED));
    CommitMark mark = RunHistory.mark(runId, "tidemark.input_files", files.size(), version);
    // A list that was not kept after all only makes a later answer less exact.
    CommitOutcome outcome = table.append(rows.coalesce(1), mark);
    outcome.match(done -> true, conflict -> false, unknown -> false);
  }

  /**
   * In what a source's files differ from what they were.
   *
   * @return nothing if the earlier list was not kept
   */
  public Optional<FileChanges> since(InputSnapshot then, List<InputFile> now) {
    Kept before = kept(col("list").equalTo(lit(then.id())));
    if (before == null || !isWhole(before)) {
      return Optional.empty();
    }
    Dataset<Row> all = rows(now);
    List<InputFile> added =
        beyond(before, all).collectAsList().stream()
            .map(
                row ->
                    new InputFile(
                        row.getAs(PATH),
                        row.<Long>getAs(BYTES),
                        row.<Timestamp>getAs(MODIFIED).toInstant()))
            .toList();
    return Optional.of(new FileChanges(added, lacks(before, all) > 0));
  }

  /** The latest of the lists that a condition is true of; null if there is none. */
  private @Nullable Kept kept(Column which) {
    if (!table.exists()) {
      return null;
    }
    Row latest =
        table
            .read()
            .where(which)
            .agg(max(struct("kept_at", "chain", "number", "files")).as("latest"))
            .select("latest.*")
            .first();
    return latest.isNullAt(0)
        ? null
        : new Kept(latest.getString(1), latest.getLong(2), latest.getLong(3));
  }

  private Dataset<Row> filesOf(Kept list) {
    return table
        .read()
        .where(col("chain").equalTo(lit(list.chain())))
        .where(col("number").leq(lit(list.number())))
        .select(PATH, BYTES, MODIFIED)
        .distinct();
  }

  private boolean isWhole(Kept list) {
    return filesOf(list).count() == list.files();
  }

  /** Files that a list does not have. */
  private Dataset<Row> beyond(Kept list, Dataset<Row> files) {
    return files.join(filesOf(list), same(), "left_anti");
  }

  /** How many files of a list are not among some. */
  private long lacks(Kept list, Dataset<Row> files) {
    return filesOf(list).join(files, same(), "left_anti").count();
  }

  private static scala.collection.immutable.Seq<String> same() {
    return scala.jdk.javaapi.CollectionConverters.asScala(List.of(PATH, BYTES, MODIFIED)).toSeq();
  }

  private Dataset<Row> rows(List<InputFile> files) {
    List<Row> rows =
        files.stream()
            .map(
                file ->
                    RowFactory.create(file.path(), file.bytes(), Timestamp.from(file.modified())))
            .toList();
    return session.createDataFrame(rows, FILE);
  }
}
