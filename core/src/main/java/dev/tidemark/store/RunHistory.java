package dev.tidemark.store;

import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.exists;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_entries;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.struct;

import dev.tidemark.definition.Provider;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.PastDefinition;
import dev.tidemark.plan.Target;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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

/**
 * What is done: the table {@code tidemark.runs} of the registry's provider, to which rows are only
 * ever added.
 *
 * <p>A row here is what makes an interval or a build done. No two tables commit together in either
 * format, so the tables commit first, each with a mark, and then the row names their commits. After
 * a kill in between, the marks tell which rows are missing; see docs/decisions/009. A row that
 * names no table tells of rows that their gates refused, and makes nothing done.
 */
public final class RunHistory {
  static final String DATABASE = "tidemark";
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
        new Target(own(registry), Registry.TABLE), new Arrangement(List.of("id", "number"), false));
    own.put(new Target(own(registry), AuditLog.TABLE), new Arrangement(List.of("number"), false));
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
   * The intervals of a resource that its tables hold, each by the newest run of it, in order of
   * time. Only rows of the resource and the span are read, and they are compared on the executors:
   * the driver gets one pair of instants an interval, and what runs have in common once a run.
   *
   * @param within only intervals that overlap it
   * @param tables the ids of its tables as they are now; a run counts if it wrote all of them
   */
  public List<FinishedInterval> finished(
      String resource, Interval within, Collection<String> tables) {
    if (!table.exists()) {
      return List.of();
    }
    Column overlaps =
        col("interval_start")
            .lt(lit(within.end()))
            .and(col("interval_end").gt(lit(within.start())));
    List<FinishedInterval> found = new ArrayList<>();
    Dataset<Row> runs =
        newest(of(resource).where(overlaps), tables)
            .groupBy("run.run_id", "run.definition", "run.parts", "run.inputs")
            .agg(collect_list(struct("interval_start", "interval_end")).as("intervals"));
    for (Row run : runs.collectAsList()) {
      found.addAll(RunRows.finished(run));
    }
    found.sort(Comparator.comparing(each -> each.interval().start()));
    return found;
  }

  /**
   * The definitions from which the intervals were made that a resource's tables hold: one row a
   * definition comes to the driver, however many intervals there are.
   *
   * @param outside of which intervals are counted: those that do not overlap it
   * @param tables as above
   */
  public List<PastDefinition> definitions(
      String resource, Interval outside, Collection<String> tables) {
    if (!table.exists()) {
      return List.of();
    }
    Column isOutside =
        col("interval_start")
            .geq(lit(outside.end()))
            .or(col("interval_end").leq(lit(outside.start())));
    return newest(of(resource), tables)
        .groupBy("run.definition", "run.parts")
        .agg(
            min(struct("interval_start", "interval_end")).as("first"),
            count_if(isOutside).as("outside"))
        .orderBy("first")
        .collectAsList()
        .stream()
        .map(RunRows::definition)
        .toList();
  }

  /**
   * The newest tick of a resource that its tables hold.
   *
   * @param tables as above
   */
  public Optional<Instant> newestTick(String resource, Collection<String> tables) {
    if (!table.exists()) {
      return Optional.empty();
    }
    Row newest = newest(of(resource), tables).agg(max("interval_start")).first();
    return newest.isNullAt(0) ? Optional.empty() : Optional.of(newest.getTimestamp(0).toInstant());
  }

  /**
   * The run that wrote all of a table's rows with a commit. It may be recorded twice, and then by
   * itself first.
   *
   * @param tableId see {@link TableState}
   */
  public Optional<RunRecord> whole(String resource, String tableId, String snapshot) {
    if (!table.exists()) {
      return Optional.empty();
    }
    Column wrote =
        exists(
            col("tables"),
            each ->
                each.getField("table_id")
                    .equalTo(lit(tableId))
                    .and(each.getField("snapshot").equalTo(lit(snapshot))));
    return table
        .read()
        .where(col("resource").equalTo(lit(resource)))
        .where(col("interval_start").isNull())
        .where(wrote)
        .orderBy("committed_at")
        .limit(1)
        .collectAsList()
        .stream()
        .map(RunRows::whole)
        .findFirst();
  }

  private Dataset<Row> of(String resource) {
    return table
        .read()
        .where(col("resource").equalTo(lit(resource)))
        .where(col("interval_start").isNotNull());
  }

  /**
   * One row an interval, of the run whose commit of it is the newest. A run may be recorded twice,
   * by itself and by one that found what it had left: it did its work before the first.
   */
  private static Dataset<Row> newest(Dataset<Row> runs, Collection<String> tables) {
    Column held = lit(true);
    for (String id : tables) {
      held = held.and(exists(col("tables"), each -> each.getField("table_id").equalTo(lit(id))));
    }
    Column run =
        struct(
            col("run_id"),
            col("definition"),
            // Maps can't be compared; their sorted entries can.
            array_sort(map_entries(col("parts"))).as("parts"),
            col("inputs"));
    return runs.where(held)
        .repartition(col("interval_start"), col("interval_end"))
        .groupBy("interval_start", "interval_end", "run_id")
        .agg(
            min(col("committed_at")).as("committed_at"), min_by(run, col("committed_at")).as("run"))
        .groupBy("interval_start", "interval_end")
        .agg(max_by(col("run"), struct("committed_at", "run_id")).as("run"));
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
   * The commits of a table that were recorded, the latest of them: no more than {@value #RECENT}.
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

  /** Which of some commits of a table were recorded. */
  public Set<String> recorded(String tableId, Collection<String> snapshots) {
    if (snapshots.isEmpty() || !table.exists()) {
      return Set.of();
    }
    return Set.copyOf(
        table
            .read()
            .select(explode(col("tables")).as("commit"))
            .where(col("commit.table_id").equalTo(lit(tableId)))
            .where(col("commit.snapshot").isin(snapshots.toArray()))
            .select("commit.snapshot")
            .distinct()
            .as(Encoders.STRING())
            .collectAsList());
  }

  /** The newest commits of a table, newest first: among them are those that were never recorded. */
  public static List<PastCommit> recent(OfflineTable table) {
    return table.commitsSince(null, RECENT);
  }
}
