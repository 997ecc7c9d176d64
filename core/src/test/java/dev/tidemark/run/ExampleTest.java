package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.TimestampType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example project, built for real and held against what DuckDB makes of the same files by other
 * ways ({@code conf/data/expected.py}).
 */
@SparkTest
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExampleTest {
  /** Sums of fractions differ in the last digits with the order of addition. */
  private static final double RELATIVE = 1e-9;

  private final SparkSession session;
  private final ObjectMapper mapper = new ObjectMapper();
  private Path folder = Path.of("");
  private JsonNode expected = mapper.createObjectNode();

  ExampleTest(SparkSession session) {
    this.session = session;
  }

  @BeforeAll
  void copyTheProject(@TempDir Path copy) throws IOException {
    folder = copy;
    Path conf = Path.of("..", "conf");
    Files.walkFileTree(
        conf,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path found, BasicFileAttributes attributes) {
            return found.endsWith(".tidemark")
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path found, BasicFileAttributes attributes)
              throws IOException {
            Path target = folder.resolve(conf.relativize(found).toString());
            Files.createDirectories(target.toAbsolutePath().getParent());
            Files.copy(found, target);
            return FileVisitResult.CONTINUE;
          }
        });
    // The tests' Iceberg catalog has its own warehouse; a database of our own keeps others' tables
    // apart.
    Path environment = folder.resolve("env/local.conf");
    Files.writeString(
        environment,
        Files.readString(environment).replace("database = features", "database = example"));
    expected = mapper.readTree(folder.resolve("data/expected.json").toFile());
  }

  private TaskReport build(String name) {
    Project project = ProjectReader.read(folder, "local");
    Graph graph = Graph.of(project.definitions());
    Task task = Planner.build(graph, project.environment(), List.of(name), null).tasks().get(0);
    return runner(graph).run(task);
  }

  private Runner runner(Graph graph) {
    return new Runner(
        session,
        folder,
        ProjectReader.read(folder, "local").environment(),
        graph,
        "test",
        what -> {});
  }

  private Dataset<Row> read(TaskReport.Written written) {
    Graph graph = Graph.of(ProjectReader.readDefinitions(folder));
    return runner(graph).read(written.target());
  }

  @Test
  void the_whole_training_set_is_what_duckdb_computes_in_iceberg_and_in_delta() {
    TaskReport report = build("delays.v1");
    assertThat(report.rows()).isEqualTo(expected.at("/delays.v1/rows").asLong());
    assertThat(report.tables()).hasSize(2);
    for (TaskReport.Written written : report.tables()) {
      Dataset<Row> rows = read(written);
      summary(rows, expected.path("delays.v1"));
      Map<String, Long> split = new TreeMap<>();
      rows.groupBy("split")
          .count()
          .collectAsList()
          .forEach(row -> split.put(row.getString(0), row.getLong(1)));
      assertThat(mapper.valueToTree(split).toString())
          .isEqualTo(expected.at("/delays.v1/split").toString());
      samples(rows, expected.at("/delays.v1/samples"));
    }
  }

  @Test
  void the_small_training_set_is_what_duckdb_computes() {
    summary(read(build("delays_small.v1").tables().get(0)), expected.path("delays_small.v1"));
  }

  @Test
  void a_view_materializes_as_a_training_set_sees_it() {
    Project project = ProjectReader.read(folder, "local");
    Graph graph = Graph.of(project.definitions());
    Task task =
        Planner.materialize(
                graph,
                project.environment(),
                List.of("airport_weather.v1"),
                new Interval(
                    Instant.parse("2013-03-10T06:00:00Z"), Instant.parse("2013-03-10T08:00:00Z")))
            .tasks()
            .get(0);
    TaskReport report = runner(graph).run(task);
    // Reports of 05:00 and 06:00 UTC as they are in the file: a report is out an hour later.
    TextTable.assertRows(
        read(report.tables().get(0)).select("airport", "event_time", "weather_temp"),
        """
        airport | event_time           | weather_temp
        EWR     | 2013-03-10T06:00:00Z | 39.02
        EWR     | 2013-03-10T07:00:00Z | 39.02
        JFK     | 2013-03-10T06:00:00Z | 35.06
        JFK     | 2013-03-10T07:00:00Z | 35.06
        LGA     | 2013-03-10T06:00:00Z | 39.02
        LGA     | 2013-03-10T07:00:00Z | 37.94
        """);
  }

  @Test
  void a_spine_without_label_keeps_cancelled_flights_and_is_scored_as_it_was_built() {
    Dataset<Row> trained = read(build("snow_day.v1").tables().get(0));
    summary(trained, expected.path("snow_day.v1"));
    assertThat(trained.where("tailnum IS NULL").count()).isEqualTo(55);
    Path keys = folder.resolve("asked.parquet");
    trained
        .select(
            "tailnum",
            "carrier",
            "airport",
            "flight",
            "event_time",
            "dest",
            "distance",
            "scheduled_minutes",
            "local_hour",
            "local_weekday")
        .coalesce(1)
        .write()
        .parquet(keys.toString());
    Dataset<Row> scored = score("2013-12-11T05:00:00Z", keys);
    TextTable.assertSame(scored, trained);
  }

  private Dataset<Row> score(String asOf, Path file) {
    Project project = ProjectReader.read(folder, "local");
    Graph graph = Graph.of(project.definitions());
    KeysFile keys = KeysFile.of(file.toUri().toString()).orElseThrow();
    // The training set with the label: its features are those of the day of snow.
    Task task =
        Planner.score(graph, project.environment(), List.of("delays.v1"), Instant.parse(asOf), keys)
            .tasks()
            .get(0);
    return read(runner(graph).run(task).tables().get(0));
  }

  /** Rows, and for each column the number and the sum of its values. */
  private static void summary(Dataset<Row> rows, JsonNode expected) {
    assertThat(rows.count()).isEqualTo(expected.path("rows").asLong());
    List<String> names = new ArrayList<>();
    expected.path("columns").fieldNames().forEachRemaining(names::add);
    assertThat(List.of(rows.columns())).containsAll(names);
    List<Column> aggregates = new ArrayList<>();
    for (String name : names) {
      boolean isText = expected.at("/columns/" + name).has("distinct");
      aggregates.add(functions.count(functions.col(name)));
      // Many exact distinct counts in one aggregation would multiply the rows by their number.
      aggregates.add(isText ? functions.lit(0) : total(name, rows.schema().apply(name).dataType()));
    }
    Row found =
        rows.agg(aggregates.get(0), aggregates.subList(1, aggregates.size()).toArray(Column[]::new))
            .first();
    for (int i = 0; i < names.size(); i++) {
      JsonNode column = expected.path("columns").path(names.get(i));
      assertThat(found.getLong(2 * i))
          .as("values of %s", names.get(i))
          .isEqualTo(column.path("not_null").asLong());
      String kind = column.has("sum") ? "sum" : column.has("minutes") ? "minutes" : "distinct";
      double sum = column.path(kind).asDouble();
      Object actual =
          kind.equals("distinct")
              ? Long.valueOf(rows.select(names.get(i)).na().drop().distinct().count())
              : found.get(2 * i + 1);
      assertThat(actual == null ? 0 : ((Number) actual).doubleValue())
          .as("%s of %s", kind, names.get(i))
          .isCloseTo(sum, within(Math.abs(sum) * RELATIVE));
    }
  }

  private static Column total(String name, DataType type) {
    Column column = functions.col(name);
    if (type instanceof TimestampType) {
      return functions.sum(functions.unix_seconds(column).divide(60));
    }
    if (type instanceof MapType) {
      return functions.sum(
          functions.aggregate(
              functions.map_values(column), functions.lit(0L), (left, right) -> left.plus(right)));
    }
    if (type instanceof BooleanType) {
      return functions.sum(column.cast("int"));
    }
    return functions.sum(column);
  }

  private void samples(Dataset<Row> rows, JsonNode samples) {
    assertThat(samples).isNotEmpty();
    for (JsonNode sample : samples) {
      Row row =
          rows.where(
                  functions
                      .col("carrier")
                      .equalTo(sample.path("carrier").asText())
                      .and(functions.col("flight").equalTo(sample.path("flight").asInt()))
                      .and(functions.col("airport").equalTo(sample.path("airport").asText()))
                      .and(
                          functions
                              .col("event_time")
                              .equalTo(
                                  functions.lit(
                                      Instant.parse(sample.path("event_time").asText())))))
              .first();
      for (Map.Entry<String, JsonNode> cell : sample.properties()) {
        same(row, cell.getKey(), cell.getValue(), sample);
      }
    }
  }

  private void same(Row row, String name, JsonNode expected, JsonNode sample) {
    Object value = row.getAs(name);
    String what = "%s of %s".formatted(name, sample);
    if (expected.isNull()) {
      assertThat(value).as(what).isNull();
    } else if (value instanceof Timestamp timestamp) {
      assertThat(timestamp.toInstant().toString()).as(what).isEqualTo(expected.asText());
    } else if (value instanceof Number number) {
      assertThat(number.doubleValue())
          .as(what)
          .isCloseTo(expected.asDouble(), within(Math.abs(expected.asDouble()) * RELATIVE));
    } else if (value instanceof scala.collection.Map<?, ?> map) {
      Map<String, Object> plain = new TreeMap<>();
      scala.jdk.javaapi.CollectionConverters.asJava(map)
          .forEach((key, count) -> plain.put(String.valueOf(key), count));
      try {
        assertThat(mapper.readTree(mapper.writeValueAsString(plain)))
            .as(what)
            .isEqualTo(mapper.readTree(expected.toString()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    } else {
      assertThat(String.valueOf(value)).as(what).isEqualTo(expected.asText());
    }
  }
}
