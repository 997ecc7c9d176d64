package dev.tidemark.store;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.skipping.clustering.ClusteringColumnInfo;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** What the metadata of a Delta table says of its upkeep. */
final class DeltaSettings {
  /** How long Delta's own writers leave the log, from which a version is read. */
  static final String LOG_RETENTION = "delta.logRetentionDuration";

  /** A pinned version may be of any age; upkeep shortens the log, and knows the pins. */
  static final String FOR_EVER = "interval 36500 days";

  /** For how long others' VACUUM leaves files that no current version has. */
  private static final String FILE_RETENTION = "delta.deletedFileRetentionDuration";

  private static final Pattern DAYS = Pattern.compile("interval (\\d{1,6}) days");

  /** Delta's own limit. */
  private static final int MOST_COLUMNS = 4;

  private DeltaSettings() {}

  /** Clusters what is written from now on by columns, the last of which is the time. */
  static void cluster(SparkSession session, DeltaLog log, List<String> columns) {
    Snapshot now = DeltaCommits.newest(log);
    List<String> wanted = clusterable(now.metadata().schema(), columns);
    boolean isPartitioned = !now.metadata().partitionColumns().isEmpty();
    // Asked last, since Delta reads the whole log for it.
    if (!wanted.isEmpty()
        && !isPartitioned
        && !CollectionConverters.asJava(ClusteringColumnInfo.extractLogicalNames(now))
            .equals(wanted)) {
      session.sql(
          "ALTER TABLE %s CLUSTER BY (%s)"
              .formatted(
                  name(log),
                  wanted.stream().map(Columns::quoted).collect(Collectors.joining(", "))));
    }
  }

  /** Those columns whose bounds Delta keeps; the time is more telling than a fourth key. */
  static List<String> clusterable(StructType schema, List<String> columns) {
    List<String> all = new ArrayList<>();
    for (String column : columns) {
      for (StructField field : schema.fields()) {
        if (field.name().equals(column) && isOrdered(field.dataType())) {
          all.add(column);
        }
      }
    }
    while (all.size() > MOST_COLUMNS) {
      all.remove(all.size() - 2);
    }
    return all;
  }

  private static boolean isOrdered(DataType type) {
    return !(type instanceof BooleanType
        || type instanceof BinaryType
        || type instanceof StructType
        || type.catalogString().startsWith("array")
        || type.catalogString().startsWith("map"));
  }

  /**
   * Keeps the log, and lets others' VACUUM leave what pinned versions have.
   *
   * @param days how old the oldest pinned version is
   */
  static void retain(SparkSession session, DeltaLog log, long days) {
    scala.collection.immutable.Map<String, String> there =
        DeltaCommits.newest(log).metadata().configuration();
    Option<String> files = there.get(FILE_RETENTION);
    long now = files.isDefined() ? days(files.get()) : 0;
    // A margin, so that a table gets a commit for this every month, and not every day.
    boolean isOff = days > 0 && (now < days + 30 || now > days + 90);
    if (there.get(LOG_RETENTION).contains(FOR_EVER) && !isOff) {
      return;
    }
    List<String> properties = new ArrayList<>();
    // Delta holds the one against the other only where both are said.
    properties.add(property(LOG_RETENTION, FOR_EVER));
    if (isOff) {
      properties.add(property(FILE_RETENTION, "interval %d days".formatted(days + 60)));
    }
    session.sql(
        "ALTER TABLE %s SET TBLPROPERTIES (%s)"
            .formatted(name(log), String.join(", ", properties)));
  }

  private static String property(String name, String value) {
    return "'%s' = '%s'".formatted(name, value);
  }

  private static long days(String interval) {
    Matcher days = DAYS.matcher(interval);
    return days.matches() ? Long.parseLong(days.group(1)) : 0;
  }

  /** The table in SQL. */
  static String name(DeltaLog log) {
    return "delta." + Columns.quoted(log.dataPath().toString());
  }
}
