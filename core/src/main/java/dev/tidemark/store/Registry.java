package dev.tidemark.store;

import static org.apache.spark.sql.functions.lit;

import dev.tidemark.definition.About;
import dev.tidemark.definition.Provider;
import dev.tidemark.plan.Deprecation;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Registered;
import dev.tidemark.plan.Registration;
import dev.tidemark.plan.Target;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The registered definitions as they were when this object was made: the table {@code
 * tidemark.registry} of the registry's provider, to which rows are only ever added.
 *
 * <p>A row is what one resource was from one change on; the row with the greatest {@code number} of
 * an id is what it is. A change is one commit upon the state of the table that it was planned upon:
 * of two at once the second finds a conflict, and nothing of it is written.
 */
public final class Registry {
  static final String TABLE = "registry";
  private static final String DELETED = "deleted";

  private static final StructType SCHEMA =
      new StructType()
          .add("number", DataTypes.LongType)
          .add("id", DataTypes.StringType)
          .add("kind", DataTypes.StringType)
          .add("name", DataTypes.StringType)
          .add("meaning", DataTypes.StringType)
          .add("fields", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType))
          .add("uses", DataTypes.createArrayType(DataTypes.StringType))
          .add("definition", DataTypes.StringType)
          .add("owner", DataTypes.StringType)
          .add("description", DataTypes.StringType)
          .add("tags", DataTypes.createArrayType(DataTypes.StringType))
          .add("properties", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType))
          .add("notes", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType))
          .add("state", DataTypes.StringType)
          .add("deprecated_since", DataTypes.TimestampType)
          .add("deprecated_by", DataTypes.StringType)
          .add("successor", DataTypes.StringType)
          .add("deprecated_until", DataTypes.TimestampType)
          .add("reason", DataTypes.StringType)
          .add("run_id", DataTypes.StringType)
          .add("applied_at", DataTypes.TimestampType)
          .add("applied_by", DataTypes.StringType)
          .add("git_commit", DataTypes.StringType)
          .add("environment", DataTypes.StringType)
          .add("version", DataTypes.StringType);

  private final SparkSession session;
  private final OfflineTable table;
  private final TableState base;
  private final SortedMap<String, Registered> registered = new TreeMap<>();
  private long number;

  /**
   * @param root warehouses with relative paths are relative to it
   * @param registry the provider that holds it
   */
  public Registry(SparkSession session, Path root, Provider registry) {
    this.session = session;
    this.table = OfflineTables.of(session, root, new Target(RunHistory.own(registry), TABLE));
    // Before it is read: what comes in between will be a conflict.
    this.base = table.state();
    String snapshot = base.snapshot();
    if (snapshot != null) {
      read(table.readAt(snapshot));
    }
  }

  private void read(Dataset<Row> rows) {
    Dataset<Row> all = rows;
    for (StructField field : SCHEMA.fields()) {
      // What an older version wrote lacks what was not told then.
      if (List.of(rows.columns()).stream().noneMatch(field.name()::equals)) {
        all = all.withColumn(field.name(), lit(null).cast(field.dataType()));
      }
    }
    Map<String, Row> newest = new HashMap<>();
    Map<String, Row> first = new HashMap<>();
    // A partition at a time. Rows of one id are few, and an aggregation costs more than all of
    // them.
    for (Iterator<Row> each = all.toLocalIterator(); each.hasNext(); ) {
      Row row = each.next();
      String id = row.getAs("id");
      newest.merge(id, row, (a, b) -> number(a) > number(b) ? a : b);
      first.merge(id, row, (a, b) -> number(a) < number(b) ? a : b);
    }
    newest.forEach(
        (id, row) -> {
          registered.put(
              id,
              new Registered(
                  registration(row),
                  deprecation(row),
                  DELETED.equals(row.getAs("state")),
                  deed(Objects.requireNonNull(first.get(id))),
                  deed(row)));
          number = Math.max(number, number(row));
        });
  }

  private static long number(Row row) {
    return row.<Long>getAs("number");
  }

  private static Registered.Deed deed(Row row) {
    return new Registered.Deed(
        Objects.requireNonNull(instant(row, "applied_at")),
        row.getAs("applied_by"),
        row.getAs("git_commit"),
        row.getAs("environment"));
  }

  private static @Nullable Deprecation deprecation(Row row) {
    Instant since = instant(row, "deprecated_since");
    return since == null
        ? null
        : new Deprecation(
            since,
            row.getAs("deprecated_by"),
            row.getAs("successor"),
            instant(row, "deprecated_until"),
            row.getAs("reason"));
  }

  private static @Nullable Instant instant(Row row, String column) {
    Timestamp at = row.getAs(column);
    return at == null ? null : at.toInstant();
  }

  private static Registration registration(Row row) {
    return new Registration(
        row.getAs("id"),
        row.getAs("kind"),
        new Fingerprint(row.getAs("meaning")),
        new TreeMap<>(row.<String, String>getJavaMap(row.fieldIndex("fields"))),
        new TreeSet<>(row.<String>getList(row.fieldIndex("uses"))),
        row.getAs("definition"),
        new About(
            row.getAs("owner"),
            row.getAs("description"),
            row.getList(row.fieldIndex("tags")),
            row.getJavaMap(row.fieldIndex("properties"))),
        row.isNullAt(row.fieldIndex("notes"))
            ? new TreeMap<>()
            : new TreeMap<>(row.<String, String>getJavaMap(row.fieldIndex("notes"))));
  }

  /** How Spark reads it. */
  public String name() {
    return table.name();
  }

  /** What is registered, and what was deleted, by id. */
  public SortedMap<String, Registered> registered() {
    return Collections.unmodifiableSortedMap(registered);
  }

  /**
   * What a resource is from now on.
   *
   * @param deprecation null: it is not deprecated
   */
  public record Entry(
      Registration registration, @Nullable Deprecation deprecation, boolean deleted) {}

  /**
   * One change of the registry.
   *
   * @param runId different for every run
   * @param deed who changes it
   * @param version Tidemark's
   */
  public record Change(String runId, Registered.Deed deed, String version) {}

  /**
   * Registers in one commit.
   *
   * @return a conflict if anybody has committed since this object was made
   */
  public CommitOutcome add(List<Entry> all, Change change) {
    List<Row> rows = new ArrayList<>();
    all.forEach(each -> rows.add(row(each, number + 1, change)));
    CommitMark mark =
        RunHistory.mark(
            change.runId(), RunHistory.DATABASE + "." + TABLE, rows.size(), change.version());
    return table.advance(
        session.createDataFrame(rows, SCHEMA).coalesce(1), base, null, mark.properties());
  }

  private static Row row(Entry entry, long number, Change change) {
    Registration of = entry.registration();
    Deprecation deprecation = entry.deprecation();
    return RowFactory.create(
        number,
        of.id(),
        of.kind(),
        of.name(),
        of.meaning().sha256(),
        of.fields(),
        List.copyOf(of.uses()),
        of.text(),
        of.about().owner(),
        of.about().description(),
        of.about().tags(),
        new TreeMap<>(of.about().properties()),
        of.notes(),
        entry.deleted() ? DELETED : deprecation == null ? "registered" : "deprecated",
        deprecation == null ? null : Timestamp.from(deprecation.since()),
        deprecation == null ? null : deprecation.by(),
        deprecation == null ? null : deprecation.successor(),
        deprecation == null || deprecation.until() == null
            ? null
            : Timestamp.from(deprecation.until()),
        deprecation == null ? null : deprecation.reason(),
        change.runId(),
        Timestamp.from(change.deed().at()),
        change.deed().by(),
        change.deed().gitCommit(),
        change.deed().environment(),
        change.version());
  }
}
