package dev.tidemark.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.DeltaOptions;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.CommitInfo;
import org.apache.spark.sql.delta.actions.FileAction;
import org.apache.spark.sql.delta.actions.RemoveFile;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Delta's log from Java: what was committed, and commits of files that are written already. */
final class DeltaCommits {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Spark's and Delta's names of what is wrong with a log. */
  private static final List<String> DAMAGE =
      List.of(
          "MALFORMED_RECORD_IN_PARSING",
          "DELTA_LOG_FILE_NOT_FOUND",
          "DELTA_STATE_RECOVER_ERROR",
          "DELTA_TRUNCATED_TRANSACTION_LOG",
          "DELTA_VERSIONS_NOT_CONTIGUOUS");

  private DeltaCommits() {}

  /** The table as of its newest version, whoever committed it. */
  static Snapshot newest(DeltaLog log) {
    return reading(log, () -> log.update(false, Option.empty(), Option.empty()));
  }

  /**
   * Reads all that a scan of the newest version reads of the log, so that damage is told as such.
   */
  static void check(DeltaLog log) {
    Snapshot newest = newest(log);
    reading(log, newest::numOfFiles);
  }

  /** A transaction upon the newest version. */
  static OptimisticTransaction begin(DeltaLog log) {
    return log.startTransaction(Option.empty(), Option.empty());
  }

  /**
   * Looks at what each of some versions did, oldest first, both ends included; older ones may be
   * forgotten. One version's actions are held at a time.
   */
  static void each(DeltaLog log, long first, long last, BiConsumer<Long, List<Action>> look) {
    if (first <= last) {
      reading(log, () -> lookAt(log, first, last, look));
    }
  }

  private static boolean lookAt(
      DeltaLog log, long first, long last, BiConsumer<Long, List<Action>> look) {
    Iterator<Tuple2<Object, Seq<Action>>> changes =
        log.getChanges(first, last, Option.empty(), false);
    while (changes.hasNext()) {
      Tuple2<Object, Seq<Action>> change = changes.next();
      look.accept((Long) change._1(), CollectionConverters.asJava(change._2()));
    }
    return true;
  }

  /** Reads the log; Delta says what is wrong with a line of it, but not where that is. */
  private static <T> T reading(DeltaLog log, Callable<T> read) {
    try {
      return read.call();
    } catch (Exception e) {
      // Scala declares no exceptions.
      if (isDamage(e)) {
        throw new DamagedTableException(log.logPath().toUri().getPath(), e);
      }
      throw e instanceof RuntimeException unchecked
          ? unchecked
          : new IllegalStateException(e.getMessage(), e);
    }
  }

  private static boolean isDamage(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 50; depth++) {
      String condition =
          cause instanceof SparkThrowable known ? String.valueOf(known.getCondition()) : "";
      if (cause instanceof JsonProcessingException
          || DAMAGE.stream().anyMatch(condition::startsWith)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** What a version says of itself. */
  static PastCommit past(long version, List<Action> actions) {
    Map<String, String> mark = Map.of();
    boolean sameRows = true;
    for (Action action : actions) {
      if (action instanceof CommitInfo info && info.userMetadata().isDefined()) {
        mark = mark(info.userMetadata().get());
      }
      if (action instanceof AddFile file && file.dataChange()) {
        sameRows = false;
      }
      if (action instanceof RemoveFile file && file.dataChange()) {
        sameRows = false;
      }
    }
    // A commit of ours says of which interval it is, though that may have no rows.
    return new PastCommit(String.valueOf(version), mark, sameRows && mark.isEmpty());
  }

  private static Map<String, String> mark(String userMetadata) {
    try {
      Map<String, String> all = JSON.readValue(userMetadata, new TypeReference<>() {});
      all.keySet().removeIf(key -> !key.startsWith("tidemark."));
      return all;
    } catch (JsonProcessingException e) {
      // Somebody else's words.
      return Map.of();
    }
  }

  static String json(CommitMark mark) {
    return json(mark.properties());
  }

  /** What a commit says of itself, as its user metadata. */
  static String json(Map<String, String> mark) {
    try {
      return JSON.writeValueAsString(mark);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not to be written as JSON: " + mark, e);
    }
  }

  /** Writes files that no version has; each task's rows go to files of their own. */
  static List<AddFile> write(
      SparkSession session, OptimisticTransaction transaction, Dataset<Row> rows) {
    scala.collection.immutable.Map<String, String> options =
        new scala.collection.immutable.Map.Map1<>("compression", "zstd");
    DeltaOptions zstd =
        new DeltaOptions(
            options, ((org.apache.spark.sql.classic.SparkSession) session).sessionState().conf());
    Dataset<Row> aligned = Columns.aligned(rows, transaction.snapshot().metadata().schema());
    List<AddFile> files = new ArrayList<>();
    for (FileAction file :
        CollectionConverters.asJava(transaction.writeFiles(aligned, Option.apply(zstd)))) {
      if (file instanceof AddFile added) {
        files.add(added);
      }
    }
    return files;
  }

  /**
   * Commits files.
   *
   * @param predicate which rows they replace, for people
   * @return the version
   */
  static String commit(
      OptimisticTransaction transaction,
      List<Action> files,
      SaveMode mode,
      @Nullable String predicate,
      String userMetadata) {
    DeltaOperations.Write write =
        new DeltaOperations.Write(
            mode,
            Option.empty(),
            Option.apply(predicate),
            Option.apply(userMetadata),
            Option.empty(),
            Option.empty(),
            Option.empty(),
            Option.empty(),
            Option.empty());
    return String.valueOf(transaction.commit(CollectionConverters.asScala(files).toSeq(), write));
  }
}
