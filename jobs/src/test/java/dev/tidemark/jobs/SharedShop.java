package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.spark.sql.SparkSession;

/** A shop whose view is written to both formats by processes of their own, and what they left. */
final class SharedShop {
  private static final Path LAUNCHER = Subprocess.root().resolve("jobs/bin/tidemark");

  private final SparkSession spark;
  private final Path shop;

  /**
   * One of daily ticks.
   *
   * @param folder in which it is made
   */
  SharedShop(SparkSession spark, Path folder, String name) {
    this.spark = spark;
    this.shop = Cli.shop(folder.resolve(name));
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-01-01\" }");
    write("lake, delta");
  }

  private void write(String providers) {
    Cli.write(
        shop,
        "env/local.conf",
        """
        providers {
          lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = features }
          delta { format = delta, warehouse = ".tidemark/delta", database = features }
        }
        write-to = [%s]
        registry = lake
        spark { master = "local[2]", sql.shuffle.partitions = 2 }
        """
            .formatted(providers));
  }

  /** The project's folder. */
  Path folder() {
    return shop;
  }

  /** Runs a command in this process. */
  Cli tidemark(String command) {
    return Cli.run(spark, shop, command);
  }

  /** Starts a command in a process of its own, which prints to a file. */
  Process start(String command, Path log) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(LAUNCHER.toString()));
    arguments.addAll(List.of((command + " --project " + shop).split(" ", -1)));
    ProcessBuilder builder =
        new ProcessBuilder(arguments).redirectOutput(log.toFile()).directory(shop.toFile());
    builder.environment().put("TIDEMARK_HEAP", "700m");
    return builder.start();
  }

  /**
   * All rows, as text.
   *
   * @param first the provider that they are read from
   */
  String rows(String first) {
    write(first.equals("lake") ? "lake, delta" : "delta, lake");
    try {
      Cli read = tidemark("read customer_spend.v1 --limit 0 --format csv");
      return read.code() == 4 ? "" : sorted(read.exits(0).text());
    } finally {
      write("lake, delta");
    }
  }

  private static String sorted(String csv) {
    return String.join("\n", csv.lines().sorted().toList());
  }

  int icebergCommits() {
    Path table = shop.resolve(".tidemark/warehouse/features/customer_spend_v1");
    HadoopTables tables = new HadoopTables(new Configuration());
    return tables.exists(table.toString())
        ? (int)
            StreamSupport.stream(tables.load(table.toString()).snapshots().spliterator(), false)
                .count()
        : 0;
  }

  /** The first version makes the table, each other one commits an interval. */
  int deltaCommits() throws IOException {
    Path log = shop.resolve(".tidemark/delta/features/customer_spend_v1/_delta_log");
    if (!Files.exists(log)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(log)) {
      long versions =
          files.filter(file -> file.getFileName().toString().matches("[0-9]{20}[.]json")).count();
      return Math.max(0, (int) versions - 1);
    }
  }

  /** Rows of days that are there at all are all the rows of the day. */
  static void wholeDays(String rows, String expected, String told) {
    List<String> all = expected.lines().toList();
    List<String> found = rows.lines().toList();
    assertThat(all).as(told).containsAll(found);
    found.stream()
        .map(SharedShop::day)
        .distinct()
        .forEach(day -> assertThat(of(day, found)).as(told).isEqualTo(of(day, all)));
  }

  private static String day(String row) {
    return Stream.of(row.split(",", -1))
        .filter(cell -> cell.startsWith("2024-"))
        .findFirst()
        .orElse("");
  }

  private static List<String> of(String day, List<String> rows) {
    return rows.stream().filter(row -> day(row).equals(day)).toList();
  }
}
