package dev.tidemark.catalogs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Provider;
import dev.tidemark.run.TaskReport;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers that are not Spark find what Spark wrote, values and types: PyIceberg, delta-rs, DuckDB
 * and Polars, wherever the machine is.
 */
@Tag("python")
class ReadersTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void every_reader_finds_the_same_rows_in_every_time_zone() throws IOException {
    Path expected = folder.resolve("expected.json");
    Files.writeString(expected, written());
    PythonReaders readers = PythonReaders.install();
    for (String zone : List.of("UTC", "Asia/Tokyo", "America/Los_Angeles")) {
      assertThat(readers.run(zone, expected)).as(zone).endsWith("equal: 2 tables\n");
    }
  }

  /** Builds and materializes, and tells what is there, for the script. */
  private String written() throws IOException {
    String lake = Files.createDirectories(folder.resolve("lake")).toString();
    Shop shop =
        new Shop(
            folder,
            Documented.environment("Iceberg with SQLite", Map.of("/lake", lake))
                + Documented.environment("Delta by path", Map.of("/lake", lake)));
    List<String> tables = new ArrayList<>();
    shop.command(
        commands -> {
          tables.add(told(commands, commands.build()));
          commands.materialize("2024-03-01", "2024-03-05");
          // Merged, sorted and clustered files, and then commits over a part of them.
          commands.maintain();
          tables.add(told(commands, commands.materialize("2024-03-02", "2024-03-13")));
        });
    return """
        {"iceberg": {"catalog": "lake", "uri": "sqlite:///%s/catalog.db"}, "tables": [%s]}
        """
        .formatted(lake, String.join(",\n", tables));
  }

  private static String told(Shop.Commands commands, TaskReport report) {
    TaskReport.Written iceberg = written(report, Provider.TableFormat.ICEBERG);
    TaskReport.Written delta = written(report, Provider.TableFormat.DELTA);
    Dataset<Row> rows = commands.read(delta.target());
    TextTable.assertSame(commands.read(iceberg.target()), rows);
    return """
        {"iceberg": "%s", "delta": "%s", "columns": [%s], "rows": [%s]}"""
        .formatted(
            iceberg.table().replaceFirst("^lake\\.", ""), delta.table(), columns(rows), json(rows));
  }

  private static TaskReport.Written written(TaskReport report, Provider.TableFormat format) {
    return report.tables().stream()
        .filter(table -> table.target().provider().format() == format)
        .findFirst()
        .orElseThrow();
  }

  private static String columns(Dataset<Row> rows) {
    return Arrays.stream(rows.schema().fields())
        .map(
            field ->
                "{\"name\": \"%s\", \"type\": \"%s\"}"
                    .formatted(field.name(), field.dataType().simpleString()))
        .collect(Collectors.joining(", "));
  }

  private static String json(Dataset<Row> rows) {
    return rows
        .select(
            functions.to_json(
                functions.struct(functions.col("*")),
                Map.of("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX")))
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .collect(Collectors.joining(",\n"));
  }
}
