package dev.tidemark.compile;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Source;
import dev.tidemark.plan.InputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The rows of a source as they are stored, with the columns and types that are stored or declared.
 */
final class SourceReader {
  private static final Pattern WITH_SCHEME = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+:");

  private static final String VERSION = "versionAsOf";
  private static final String BASE_PATH = "basePath";

  /** Options by which a definition itself asks for a state, in lower case. */
  private static final Set<String> TIME_TRAVEL =
      Set.of("versionasof", "timestampasof", "snapshot-id", "as-of-timestamp", "tag", "branch");

  private final SparkSession session;
  private final Path root;
  private final Findings findings;
  private final Queries queries;
  private final PinnedSources sources;

  SourceReader(
      SparkSession session, Path root, Findings findings, Queries queries, PinnedSources sources) {
    this.session = session;
    this.root = root;
    this.findings = findings;
    this.queries = queries;
    this.sources = sources;
  }

  /** The rows at the source's one state; nothing after saying what is wrong or not there. */
  Optional<Dataset<Row>> read(Source source) {
    Optional<Dataset<Row>> rows = sources.read(session, source, () -> found(source));
    if (rows.isPresent() && sources.isUnpinned(source.ref())) {
      findings.warn(
          new Problem(
              source.location().origin(),
              "%s can't be read again as it is now".formatted(source.ref()),
              "its location names no state of itself; where a rebuild must give the same rows, copy it to an Iceberg or Delta table first"));
    }
    return rows;
  }

  private Optional<Dataset<Row>> found(Source source) {
    return source
        .location()
        .match(
            table -> table(source, table),
            files -> files(source, files),
            query -> queries.ofCatalog(query.sql(), source.ref().toString()));
  }

  private Optional<Dataset<Row>> table(Source source, Location.Table table) {
    try {
      return Optional.of(tableRows(source, table));
    } catch (Exception e) {
      return unreadable(e, source, table.origin(), "table `%s`".formatted(table.name()));
    }
  }

  private Dataset<Row> tableRows(Source source, Location.Table table) {
    Dataset<Row> now = session.table(table.name());
    Recorded recorded = sources.recorded();
    // A view has no versions; its tables have.
    return recorded == null || !isTable(SparkPlans.analyzed(now))
        ? now
        : recorded
            .only(source)
            .map(state -> session.read().option(VERSION, state.id()).table(table.name()))
            .orElse(now);
  }

  private static boolean isTable(LogicalPlan plan) {
    return plan instanceof SubqueryAlias alias ? isTable(alias.child()) : plan.children().isEmpty();
  }

  private Optional<Dataset<Row>> files(Source source, Location.Files files) {
    String what = "`%s`".formatted(files.path());
    try {
      String path = absolute(files.path());
      if (isEmpty(path)) {
        findings
            .missing()
            .add(
                files.origin(),
                "nothing at %s, which %s reads".formatted(what, source.ref()),
                "looked at %s; relative paths are relative to the project"
                    .formatted(path.replaceFirst("^file:", "")));
        return Optional.empty();
      }
      List<String> paths = pathsOf(source, files, path);
      return switch (files.format()) {
        case CSV -> csv(source, files, paths);
        case JSON -> Optional.of(json(source, files, paths));
        case PARQUET -> Optional.of(load(reader(files, paths), paths));
        case DELTA, ICEBERG -> Optional.of(versioned(source, files).load(path));
        case JDBC -> throw new IllegalStateException("refused by the plan: " + source.ref());
      };
    } catch (Exception e) {
      return unreadable(e, source, files.origin(), what);
    }
  }

  private DataFrameReader reader(Location.Files files) {
    return session
        .read()
        .format(files.format().name().toLowerCase(Locale.ROOT))
        .options(files.options());
  }

  private DataFrameReader versioned(Source source, Location.Files files) {
    DataFrameReader reader = reader(files);
    Recorded recorded = sources.recorded();
    boolean asked =
        files.options().keySet().stream()
            .anyMatch(option -> TIME_TRAVEL.contains(option.toLowerCase(Locale.ROOT)));
    return recorded == null || asked
        ? reader
        : recorded.only(source).map(state -> reader.option(VERSION, state.id())).orElse(reader);
  }

  /**
   * What to give to Spark: the path, or the files that were there once, whatever has come since.
   * Where the path is a pattern of folders, Spark must find their partitions by itself.
   */
  private List<String> pathsOf(Source source, Location.Files files, String path)
      throws IOException {
    Recorded recorded = sources.recorded();
    org.apache.hadoop.fs.Path pattern = new org.apache.hadoop.fs.Path(path);
    boolean plain =
        files.format() != Location.Format.DELTA && files.format() != Location.Format.ICEBERG;
    if (recorded == null || !plain || !isFolder(pattern)) {
      return List.of(path);
    }
    return Stream.concat(
            Stream.of(path),
            recorded.files(source).stream().map(InputFile::path).map(SourceReader::literal))
        .toList();
  }

  private boolean isFolder(org.apache.hadoop.fs.Path path) throws IOException {
    FileSystem fileSystem =
        path.getFileSystem(SparkPlans.classic(session).sessionState().newHadoopConf());
    return fileSystem.exists(path) && fileSystem.getFileStatus(path).isDirectory();
  }

  /** A file's URI as a path that Spark does not take for a pattern. */
  private static String literal(String uri) {
    return new org.apache.hadoop.fs.Path(java.net.URI.create(uri))
        .toString()
        .replaceAll("[\\\\{}\\[\\]*?]", "\\\\$0");
  }

  /**
   * Of a folder and some of its files, the files, with the partitions that the folder gives them.
   */
  private DataFrameReader reader(Location.Files files, List<String> paths) {
    boolean own =
        files.options().keySet().stream().anyMatch(option -> option.equalsIgnoreCase(BASE_PATH));
    return paths.size() == 1 || own ? reader(files) : reader(files).option(BASE_PATH, paths.get(0));
  }

  private static Dataset<Row> load(DataFrameReader reader, List<String> paths) {
    return paths.size() == 1
        ? reader.load(paths.get(0))
        : reader.load(CollectionConverters.asScala(paths.subList(1, paths.size())).toSeq());
  }

  /** A URI; what is relative to the project is local, whatever file system a cluster prefers. */
  String absolute(String path) {
    return WITH_SCHEME.matcher(path).lookingAt()
        ? path
        : "file:" + root.resolve(path).toAbsolutePath().normalize();
  }

  private boolean isEmpty(String path) throws IOException {
    org.apache.hadoop.fs.Path pattern = new org.apache.hadoop.fs.Path(path);
    FileSystem fileSystem =
        pattern.getFileSystem(SparkPlans.classic(session).sessionState().newHadoopConf());
    FileStatus[] found = fileSystem.globStatus(pattern);
    if (found == null) {
      return true;
    }
    for (FileStatus status : found) {
      if (!status.isDirectory() || fileSystem.listStatusIterator(status.getPath()).hasNext()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Every column is found by its name in the header line, in whatever order, and read by us: Spark
   * would make null of what it can't read.
   */
  private Optional<Dataset<Row>> csv(Source source, Location.Files files, List<String> paths)
      throws IOException {
    Optional<List<String>> header =
        paths.size() == 1 ? CsvHeader.of(session, files, paths.get(0)) : Optional.empty();
    List<String> names =
        header.orElseGet(
            () ->
                Arrays.asList(
                    load(reader(files, paths).option("header", "true"), paths).columns()));
    StructType texts = new StructType();
    for (String name : names) {
      texts = texts.add(name, DataTypes.StringType);
    }
    boolean right = true;
    for (Column column : files.schema()) {
      if (names.stream().noneMatch(name -> name.equalsIgnoreCase(column.name()))) {
        findings
            .mistakes()
            .addNearest(
                column.origin(),
                "no column `%s` in the header line of `%s`".formatted(column.name(), files.path()),
                column.name(),
                names);
        right = false;
      }
    }
    if (!right) {
      return Optional.empty();
    }
    Dataset<Row> rows =
        load(
            reader(files, paths)
                .schema(texts)
                .option("header", "true")
                .option("enforceSchema", "false")
                // A line that is too short is only noticed where all of its columns are read.
                .option("columnPruning", "false")
                .option("mode", "FAILFAST"),
            paths);
    return typed(source, files, rows);
  }

  private Dataset<Row> json(Source source, Location.Files files, List<String> paths) {
    StructType texts = new StructType();
    for (Column column : files.schema()) {
      DataType type = declared(column);
      texts = texts.add(column.name(), isNested(type) ? type : DataTypes.StringType);
    }
    Dataset<Row> rows = load(reader(files, paths).schema(texts).option("mode", "FAILFAST"), paths);
    return typed(source, files, rows).orElse(rows);
  }

  private Optional<Dataset<Row>> typed(Source source, Location.Files files, Dataset<Row> rows) {
    String zone = source.time().timeZone() == null ? null : source.time().timeZone().name();
    List<org.apache.spark.sql.Column> columns = new ArrayList<>();
    for (Column column : files.schema()) {
      DataType type = declared(column);
      org.apache.spark.sql.Column stored = SparkPlans.named(column.name());
      org.apache.spark.sql.Column typed =
          isNested(type)
              ? stored
              : TextColumns.typed(
                  stored, type, column.name(), zone, source.ref() + " (" + files.path() + ")");
      columns.add(typed.as(column.name()));
    }
    return Optional.of(rows.select(SparkPlans.columns(columns)));
  }

  /** The declared type; a wrong one is told once and read as text. */
  DataType declared(Column column) {
    try {
      return DataType.fromDDL(column.type());
    } catch (Exception e) {
      findings
          .mistakes()
          .add(
              column.origin(),
              "`%s` is no type of Spark SQL".formatted(column.type()),
              "such as bigint, double, decimal(12,2), string, boolean, date or timestamp");
      return DataTypes.StringType;
    }
  }

  private static boolean isNested(DataType type) {
    return type instanceof StructType || type instanceof ArrayType || type instanceof MapType;
  }

  private Optional<Dataset<Row>> unreadable(
      Exception e, Source source, @Nullable Origin origin, String what) {
    findings
        .missing()
        .add(
            origin,
            "%s, which %s reads, is not there or can't be read".formatted(what, source.ref()),
            SqlErrors.brief(told(e)));
    return Optional.empty();
  }

  /** A job's failure says where it ran; what is wrong with the file is said by its cause. */
  private static Throwable told(Throwable failure) {
    Throwable told = failure;
    if (String.valueOf(failure.getMessage()).startsWith("Job aborted")) {
      while (told.getCause() != null) {
        told = told.getCause();
      }
    }
    return told;
  }
}
