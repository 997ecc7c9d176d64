package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real command in processes of its own, which are killed (SIGKILL) or get in each other's way.
 *
 * <p>A few kills by default, 100 with {@code -Dtidemark.kills=100}. Where they fell is printed.
 */
@Tag("faults")
@SparkTest
class KillsIT {
  private static final int KILLS = Integer.getInteger("tidemark.kills", 3);
  private static final Path LAUNCHER = Subprocess.root().resolve("jobs/bin/tidemark");

  private final SparkSession spark;
  @TempDir Path folder;

  KillsIT(SparkSession spark) {
    this.spark = spark;
  }

  /** A shop whose view is written to both formats at daily ticks. */
  private Path shop(String name) {
    Path shop = Cli.shop(folder.resolve(name));
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1d, start = \"2024-01-01\" }");
    write(shop, "lake, delta");
    return shop;
  }

  private static void write(Path shop, String providers) {
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

  private Cli tidemark(Path shop, String command) {
    return Cli.run(spark, (command + " --project " + shop).split(" ", -1));
  }

  private static Process start(Path shop, String command, Path log) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(LAUNCHER.toString()));
    arguments.addAll(List.of((command + " --project " + shop).split(" ", -1)));
    ProcessBuilder builder =
        new ProcessBuilder(arguments).redirectOutput(log.toFile()).directory(shop.toFile());
    builder.environment().put("TIDEMARK_HEAP", "700m");
    return builder.start();
  }

  /** All rows, as text. */
  private String rows(Path shop, String first) {
    write(shop, first.equals("lake") ? "lake, delta" : "delta, lake");
    try {
      Cli read = tidemark(shop, "read customer_spend.v1 --limit 0 --format csv");
      return read.code() == 4 ? "" : sorted(read.exits(0).text());
    } finally {
      write(shop, "lake, delta");
    }
  }

  private static String sorted(String csv) {
    return String.join("\n", csv.lines().sorted().toList());
  }

  @Test
  void whenever_the_command_is_killed_the_next_run_ends_where_an_undisturbed_one_does()
      throws Exception {
    String command = "materialize customer_spend.v1 --start 2024-03-01 --end 2024-04-10";
    Path calm = shop("calm");
    tidemark(calm, command).exits(0);
    String expected = rows(calm, "lake");
    assertThat(rows(calm, "delta")).isEqualTo(expected);
    long seed = Long.getLong("tidemark.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int kill = 0; kill < KILLS; kill++) {
      Path shop = shop("killed" + kill);
      String moment = kill(shop, command, random);
      String told = "seed %d, kill %d, %s".formatted(seed, kill, moment);
      System.out.println(told);
      wholeDays(rows(shop, "lake"), expected, told);
      wholeDays(rows(shop, "delta"), expected, told);
      tidemark(shop, command).exits(0);
      assertThat(rows(shop, "lake")).as(told).isEqualTo(expected);
      assertThat(rows(shop, "delta")).as(told).isEqualTo(expected);
      assertThat(tidemark(shop, command).exits(0).text()).as(told).contains("all 40 in");
    }
  }

  /** Kills it some time after it began to compute: until then there is nothing to spoil. */
  private String kill(Path shop, String command, Random random) throws Exception {
    Process process = start(shop, command, folder.resolve("log"));
    long began = System.nanoTime();
    try (BufferedReader err = process.errorReader()) {
      String line = err.readLine();
      while (line != null && !line.startsWith("tidemark: computing")) {
        line = err.readLine();
      }
      long wait = random.nextInt(9_000);
      boolean ended = process.waitFor(wait, TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
      return ended
          ? "ended before it"
          : "after %,d ms of which %,d ms computing"
              .formatted((System.nanoTime() - began) / 1_000_000, wait);
    }
  }

  /** Rows of days that are there at all are all the rows of the day. */
  private static void wholeDays(String rows, String expected, String told) {
    List<String> all = expected.lines().toList();
    List<String> found = rows.lines().toList();
    assertThat(all).as(told).containsAll(found);
    found.stream()
        .map(KillsIT::day)
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

  @Test
  void eight_at_once_do_every_interval_once() throws Exception {
    Path shop = shop("eight");
    LocalDate first = LocalDate.parse("2024-03-01");
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      // Every day is in two of them.
      LocalDate start = first.plusDays(i / 2 * 5L);
      processes.add(
          start(
              shop,
              "materialize customer_spend.v1 --start %s --end %s"
                  .formatted(start, start.plusDays(5)),
              folder.resolve("log" + i)));
    }
    for (int i = 0; i < processes.size(); i++) {
      String err =
          new String(
              processes.get(i).getErrorStream().readAllBytes(),
              java.nio.charset.StandardCharsets.UTF_8);
      int code = processes.get(i).waitFor();
      assertThat(code).as("process %d:%n%s", i, err).isIn(0, 5);
    }
    Cli after =
        tidemark(shop, "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-21")
            .exits(0);
    assertThat(after.text()).contains("all 20 in");
    Path calm = shop("calm");
    tidemark(calm, "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-21").exits(0);
    assertThat(rows(shop, "lake")).isEqualTo(rows(calm, "lake"));
    assertThat(rows(shop, "delta")).isEqualTo(rows(calm, "lake"));
    assertThat(commits(shop)).isEqualTo(20);
  }

  /** How many commits the Iceberg table has: one an interval. */
  private static long commits(Path shop) throws IOException {
    Path metadata = shop.resolve(".tidemark/warehouse/features/customer_spend_v1/metadata");
    try (Stream<Path> files = java.nio.file.Files.list(metadata)) {
      return files.filter(file -> file.getFileName().toString().startsWith("snap-")).count();
    }
  }
}
