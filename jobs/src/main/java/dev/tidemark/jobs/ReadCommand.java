package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Planner;
import dev.tidemark.run.Runner;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints a built table. */
@CommandLine.Command(
    name = "read",
    description = {
      "Print a built training set or materialized view; with --latest a view's newest values, with "
          + "--scoring what was scored by a training set.",
      "",
      "It is read from the first provider that the environment writes to. csv has a header; json is "
          + "one object a line; times are UTC."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark read fraud.v1",
      "  tidemark read fraud.v1 --limit 100 --format json",
      "  tidemark read fraud.v1 --scoring",
      "  tidemark read customer_spend.v1 --latest",
      "  tidemark read fraud.v1 --limit 0 --format csv --out fraud.csv    all rows, to a file"
    })
final class ReadCommand implements Command {

  /** How rows are printed. */
  enum Format {
    table,
    csv,
    json
  }

  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      paramLabel = "NAME",
      description = "A training set or a feature view, such as fraud.v1.")
  String name = "";

  @Option(names = "--latest", description = "What `materialize --latest` wrote.")
  boolean latest;

  @Option(names = "--scoring", description = "What `build --scoring` wrote.")
  boolean scoring;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How many rows; 0 is all (default: 20).")
  int limit = 20;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "table, csv or json (default: table).")
  Format format = Format.table;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Print the rows to a file; it appears when it is complete.")
  @Nullable Path out;

  @Mixin private Who who = new Who();

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    if (limit < 0) {
      throw new RefusedException(Status.REFUSED, "--limit is how many rows, 0 for all");
    }
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    Resource resource = new Resources(project.definitions()).find(name);
    Stored stored = stored(resource, graph);
    new Admission(project, graph, who, report, spark).policy(List.of(resource.id()));
    Runner runner = spark.open(project, graph, report);
    Dataset<Row> table = runner.read(Tables.of(project, stored.table()).get(0));
    Dataset<Row> rows = limit == 0 ? table : Tables.first(table, stored.keys(), limit);
    Path file = out;
    if (file != null) {
      long count = toFile(rows, file);
      report.rows(count);
      report.say("%,d rows to %s".formatted(count, file));
    } else if (report.isJson()) {
      List<Map<String, @Nullable Object>> objects =
          rows.collectAsList().stream().map(Values::object).toList();
      report.rows(objects.size());
      report.document(objects);
    } else {
      Terminal terminal = report.terminal();
      report.rows(RowPrinter.print(rows, format, terminal.columns(), terminal.out()));
    }
  }

  /** A resource that has a table, with its key columns. */
  private record Stored(String table, List<String> keys) {}

  private Stored stored(Resource resource, Graph graph) {
    Optional<Stored> stored =
        resource.match(
            entity -> Optional.empty(),
            source -> Optional.empty(),
            transformation -> Optional.empty(),
            view ->
                Optional.ofNullable(graph.views().get(view.ref()))
                    .map(found -> new Stored(viewTable(view.ref()), Tables.keys(found))),
            label -> Optional.empty(),
            set ->
                Optional.ofNullable(graph.trainingSets().get(set.ref()))
                    .map(found -> new Stored(setTable(set.ref()), Tables.keys(found))),
            model -> Optional.empty());
    return stored.orElseThrow(
        () ->
            new RefusedException(
                Status.REFUSED,
                "%s has no table: only training sets and materialized views have"
                    .formatted(resource.id())));
  }

  private String viewTable(ResourceName view) {
    if (scoring) {
      throw new RefusedException(
          Status.REFUSED,
          "%s is a feature view, and --scoring is for training sets".formatted(view));
    }
    return latest ? Planner.latestTable(view) : Planner.table(view);
  }

  private String setTable(ResourceName set) {
    if (latest) {
      throw new RefusedException(
          Status.REFUSED, "%s is a training set, and --latest is for feature views".formatted(set));
    }
    return scoring ? Planner.scoringTable(set) : Planner.table(set);
  }

  /** The file appears under its name when it is complete. */
  private long toFile(Dataset<Row> rows, Path file) {
    Path target = file.toAbsolutePath();
    try {
      Files.createDirectories(target.getParent());
      Path part = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".part");
      try {
        long count;
        try (BufferedWriter writer = Files.newBufferedWriter(part)) {
          count = RowPrinter.print(rows, format, Terminal.DEFAULT_COLUMNS, writer);
        }
        Files.move(
            part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        return count;
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't write " + file, e);
    }
  }
}
