package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

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
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

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

  static final String TABLE = "input_files";

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
    this.table = OfflineTables.of(session, root, new Target(RunHistory.own(registry), TABLE));
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
   * What is kept that has to do with a list.
   *
   * @param same the list itself
   * @param latest the list of the same source that was kept last
   */
  private record Known(@Nullable Kept same, @Nullable Kept latest) {}

  /**
   * Keeps a list, unless it is known or too long.
   *
   * @param list its id is the hash of the list
   */
  public void keep(InputSnapshot list, List<InputFile> files, String runId, String version) {
    if (files.isEmpty() || files.size() > MOST) {
      return;
    }
    Known known = known(list);
    if (known.same() != null) {
      return;
    }
    Kept before = known.latest();
    Dataset<Row> added = rows(files);
    Kept as = new Kept(list.id(), 0, files.size());
    if (before != null && differences(before, added).isOnlyMore()) {
      added = beyond(before, added);
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
    Kept before = known(then).same();
    Dataset<Row> files = rows(now);
    Differences differences = before == null ? null : differences(before, files);
    if (before == null || differences == null || !differences.isWhole()) {
      return Optional.empty();
    }
    List<InputFile> added =
        beyond(before, files).collectAsList().stream()
            .map(
                row ->
                    new InputFile(
                        row.getAs(PATH),
                        row.<Long>getAs(BYTES),
                        row.<Timestamp>getAs(MODIFIED).toInstant()))
            .toList();
    return Optional.of(new FileChanges(added, differences.taken() > 0));
  }

  private Known known(InputSnapshot list) {
    if (!table.exists()) {
      return new Known(null, null);
    }
    Column isSame = col("list").equalTo(lit(list.id()));
    Column isOfSource = col("location").equalTo(lit(list.location()));
    Column kept = struct("kept_at", "chain", "number", "files");
    Row found =
        table
            .read()
            .where(isSame.or(isOfSource))
            .agg(max(when(isSame, kept)), max(when(isOfSource, kept)))
            .first();
    return new Known(kept(found, 0), kept(found, 1));
  }

  private static @Nullable Kept kept(Row found, int column) {
    if (found.isNullAt(column)) {
      return null;
    }
    Row kept = found.getStruct(column);
    return new Kept(kept.getString(1), kept.getLong(2), kept.getLong(3));
  }

  /**
   * How a list differs from some files.
   *
   * @param isWhole whether its chain has as many files as it says
   * @param taken how many of its files are not among them
   */
  private record Differences(boolean isWhole, long taken) {
    boolean isOnlyMore() {
      return isWhole && taken == 0;
    }
  }

  private Differences differences(Kept list, Dataset<Row> files) {
    Row counts =
        filesOf(list)
            .join(files.withColumn("now", lit(true)), same(), "left_outer")
            .agg(count(lit(1)), count_if(col("now").isNull()))
            .first();
    return new Differences(counts.getLong(0) == list.files(), counts.getLong(1));
  }

  private Dataset<Row> filesOf(Kept list) {
    return table
        .read()
        .where(col("chain").equalTo(lit(list.chain())))
        .where(col("number").leq(lit(list.number())))
        .select(PATH, BYTES, MODIFIED)
        .distinct();
  }

  /** Files that a list does not have. */
  private Dataset<Row> beyond(Kept list, Dataset<Row> files) {
    return files.join(filesOf(list), same(), "left_anti");
  }

  private static Seq<String> same() {
    return CollectionConverters.asScala(List.of(PATH, BYTES, MODIFIED)).toSeq();
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
