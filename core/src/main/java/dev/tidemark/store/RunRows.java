package dev.tidemark.store;

import dev.tidemark.definition.Kind;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Interval;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** Records of the run history as rows of its table. */
final class RunRows {
  private static final StructType INPUT =
      new StructType()
          .add("source", DataTypes.StringType)
          .add("location", DataTypes.StringType)
          .add("kind", DataTypes.StringType)
          .add("id", DataTypes.StringType);

  private static final StructType TABLE =
      new StructType()
          .add("provider", DataTypes.StringType)
          .add("name", DataTypes.StringType)
          .add("format", DataTypes.StringType)
          .add("table_id", DataTypes.StringType)
          .add("snapshot", DataTypes.StringType);

  static final StructType SCHEMA =
      new StructType()
          .add("run_id", DataTypes.StringType)
          .add("task_id", DataTypes.StringType)
          .add("resource", DataTypes.StringType)
          .add("definition", DataTypes.StringType)
          .add("parts", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType))
          .add("interval_start", DataTypes.TimestampType)
          .add("interval_end", DataTypes.TimestampType)
          .add("inputs", DataTypes.createArrayType(INPUT))
          .add("tables", DataTypes.createArrayType(TABLE))
          .add("rows", DataTypes.LongType)
          .add("version", DataTypes.StringType)
          .add("committed_at", DataTypes.TimestampType)
          .add("manifest", DataTypes.StringType);

  private RunRows() {}

  static Row of(RunRecord run) {
    Interval interval = run.interval();
    return RowFactory.create(
        run.runId(),
        run.taskId(),
        run.resource(),
        run.definition().sha256(),
        new TreeMap<>(run.parts()),
        interval == null ? null : Timestamp.from(interval.start()),
        interval == null ? null : Timestamp.from(interval.end()),
        run.inputs().stream()
            .map(
                input ->
                    RowFactory.create(
                        input.source().toString(),
                        input.location(),
                        input.kind().name(),
                        input.id()))
            .toList(),
        run.tables().stream()
            .map(
                table ->
                    RowFactory.create(
                        table.provider(),
                        table.name(),
                        table.format(),
                        table.tableId(),
                        table.snapshot()))
            .toList(),
        run.rows(),
        run.version(),
        Timestamp.from(run.committedAt()),
        run.manifest());
  }

  static RunRecord record(Row row) {
    return new RunRecord(
        row.getAs("run_id"),
        row.getAs("task_id"),
        row.getAs("resource"),
        new Fingerprint(row.getAs("definition")),
        row.getJavaMap(row.fieldIndex("parts")),
        interval(row.getAs("interval_start"), row.getAs("interval_end")),
        structs(row, "inputs").stream().map(RunRows::input).toList(),
        structs(row, "tables").stream().map(RunRows::table).toList(),
        row.<Long>getAs("rows"),
        row.getAs("version"),
        row.<Timestamp>getAs("committed_at").toInstant(),
        row.getAs("manifest"));
  }

  private static @Nullable Interval interval(@Nullable Timestamp start, @Nullable Timestamp end) {
    return start == null || end == null ? null : new Interval(start.toInstant(), end.toInstant());
  }

  private static List<Row> structs(Row row, String column) {
    scala.collection.Seq<Row> structs = row.getAs(column);
    return new ArrayList<>(CollectionConverters.asJava(structs));
  }

  private static InputSnapshot input(Row row) {
    return new InputSnapshot(
        name(row.getAs("source")),
        row.getAs("location"),
        InputSnapshot.Kind.valueOf(row.getAs("kind")),
        row.getAs("id"));
  }

  /** {@code kind.name.variant}. */
  static ResourceName name(String text) {
    String[] parts = text.split("\\.", 3);
    for (Kind kind : Kind.values()) {
      if (kind.key().equals(parts[0])) {
        return new ResourceName(kind, parts[1], parts[2]);
      }
    }
    throw new IllegalStateException("no name of a resource: " + text);
  }

  private static RunRecord.TableCommit table(Row row) {
    return new RunRecord.TableCommit(
        row.getAs("provider"),
        row.getAs("name"),
        row.getAs("format"),
        row.getAs("table_id"),
        row.getAs("snapshot"));
  }
}
