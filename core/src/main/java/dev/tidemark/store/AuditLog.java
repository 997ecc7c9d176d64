package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.max;

import dev.tidemark.definition.Provider;
import dev.tidemark.plan.AuditEntry;
import dev.tidemark.plan.Target;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Who did what: the table {@code tidemark.audit} of the registry's provider, to which rows are only
 * ever added, each with the hash of the one before it ({@link AuditEntry}).
 *
 * <p>A row is added by a commit upon the state that had the row before it, so that no two rows can
 * follow the same. The commit says which row is the last by then: rows that are cut off at the end
 * are missed as well. Whoever replaces the whole table is found out by those who kept a hash.
 */
public final class AuditLog {
  static final String TABLE = "audit";
  private static final String NUMBER = "tidemark.audit-number";
  private static final String HASH = "tidemark.audit-hash";

  /** Upkeep commits too, and says nothing of rows; no more than these in a row are expected. */
  private static final int MOST_COMMITS = 100;

  /** As many as may want to write at once. */
  private static final int MOST_ATTEMPTS = 30;

  private static final StructType SCHEMA =
      new StructType()
          .add("number", DataTypes.LongType)
          .add("at", DataTypes.TimestampType)
          .add("by", DataTypes.StringType)
          .add("action", DataTypes.StringType)
          .add("outcome", DataTypes.StringType)
          .add("subjects", DataTypes.createArrayType(DataTypes.StringType))
          .add("because", DataTypes.StringType)
          .add("environment", DataTypes.StringType)
          .add("git_commit", DataTypes.StringType)
          .add("run_id", DataTypes.StringType)
          .add("version", DataTypes.StringType)
          .add("previous", DataTypes.StringType)
          .add("hash", DataTypes.StringType);

  private final SparkSession session;
  private final OfflineTable table;

  /**
   * @param root warehouses with relative paths are relative to it
   * @param registry the provider that holds it
   */
  public AuditLog(SparkSession session, Path root, Provider registry) {
    this.session = session;
    this.table = OfflineTables.of(session, root, new Target(RunHistory.own(registry), TABLE));
  }

  /** How Spark reads it. */
  public String name() {
    return table.name();
  }

  /**
   * The last row.
   *
   * @param number 0: there is none
   * @param hash of {@link AuditEntry}
   */
  public record Head(long number, String hash) {}

  /** Makes a row that follows another. */
  @FunctionalInterface
  public interface Next {
    AuditEntry after(Head head);
  }

  /**
   * Adds a row.
   *
   * @throws LostRaceException if others are faster again and again
   */
  public AuditEntry add(Next next) {
    return Races.untilWon(
        MOST_ATTEMPTS,
        () -> {
          // Before the head is looked for: whoever comes in between makes this a conflict.
          TableState base = table.state();
          AuditEntry entry =
              next.after(base.snapshot() == null ? new Head(0, AuditEntry.NONE) : head());
          Map<String, String> mark = new LinkedHashMap<>();
          mark.putAll(
              RunHistory.mark(entry.runId(), RunHistory.DATABASE + "." + TABLE, 1, entry.version())
                  .properties());
          mark.put(NUMBER, String.valueOf(entry.number()));
          mark.put(HASH, entry.hash().sha256());
          Dataset<Row> row = session.createDataFrame(List.of(row(entry)), SCHEMA).coalesce(1);
          return table
              .advance(row, base, null, mark)
              .match(
                  committed -> entry,
                  conflict -> {
                    throw new OverlapException(conflict.reason());
                  },
                  unknown -> {
                    throw new OverlapException(unknown.reason());
                  });
        });
  }

  /** What the newest commit that added a row says. */
  private Head head() {
    for (int most : new int[] {1, MOST_COMMITS}) {
      for (PastCommit commit : table.commitsSince(null, most)) {
        String number = commit.mark().get(NUMBER);
        String hash = commit.mark().get(HASH);
        if (number != null && hash != null) {
          return new Head(Long.parseLong(number), hash);
        }
      }
    }
    // Its commits are forgotten by upkeep: then the rows say it.
    List<Row> last =
        table
            .read()
            .orderBy(col("number").desc())
            .limit(1)
            .select("number", "hash")
            .collectAsList();
    return last.isEmpty()
        ? new Head(0, AuditEntry.NONE)
        : new Head(last.get(0).getLong(0), last.get(0).getString(1));
  }

  /** The newest rows, newest first. */
  public List<AuditEntry> last(int most) {
    return table.exists()
        ? table.read().orderBy(col("number").desc()).limit(most).collectAsList().stream()
            .map(AuditLog::entry)
            .toList()
        : List.of();
  }

  /** When a try to write each resource failed last, by its id. */
  public Map<String, Instant> failures() {
    if (!table.exists()) {
      return Map.of();
    }
    Map<String, Instant> failures = new HashMap<>();
    for (Row row :
        table
            .read()
            .where(col("outcome").equalTo(name(AuditEntry.Outcome.FAILED)))
            .select(explode(col("subjects")).as("subject"), col("at"))
            .groupBy("subject")
            .agg(max("at").as("at"))
            .collectAsList()) {
      failures.put(row.getAs("subject"), row.getTimestamp(1).toInstant());
    }
    return failures;
  }

  private static String name(AuditEntry.Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether the chain is whole.
   *
   * @param head the last row
   * @param broken where it is not, in words; null: it is
   * @param found whether a hash that was asked for is in it; true if none was
   */
  public record Verdict(Head head, @Nullable String broken, boolean found) {}

  /**
   * Goes through all rows in their order, a partition at a time.
   *
   * @param expected a hash that was kept elsewhere; null: none
   */
  public Verdict verify(@Nullable String expected) {
    Head last = new Head(0, AuditEntry.NONE);
    boolean found = expected == null;
    if (!table.exists()) {
      return new Verdict(last, null, found);
    }
    for (Iterator<Row> rows = table.read().orderBy("number").toLocalIterator(); rows.hasNext(); ) {
      Row row = rows.next();
      AuditEntry entry = entry(row);
      String hash = entry.hash().sha256();
      String broken = broken(entry, hash, row.getAs("hash"), last);
      if (broken != null) {
        return new Verdict(last, broken, found);
      }
      last = new Head(entry.number(), hash);
      found = found || hash.equals(expected);
    }
    Head told = head();
    String cut =
        told.equals(last)
            ? null
            : "the last row is %d, and the table's commit says that it was %d"
                .formatted(last.number(), told.number());
    return new Verdict(last, cut, found);
  }

  private static @Nullable String broken(AuditEntry entry, String hash, String told, Head last) {
    if (entry.number() != last.number() + 1) {
      return entry.number() <= last.number()
          ? "row %d is there twice".formatted(entry.number())
          : "row %d is missing".formatted(last.number() + 1);
    }
    if (!hash.equals(told)) {
      return "row %d does not say what it said when it was written".formatted(entry.number());
    }
    return entry.previous().equals(last.hash())
        ? null
        : "row %d was written after another row %d".formatted(entry.number(), last.number());
  }

  private static Row row(AuditEntry entry) {
    return RowFactory.create(
        entry.number(),
        Timestamp.from(entry.at()),
        entry.by(),
        entry.action(),
        name(entry.outcome()),
        entry.subjects(),
        entry.because(),
        entry.environment(),
        entry.gitCommit(),
        entry.runId(),
        entry.version(),
        entry.previous(),
        entry.hash().sha256());
  }

  private static AuditEntry entry(Row row) {
    return new AuditEntry(
        row.getAs("number"),
        Objects.requireNonNull(row.<Timestamp>getAs("at")).toInstant(),
        row.getAs("by"),
        row.getAs("action"),
        outcome(row.getAs("outcome")),
        row.getList(row.fieldIndex("subjects")),
        row.getAs("because"),
        row.getAs("environment"),
        row.getAs("git_commit"),
        row.getAs("run_id"),
        row.getAs("version"),
        row.getAs("previous"));
  }

  /** Whoever changes a row may write anything. */
  private static AuditEntry.Outcome outcome(String written) {
    for (AuditEntry.Outcome outcome : AuditEntry.Outcome.values()) {
      if (name(outcome).equals(written)) {
        return outcome;
      }
    }
    return AuditEntry.Outcome.FAILED;
  }
}
