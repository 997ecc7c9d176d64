package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real command in processes of its own, which are killed (SIGKILL) or get in each other's way.
 *
 * <p>A few kills by default, 100 with {@code -Dtidemark.kills=100}; a part of them with {@code
 * -Dtidemark.kills.first}, their first number, and one {@code -Dtidemark.seed} for all parts. Where
 * they fell is printed, and added to {@code target/kills.txt}.
 */
@Tag("faults")
@SparkTest
class KillsIT {
  private static final int KILLS = Integer.getInteger("tidemark.kills", 3);
  private static final int FIRST_KILL = Integer.getInteger("tidemark.kills.first", 0);
  private static final long SEED = Long.getLong("tidemark.seed", System.nanoTime());
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
  private static final String COMMAND =
      "materialize customer_spend.v1 --start 2024-03-01 --end 2024-04-10";
  private static final int TICKS = 40;
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
    Path calm = shop("calm");
    long whole = undisturbed(calm);
    String expected = rows(calm, "lake");
    assertThat(rows(calm, "delta")).isEqualTo(expected);
    Map<Where, Integer> hits = new EnumMap<>(Where.class);
    for (int kill = FIRST_KILL; kill < FIRST_KILL + KILLS; kill++) {
      Path shop = shop("killed" + kill);
      String moment = kill(shop, (long) (whole * share(kill)));
      String told = "seed %d, kill %d, %s".formatted(SEED, kill, moment);
      Where where = where(shop, expected, told);
      hits.merge(where, 1, Integer::sum);
      tidemark(shop, COMMAND).exits(0);
      assertThat(rows(shop, "lake")).as(told).isEqualTo(expected);
      assertThat(rows(shop, "delta")).as(told).isEqualTo(expected);
      assertThat(tidemark(shop, COMMAND).exits(0).text()).as(told).contains("all 40 in");
      tell(told + ", " + where + " the commits, equal after the next run");
    }
    tell("of %d ms, %d kills: %s, all equal".formatted(whole, KILLS, hits));
  }

  /** Where a kill fell, by what it left. */
  private enum Where {
    BEFORE,
    AMONG,
    AFTER
  }

  /** Spread evenly over the whole run, and so over the slices in which the kills are done. */
  private static double share(int kill) {
    double share = new Random(SEED).nextDouble() + kill * GOLDEN_RATIO;
    return share - Math.floor(share);
  }

  /** For who reads the log, and for the table in docs/faults.md. */
  private static void tell(String line) throws IOException {
    System.out.println(line);
    Files.writeString(
        Path.of("target", "kills.txt"),
        line + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** How many milliseconds a run takes that nobody kills, from its first computation on. */
  private long undisturbed(Path shop) throws Exception {
    Process process = start(shop, COMMAND, folder.resolve("log"));
    try (BufferedReader err = process.errorReader()) {
      awaitComputing(err);
      long began = System.nanoTime();
      assertThat(process.waitFor()).isZero();
      return (System.nanoTime() - began) / 1_000_000;
    }
  }

  /** Until then there is nothing to spoil. */
  private static void awaitComputing(BufferedReader err) throws IOException {
    String line = err.readLine();
    while (line != null && !line.startsWith("tidemark: computing")) {
      line = err.readLine();
    }
  }

  /** Kills it so many milliseconds after it began to compute. */
  private String kill(Path shop, long millis) throws Exception {
    Process process = start(shop, COMMAND, folder.resolve("log"));
    try (BufferedReader err = process.errorReader()) {
      awaitComputing(err);
      boolean ended = process.waitFor(millis, TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
      return "%s %,d ms".formatted(ended ? "ended within" : "after", millis);
    }
  }

  /** Each table holds whole days only; how many commits it has tells where the kill fell. */
  private Where where(Path shop, String expected, String told) throws IOException {
    wholeDays(rows(shop, "lake"), expected, told);
    wholeDays(rows(shop, "delta"), expected, told);
    List<Integer> commits = List.of(icebergCommits(shop), deltaCommits(shop));
    if (commits.equals(List.of(0, 0))) {
      return Where.BEFORE;
    }
    return commits.equals(List.of(TICKS, TICKS)) ? Where.AFTER : Where.AMONG;
  }

  private static int icebergCommits(Path shop) {
    Path table = shop.resolve(".tidemark/warehouse/features/customer_spend_v1");
    HadoopTables tables = new HadoopTables(new Configuration());
    return tables.exists(table.toString())
        ? (int)
            StreamSupport.stream(tables.load(table.toString()).snapshots().spliterator(), false)
                .count()
        : 0;
  }

  /** The first version makes the table, each other one commits an interval. */
  private static int deltaCommits(Path shop) throws IOException {
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
  void a_signal_among_the_commits_leaves_whole_intervals_and_the_next_run_goes_on()
      throws Exception {
    Path shop = shop("signalled");
    Process process = start(shop, COMMAND, folder.resolve("log"));
    while (process.isAlive() && deltaCommits(shop) < 3) {
      Thread.sleep(10);
    }
    // Not by the process itself, which would close what it prints.
    process.toHandle().destroy();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(err).isEqualTo(143);
    String last = Files.readString(folder.resolve("log")).lines().reduce("", (a, b) -> b);
    assertThat(Cli.parse(last).path("status").asText()).isEqualTo("cancelled");
    // Iceberg's table is the first of the two; the signal may fall between them.
    assertThat(deltaCommits(shop)).isBetween(3, TICKS - 1);
    assertThat(icebergCommits(shop) - deltaCommits(shop)).isIn(0, 1);

    Path calm = shop("calm");
    tidemark(calm, COMMAND).exits(0);
    String expected = rows(calm, "lake");
    wholeDays(rows(shop, "lake"), expected, "after the signal");
    wholeDays(rows(shop, "delta"), expected, "after the signal");
    tidemark(shop, COMMAND).exits(0);
    assertThat(rows(shop, "lake")).isEqualTo(expected);
    assertThat(rows(shop, "delta")).isEqualTo(expected);
    assertThat(tidemark(shop, COMMAND).exits(0).text()).contains("all 40 in");
  }

  @Test
  void eight_at_once_do_every_interval_once() throws Exception {
    Path shop = shop("eight");
    LocalDate first = LocalDate.parse("2024-03-01");
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      // Four have days of their own, and each of the others some days of two of those.
      LocalDate start = first.plusDays(i / 2 * 5L + i % 2 * 2L);
      processes.add(
          start(
              shop,
              "materialize customer_spend.v1 --start %s --end %s --parallel %d"
                  .formatted(start, start.plusDays(5), i % 2 == 0 ? 1 : 4),
              folder.resolve("log" + i)));
    }
    for (int i = 0; i < processes.size(); i++) {
      String err =
          new String(processes.get(i).getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = processes.get(i).waitFor();
      assertThat(code).as("process %d:%n%s", i, err).isIn(0, 5);
    }
    String all = "materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-23";
    tidemark(shop, all).exits(0);
    assertThat(tidemark(shop, all).exits(0).text()).contains("all 22 in");
    Path calm = shop("calm");
    tidemark(calm, all).exits(0);
    assertThat(rows(shop, "lake")).isEqualTo(rows(calm, "lake"));
    assertThat(rows(shop, "delta")).isEqualTo(rows(calm, "lake"));
    assertThat(icebergCommits(shop)).isEqualTo(22);
    assertThat(deltaCommits(shop)).isEqualTo(22);
  }
}
