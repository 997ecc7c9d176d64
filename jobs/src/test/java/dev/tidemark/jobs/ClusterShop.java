package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * A shop whose view reads some files of payments through {@link Gate}, and is written to both
 * formats, in a folder that all processes of a cluster see.
 */
final class ClusterShop {
  static final String MATERIALIZE =
      "materialize customer_spend.v1 --start 2024-03-06 --end 2024-03-08";
  static final String BUILD = "build fraud.v1";
  private static final int FILES = 4;
  private static final int PAYMENTS = 2_000;
  private static final int CUSTOMERS = 50;
  private static final int SECONDS = 10 * 86_400;

  private final SparkSession spark;
  final Path folder;

  /**
   * One with the same rows as any other.
   *
   * @param folder in which it is made
   */
  ClusterShop(SparkSession spark, Path folder, String name) throws IOException {
    this.spark = spark;
    this.folder = Cli.shop(folder.resolve(name));
    String definitions = "definitions/shop.conf";
    Cli.replace(
        this.folder, definitions, "path = \"data/payments.csv\"", "path = \"data/payments\"");
    Cli.replace(
        this.folder,
        definitions,
        "source = sources.payments.v1\n  keys { customer_id = buyer_id }",
        "source = transformations.gated.v1\n  keys { customer_id = buyer_id }\n  materialize { every = 1d, start = \"2024-01-01\" }");
    Cli.write(
        this.folder,
        "definitions/gated.conf",
        """
        transformations.gated.v1 {
          inputs { payments = sources.payments.v1 }
          class = "dev.tidemark.jobs.Gate"
          event-time = paid_at
          available-at = loaded_at
          tie-break = [payment_id]
        }
        """);
    // The master is for the launcher: what is submitted runs where it was submitted to.
    write("lake, delta");
    payments();
  }

  private void write(String providers) {
    Cli.write(
        folder,
        "env/local.conf",
        """
        providers {
          lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", database = features }
          delta { format = delta, warehouse = ".tidemark/delta", database = features }
        }
        write-to = [%s]
        registry = lake
        spark { master = "local[2]" }
        """
            .formatted(providers));
  }

  private void payments() throws IOException {
    Random random = new Random(7);
    Instant start = Instant.parse("2024-03-01T00:00:00Z");
    StringBuilder[] files = new StringBuilder[FILES];
    for (int file = 0; file < FILES; file++) {
      files[file] = new StringBuilder("payment_id,buyer_id,paid_at,loaded_at,amount,status\n");
    }
    for (int payment = 0; payment < PAYMENTS; payment++) {
      Instant paid = start.plusSeconds(random.nextInt(SECONDS));
      files[payment % FILES].append(
          "%d,%d,%s,%s,%d.%02d,%s\n"
              .formatted(
                  payment,
                  1 + random.nextInt(CUSTOMERS),
                  paid,
                  paid.plusSeconds(random.nextInt(7_200)),
                  random.nextInt(500),
                  random.nextInt(100),
                  random.nextInt(10) == 0 ? "FAILED" : "OK"));
    }
    for (int file = 0; file < FILES; file++) {
      Cli.write(folder, "data/payments/part%d.csv".formatted(file), files[file].toString());
    }
  }

  /** Runs a command in this process, on a local Spark. */
  Cli tidemark(String command) {
    return Cli.run(spark, folder, command);
  }

  /**
   * All rows of what a command made, as text, read from both providers, whose rows are the same.
   *
   * @param name of the view or training set
   * @return empty if there is no such table
   */
  String rows(String name) {
    try {
      String lake = read(name, "lake, delta");
      String delta = read(name, "delta, lake");
      assertThat(delta).as("the Delta table's rows").isEqualTo(lake);
      return lake;
    } finally {
      write("lake, delta");
    }
  }

  private String read(String name, String providers) {
    write(providers);
    Path file = folder.resolve("read.csv");
    Cli read = tidemark("read %s --limit 0 --format csv --out %s".formatted(name, file));
    if (read.code() == 4) {
      return "";
    }
    read.exits(0);
    try {
      List<String> lines = Files.readAllLines(file);
      return String.join("\n", lines.stream().sorted().toList());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Removes the files that executors of this worker put aside for others to read. */
  static long deleteShuffleFiles(Path localFolder) throws IOException {
    try (Stream<Path> files = Files.walk(localFolder)) {
      List<Path> shuffled =
          files
              .filter(file -> file.getFileName().toString().matches("shuffle_.*[.](data|index)"))
              .toList();
      for (Path file : shuffled) {
        Files.delete(file);
      }
      return shuffled.size();
    }
  }
}
