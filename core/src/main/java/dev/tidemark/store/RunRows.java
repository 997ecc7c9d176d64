package dev.tidemark.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.FinishedInterval;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.PastDefinition;
import dev.tidemark.plan.RunOverview;
import dev.tidemark.plan.TaskMetrics;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** Records of the run history as rows of its table, and what is asked of it from its rows. */
final class RunRows {
  private static final ObjectMapper JSON = new ObjectMapper();

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
          .add("manifest", DataTypes.StringType)
          .add("seconds", DataTypes.DoubleType)
          .add("rows_read", DataTypes.LongType)
          .add("bytes_read", DataTypes.LongType)
          .add("rows_written", DataTypes.LongType)
          .add("bytes_written", DataTypes.LongType)
          .add("executor_seconds", DataTypes.DoubleType)
          .add("cpu_seconds", DataTypes.DoubleType)
          .add("metrics", DataTypes.StringType);

  private RunRows() {}

  /** What those columns hold which version 0.1 did not have at first; null: of unknown cost. */
  private static <T> @Nullable T cost(RunRecord run, Function<TaskMetrics, T> of) {
    TaskMetrics cost = run.cost();
    return cost == null ? null : of.apply(cost);
  }

  private static String json(TaskMetrics cost) {
    try {
      return JSON.writeValueAsString(cost.fields());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not to be written as JSON: " + cost, e);
    }
  }

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
        run.manifest(),
        cost(run, TaskMetrics::seconds),
        cost(run, TaskMetrics::rowsRead),
        cost(run, TaskMetrics::bytesRead),
        cost(run, TaskMetrics::rowsWritten),
        cost(run, TaskMetrics::bytesWritten),
        cost(run, TaskMetrics::executorSeconds),
        cost(run, TaskMetrics::cpuSeconds),
        cost(run, RunRows::json));
  }

  /**
   * The intervals of one run.
   *
   * @param row of {@code run_id}, {@code definition}, {@code parts} as sorted entries, {@code
   *     inputs} and {@code intervals}
   */
  static List<FinishedInterval> finished(Row row) {
    Fingerprint definition = new Fingerprint(row.getAs("definition"));
    Map<String, String> parts = parts(row);
    List<InputSnapshot> inputs = structs(row, "inputs").stream().map(RunRows::input).toList();
    String runId = row.getAs("run_id");
    return structs(row, "intervals").stream()
        .map(each -> new FinishedInterval(interval(each), runId, definition, parts, inputs))
        .toList();
  }

  /**
   * What a run cost, of a row that has all columns.
   *
   * @return null where it is not known, as in rows of a table that has no such columns yet
   */
  static RunOverview.@Nullable Cost cost(Row row) {
    if (row.schema().getFieldIndex("seconds").isEmpty()
        || row.isNullAt(row.fieldIndex("seconds"))) {
      return null;
    }
    return new RunOverview.Cost(
        row.<Double>getAs("seconds"),
        row.<Long>getAs("rows_read"),
        row.<Long>getAs("bytes_read"),
        row.<Long>getAs("rows_written"),
        row.<Long>getAs("bytes_written"),
        row.<Double>getAs("executor_seconds"),
        row.<Double>getAs("cpu_seconds"));
  }

  /** A row of the table that is of no interval. */
  static RunRecord whole(Row row) {
    return new RunRecord(
        row.getAs("run_id"),
        row.getAs("task_id"),
        row.getAs("resource"),
        new Fingerprint(row.getAs("definition")),
        row.getJavaMap(row.fieldIndex("parts")),
        null,
        structs(row, "inputs").stream().map(RunRows::input).toList(),
        structs(row, "tables").stream().map(RunRows::table).toList(),
        row.<Long>getAs("rows"),
        row.getAs("version"),
        row.<Timestamp>getAs("committed_at").toInstant(),
        row.getAs("manifest"));
  }

  /**
   * One definition.
   *
   * @param row of {@code definition}, {@code parts} as sorted entries, {@code first} and {@code
   *     outside}
   */
  static PastDefinition definition(Row row) {
    return new PastDefinition(
        new Fingerprint(row.getAs("definition")),
        parts(row),
        interval(row.getAs("first")),
        row.<Long>getAs("outside"));
  }

  private static Map<String, String> parts(Row row) {
    Map<String, String> parts = new TreeMap<>();
    structs(row, "parts").forEach(part -> parts.put(part.getString(0), part.getString(1)));
    return Map.copyOf(parts);
  }

  private static Interval interval(Row row) {
    return new Interval(row.getTimestamp(0).toInstant(), row.getTimestamp(1).toInstant());
  }

  private static List<Row> structs(Row row, String column) {
    scala.collection.Seq<Row> structs = row.getAs(column);
    return new ArrayList<>(CollectionConverters.asJava(structs));
  }

  private static InputSnapshot input(Row row) {
    return new InputSnapshot(
        ResourceName.of(row.getAs("source")),
        row.getAs("location"),
        InputSnapshot.Kind.valueOf(row.getAs("kind")),
        row.getAs("id"));
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
