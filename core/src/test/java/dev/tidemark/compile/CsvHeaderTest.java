package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Location;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spark's own look at the file is the oracle. */
@SparkTest
class CsvHeaderTest {
  private static final Origin HERE = new Origin(new SourceFile("test.conf", ""), 1, 1, 1);
  private final SparkSession spark;

  @TempDir Path folder;

  CsvHeaderTest(SparkSession spark) {
    this.spark = spark;
  }

  private Optional<List<String>> header(Path path, Map<String, String> options) throws IOException {
    return CsvHeader.of(
        spark,
        new Location.Files(path.toString(), Location.Format.CSV, List.of(), options, HERE, HERE),
        path.toUri().toString());
  }

  private void isAsSparkHasIt(Path file, Map<String, String> options) throws IOException {
    String[] expected =
        spark.read().options(options).option("header", "true").csv(file.toString()).columns();
    assertThat(header(file, options)).hasValue(List.of(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id,at\n1,2\n",
        "id,at\r\n1,2\r\n",
        "id,at",
        "\n  \n\nid,at\n1,2\n",
        "\uFEFFid,at\n1,2\n",
        "\"a, b\",\"say \"\"so\"\"\",c d\n1,2,3\n",
        "id,ID,,at,\n1,2,3,4,5\n",
        " id , at \n1,2\n",
        "größe,日付\n1,2\n"
      })
  void the_names_are_those_that_spark_finds(String text) throws IOException {
    isAsSparkHasIt(Files.writeString(folder.resolve("a.csv"), text), Map.of());
  }

  @Test
  void options_count_for_the_header_too() throws IOException {
    Path file = Files.writeString(folder.resolve("a.csv"), "# a comment\nid;'a;b'\n1;2\n");
    isAsSparkHasIt(file, Map.of("sep", ";", "comment", "#", "quote", "'"));
    isAsSparkHasIt(file, Map.of("SEP", ";"));
  }

  @Test
  void a_compressed_file_is_read() throws IOException {
    Path file = folder.resolve("a.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("id,at\n1,2\n".getBytes(StandardCharsets.UTF_8));
    }
    isAsSparkHasIt(file, Map.of());
  }

  @Test
  void an_empty_file_has_no_columns() throws IOException {
    isAsSparkHasIt(Files.writeString(folder.resolve("a.csv"), ""), Map.of());
  }

  @Test
  void what_is_not_one_file_of_plain_lines_is_left_to_spark() throws IOException {
    Path file = Files.writeString(folder.resolve("a.csv"), "id,at\n1,2\n");
    assertThat(header(folder, Map.of())).isEmpty();
    assertThat(header(file, Map.of("multiLine", "true"))).isEmpty();
    assertThat(header(file, Map.of("lineSep", "|"))).isEmpty();
    assertThat(header(file, Map.of("encoding", "UTF-16"))).isEmpty();
    Path endless = Files.writeString(folder.resolve("b.csv"), "x".repeat(1 << 21));
    assertThat(header(endless, Map.of())).isEmpty();
  }
}
