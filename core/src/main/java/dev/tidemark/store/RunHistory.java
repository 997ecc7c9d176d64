package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;

import dev.tidemark.definition.Provider;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Target;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * What is done: the table {@code tidemark.runs} of the registry's provider, to which rows are only
 * ever added.
 *
 * <p>A row here is what makes an interval or a build done. No two tables commit together in either
 * format, so the tables commit first, each with a mark, and then the row names their commits. After
 * a kill in between, the marks tell which rows are missing; see docs/decisions/009.
 */
public final class RunHistory {
  private static final String DATABASE = "tidemark";
  private static final String TABLE = "runs";

  /** How far back commits are looked for, in a table or among those recorded of it. */
  private static final int RECENT = 1_000;

  private final SparkSession session;
  private final OfflineTable table;

  /**
   * @param root warehouses with relative paths are relative to it
   * @param registry the provider that holds the history
   */
  public RunHistory(SparkSession session, Path root, Provider registry) {
    this.session = session;
    this.table = OfflineTables.of(session, root, new Target(own(registry), TABLE));
  }

  /** The registry's provider with the database of Tidemark's own tables. */
  static Provider own(Provider registry) {
    return new Provider(
        registry.name(),
        registry.format(),
        registry.catalog(),
        registry.warehouse(),
        DATABASE,
        registry.options(),
        registry.origin());
  }

  /** What a commit to one of those says of itself. */
  static CommitMark mark(String runId, String table, long rows, String version) {
    return new CommitMark(
        runId, table, new Fingerprint("0".repeat(64)), List.of(), null, rows, version);
  }

  /** All rows, of which several may tell of one run and interval; nothing if nothing ever ran. */
  Optional<Dataset<Row>> rows() {
    return table.exists() ? Optional.of(table.read()) : Optional.empty();
  }

  /** The targets of Tidemark's own tables, which need upkeep as well, each with its arrangement. */
  public static Map<Target, Arrangement> tables(Provider registry) {
    Map<Target, Arrangement> own = new LinkedHashMap<>();
    own.put(
        new Target(own(registry), TABLE),
        new Arrangement(List.of("resource", "interval_start", "committed_at"), false));
    own.put(
        new Target(own(registry), FileLists.TABLE),
        new Arrangement(List.of("list", "path"), false));
    return own;
  }

  /** How Spark reads it. */
  public String name() {
    return table.name();
  }

  /**
   * What was recorded of a resource, oldest first, each run and interval once.
   *
   * @param within only intervals that overlap it; null: all, and builds
   */
  public List<RunRecord> of(String resource, @Nullable Interval within) {
    if (!table.exists()) {
      return List.of();
    }
    Column wanted = col("resource").equalTo(lit(resource));
    if (within != null) {
      wanted =
          wanted
              .and(col("interval_start").lt(lit(within.end())))
              .and(col("interval_end").gt(lit(within.start())));
    }
    Set<List<Object>> seen = new HashSet<>();
    Dataset<Row> rows = table.read().where(wanted).orderBy("committed_at", "run_id");
    // One row an interval: what planning needs to know of the past.
    return rows.collectAsList().stream()
        .map(RunRows::record)
        .filter(run -> seen.add(java.util.Arrays.asList(run.runId(), run.interval())))
        .toList();
  }

  /**
   * Records what is in its tables.
   *
   * @return a conflict only where the table format can't add rows beside those of others
   */
  public CommitOutcome add(List<RunRecord> runs) {
    List<Row> rows = runs.stream().map(RunRows::of).toList();
    RunRecord first = runs.get(0);
    CommitMark mark = mark(first.runId(), DATABASE + "." + TABLE, runs.size(), first.version());
    return table.append(session.createDataFrame(rows, RunRows.SCHEMA).coalesce(1), mark);
  }

  /**
   * The commits of a table that were recorded, the latest of them.
   *
   * @param tableId see {@link TableState}
   */
  public List<String> snapshots(String tableId) {
    if (!table.exists()) {
      return List.of();
    }
    return table
        .read()
        .select(col("committed_at"), explode(col("tables")).as("commit"))
        .where(col("commit.table_id").equalTo(lit(tableId)))
        .orderBy(col("committed_at").desc())
        .limit(RECENT)
        .select("commit.snapshot")
        .as(Encoders.STRING())
        .collectAsList();
  }

  /** The newest commits of a table, newest first: among them are those that were never recorded. */
  public static List<PastCommit> recent(OfflineTable table) {
    return table.commitsSince(null, RECENT);
  }
}
