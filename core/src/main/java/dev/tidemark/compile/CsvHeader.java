package dev.tidemark.compile;

import com.univocity.parsers.csv.CsvParser;
import dev.tidemark.definition.Location;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.hadoop.util.LineReader;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.csv.CSVExprUtils;
import org.apache.spark.sql.catalyst.csv.CSVOptions;
import org.apache.spark.sql.execution.datasources.csv.CSVUtils;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The column names in the header line of a CSV file, by Spark's own parser but without a job: a
 * project has hundreds of such files, and a job for one line takes longer than all else that is
 * done with it.
 */
final class CsvHeader {
  /** What has no line end by then is no header to be read on the driver. */
  private static final int LONGEST = 1 << 20;

  private CsvHeader() {}

  /**
   * Reads the first line that is neither empty nor a comment.
   *
   * @param path a URI
   * @return nothing where Spark must look itself: for a folder or a pattern, and for lines that do
   *     not end as lines do
   * @throws IOException if it can't be read
   */
  static Optional<List<String>> of(SparkSession session, Location.Files files, String path)
      throws IOException {
    Map<String, String> options = new HashMap<>(files.options());
    options.put("header", "true");
    CSVOptions csv =
        new CSVOptions(
            scala.collection.immutable.Map.from(CollectionConverters.asScala(options)),
            false,
            "UTC");
    boolean plain =
        !csv.multiLine()
            && csv.lineSeparatorInRead().isEmpty()
            && csv.charset().equalsIgnoreCase(StandardCharsets.UTF_8.name());
    Configuration hadoop = SparkPlans.classic(session).sessionState().newHadoopConf();
    Path file = new Path(path);
    FileSystem fileSystem = file.getFileSystem(hadoop);
    FileStatus[] found = plain ? fileSystem.globStatus(file) : null;
    if (found == null || found.length != 1 || !found[0].isFile()) {
      return Optional.empty();
    }
    boolean caseSensitive =
        SparkPlans.classic(session).sessionState().conf().caseSensitiveAnalysis();
    return line(fileSystem, found[0].getPath(), hadoop, csv)
        .map(
            line ->
                line.isEmpty()
                    ? List.of()
                    : List.of(
                        CSVUtils.makeSafeHeader(
                            new CsvParser(csv.asParserSettings()).parseLine(line),
                            caseSensitive,
                            csv)));
  }

  /** The header line, an empty one if the file has none; nothing if it does not end. */
  private static Optional<String> line(
      FileSystem fileSystem, Path file, Configuration hadoop, CSVOptions csv) throws IOException {
    CompressionCodec codec = new CompressionCodecFactory(hadoop).getCodec(file);
    try (InputStream stored = fileSystem.open(file);
        InputStream in = codec == null ? stored : codec.createInputStream(stored)) {
      LineReader lines = new LineReader(in, hadoop);
      Text text = new Text();
      for (int consumed = 0; consumed < LONGEST; ) {
        int length = lines.readLine(text, LONGEST, LONGEST);
        if (length == 0) {
          return Optional.of("");
        }
        String line = text.toString();
        if (consumed == 0 && line.startsWith("\uFEFF")) {
          line = line.substring(1);
        }
        consumed += length;
        scala.Option<String> header =
            consumed < LONGEST
                ? CSVExprUtils.extractHeader(
                    CollectionConverters.asScala(List.of(line).iterator()), csv)
                : scala.Option.empty();
        if (header.isDefined()) {
          return Optional.of(header.get());
        }
      }
      return Optional.empty();
    }
  }
}
