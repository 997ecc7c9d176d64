package dev.tidemark.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tidemark.local.DirectFileSystem;
import dev.tidemark.pit.PointInTimeExtensions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The bench's command line. Exits with 1 if anybody failed, or results are not the same. */
@Command(
    name = "bench",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = "Measures Tidemark's engine beside Spark SQL and DuckDB.")
public final class Bench implements Callable<Integer> {
  private static final String DEFAULT = "  (default: ${DEFAULT-VALUE})";

  @Option(names = "--events", defaultValue = "10000000", description = "rows of events" + DEFAULT)
  private long events;

  @Option(names = "--spine", defaultValue = "1000000", description = "rows of the spine" + DEFAULT)
  private long spine;

  @Option(
      names = "--keys",
      split = ",",
      defaultValue = "100000,2000",
      description = "how many keys; each number is measured" + DEFAULT)
  private List<Long> keys = List.of();

  @Option(
      names = "--skew",
      defaultValue = "0",
      description = "exponent of Zipf's law for keys; 0: none" + DEFAULT)
  private double skew;

  @Option(
      names = "--workloads",
      split = ",",
      converter = WorkloadConverter.class,
      defaultValue =
          "windows,asof,three-views,three-sources,double-events,double-spine,double-windows,hot-key,few-keys,groups",
      description = "what to measure" + DEFAULT)
  private List<Workload> workloads = List.of();

  @Option(
      names = "--rivals",
      split = ",",
      converter = RivalConverter.class,
      defaultValue = "tidemark,spark,duckdb",
      description = "whom to measure" + DEFAULT)
  private Set<Grid.Rival> rivals = Set.of();

  @Option(names = "--runs", defaultValue = "5", description = "runs that count" + DEFAULT)
  private int runs;

  @Option(
      names = "--warm-up",
      defaultValue = "1",
      description = "runs before, that do not" + DEFAULT)
  private int warmUp;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "cancels a run that takes longer" + DEFAULT)
  private int timeout;

  @Option(names = "--threads", defaultValue = "2", description = "of each engine" + DEFAULT)
  private int threads;

  @Option(
      names = "--partitions",
      defaultValue = "8",
      description = "into which Spark shuffles" + DEFAULT)
  private int partitions;

  @Option(
      names = "--sink",
      defaultValue = "PARQUET",
      description =
          "parquet: results are written; memory: they are computed and, in the runs that count, not written"
              + DEFAULT)
  private Grid.Sink sink = Grid.Sink.PARQUET;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${sys:bench.home:-bench}/data",
      description = "keeps generated tables, and results for a while" + DEFAULT)
  private Path data = Path.of("bench/data");

  @Option(names = "--out", paramLabel = "FILE", description = "writes what was found as JSON")
  private @Nullable Path out;

  @Option(names = "--markdown", paramLabel = "FILE", description = "writes the table as Markdown")
  private @Nullable Path markdown;

  @Option(
      names = "--smoke",
      description = "tiny tables, one run, every workload and rival: does it all still work?")
  private boolean smoke;

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** As {@link #main}, without ending the process. */
  static int run(String... arguments) {
    return new CommandLine(new Bench())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(arguments);
  }

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    Grid grid =
        smoke
            ? Grid.smoke()
            : new Grid(
                events,
                spine,
                keys,
                skew,
                workloads,
                rivals,
                runs,
                warmUp,
                timeout,
                threads,
                partitions,
                sink);
    Results results = measure(grid);
    if (out != null) {
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(out.toFile(), results);
    }
    Report report = new Report(results);
    if (markdown != null) {
      Files.writeString(markdown, report.markdown());
    }
    System.out.print(report.text());
    System.out.flush();
    return results.isSound() ? 0 : 1;
  }

  private Results measure(Grid grid) throws IOException, InterruptedException, SQLException {
    Path root = data.toAbsolutePath();
    Files.createDirectories(root);
    try (SparkSession session = session(grid, root);
        Duck duck =
            new Duck(grid.threads(), Runtime.getRuntime().maxMemory(), root.resolve("spill"))) {
      Results.Setting setting =
          new Results.Setting(
              Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
              System.getProperty("os.name") + " " + System.getProperty("os.arch"),
              Runtime.getRuntime().availableProcessors(),
              Runtime.getRuntime().maxMemory() >> 20,
              System.getProperty("java.version"),
              session.version(),
              duck.version());
      Formulations formulations =
          new Formulations(session, duck, new Tables(session, duck, root), grid);
      List<Cell> cells = new ArrayList<>();
      for (Workload workload : grid.workloads()) {
        for (long count : grid.keys()) {
          Tables.Keys drawn = new Tables.Keys(count, grid.skew());
          cells.add(cell(grid, workload, drawn, formulations, duck, root.resolve("results")));
        }
      }
      return new Results(setting, grid, cells);
    }
  }

  private static Cell cell(
      Grid grid,
      Workload workload,
      Tables.Keys keys,
      Formulations formulations,
      Duck duck,
      Path folder)
      throws IOException, InterruptedException, SQLException {
    Question question = formulations.question(workload, keys);
    List<Formulation> all = formulations.of(workload, keys);
    Trials trials = new Trials(grid, folder, System.err);
    List<Times> times = trials.run("%s, %d keys".formatted(workload.label(), keys.count()), all);
    List<Agreement> agreements = agreements(question, all, times, trials, duck);
    Trials.delete(folder);
    List<Bar.Verdict> bars =
        Bar.ALL.stream()
            .filter(bar -> bar.isFor(workload, keys.count()))
            .map(bar -> bar.verdict(times))
            .toList();
    return new Cell(
        workload.label(), keys.count(), question.spine().rows(), times, agreements, bars);
  }

  private static List<Agreement> agreements(
      Question question, List<Formulation> all, List<Times> times, Trials trials, Duck duck)
      throws SQLException {
    List<Formulation> answers = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (times.get(i).isMeasured() && all.get(i).answers() == Formulation.Answers.THE_QUESTION) {
        answers.add(all.get(i));
      }
    }
    // Tidemark is the first; with itself it is compared for the number of its rows.
    if (answers.isEmpty() || !answers.get(0).name().equals(Formulations.TIDEMARK)) {
      return List.of();
    }
    Path tidemark = trials.output(answers.get(0));
    List<Agreement> agreements = new ArrayList<>();
    for (Formulation answer : answers) {
      agreements.add(Agreement.of(duck, question, answer.name(), trials.output(answer), tidemark));
    }
    return agreements;
  }

  private static SparkSession session(Grid grid, Path root) {
    SparkSession.Builder builder = SparkSession.builder();
    DirectFileSystem.SETTINGS.forEach(builder::config);
    return builder
        .master("local[%d]".formatted(grid.threads()))
        .appName("tidemark-bench")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", root.resolve("spill").toString())
        .config("spark.sql.warehouse.dir", root.resolve("warehouse").toUri().toString())
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", String.valueOf(grid.partitions()))
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .config("spark.sql.extensions", PointInTimeExtensions.class.getName())
        .getOrCreate();
  }

  /** Names as {@link Workload#label} has them. */
  static final class WorkloadConverter implements ITypeConverter<Workload> {
    @Override
    public Workload convert(String value) {
      return named(value, Workload.values(), Workload::label);
    }
  }

  /** Names as {@link Grid.Rival#label} has them. */
  static final class RivalConverter implements ITypeConverter<Grid.Rival> {
    @Override
    public Grid.Rival convert(String value) {
      return named(value, Grid.Rival.values(), Grid.Rival::label);
    }
  }

  private static <T> T named(String value, T[] all, Function<T, String> name) {
    return Arrays.stream(all)
        .filter(each -> name.apply(each).equals(value.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "no `%s`; there are %s"
                        .formatted(
                            value, String.join(", ", Arrays.stream(all).map(name).toList()))));
  }
}
