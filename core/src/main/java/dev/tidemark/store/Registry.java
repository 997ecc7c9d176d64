package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.struct;

import dev.tidemark.definition.About;
import dev.tidemark.definition.Provider;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Registration;
import dev.tidemark.plan.Target;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The registered definitions as they were when this object was made: the table {@code
 * tidemark.registry} of the registry's provider, to which rows are only ever added.
 *
 * <p>A row is what one resource was from one apply on; the row with the greatest {@code number} of
 * an id is what it is. An apply is one commit upon the state of the table that its rows were
 * compared with: of two at once the second finds a conflict, and nothing of it is written.
 */
public final class Registry {
  static final String TABLE = "registry";

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
          .add("run_id", DataTypes.StringType)
          .add("applied_at", DataTypes.TimestampType)
          .add("applied_by", DataTypes.StringType)
          .add("git_commit", DataTypes.StringType)
          .add("environment", DataTypes.StringType)
          .add("version", DataTypes.StringType);

  private final SparkSession session;
  private final OfflineTable table;
  private final TableState base;
  private final SortedMap<String, Registration> registrations = new TreeMap<>();
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
    Dataset<Row> newest =
        rows.groupBy("id").agg(max_by(struct(col("*")), col("number")).as("row")).select("row.*");
    for (Row row : newest.collectAsList()) {
      Registration registration = registration(row);
      registrations.put(registration.id(), registration);
      number = Math.max(number, row.<Long>getAs("number"));
    }
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
            row.getJavaMap(row.fieldIndex("properties"))));
  }

  /** How Spark reads it. */
  public String name() {
    return table.name();
  }

  /** What is registered, by id. */
  public SortedMap<String, Registration> registrations() {
    return Collections.unmodifiableSortedMap(registrations);
  }

  /**
   * Who applies.
   *
   * @param runId different for every run
   * @param by a person or a service
   * @param gitCommit what the definitions were in Git; null: nobody knows
   * @param environment its name
   * @param version Tidemark's
   */
  public record Applied(
      String runId,
      Instant at,
      String by,
      @Nullable String gitCommit,
      String environment,
      String version) {}

  /**
   * Registers in one commit.
   *
   * @return a conflict if anybody has committed since this object was made
   */
  public CommitOutcome add(List<Registration> all, Applied applied) {
    List<Row> rows = new ArrayList<>();
    all.forEach(each -> rows.add(row(each, number + 1, applied)));
    CommitMark mark =
        RunHistory.mark(
            applied.runId(), RunHistory.DATABASE + "." + TABLE, rows.size(), applied.version());
    return table.advance(
        session.createDataFrame(rows, SCHEMA).coalesce(1), base, null, mark.properties());
  }

  private static Row row(Registration of, long number, Applied applied) {
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
        applied.runId(),
        Timestamp.from(applied.at()),
        applied.by(),
        applied.gitCommit(),
        applied.environment(),
        applied.version());
  }
}
