package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
  private static final int KILLS = Integer.getInteger("tidemark.kills", 2);
  private static final int FIRST_KILL = Integer.getInteger("tidemark.kills.first", 0);
  private static final long SEED = Long.getLong("tidemark.seed", System.nanoTime());
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
  private static final String COMMAND =
      "materialize customer_spend.v1 --start 2024-03-01 --end 2024-04-10";
  private static final int TICKS = 40;

  private final SparkSession spark;
  @TempDir Path folder;

  KillsIT(SparkSession spark) {
    this.spark = spark;
  }

  @Test
  void whenever_the_command_is_killed_the_next_run_ends_where_an_undisturbed_one_does()
      throws Exception {
    SharedShop calm = new SharedShop(spark, folder, "calm");
    long whole = undisturbed(calm);
    String expected = calm.rows("lake");
    assertThat(calm.rows("delta")).isEqualTo(expected);
    Map<Where, Integer> hits = new EnumMap<>(Where.class);
    for (int kill = FIRST_KILL; kill < FIRST_KILL + KILLS; kill++) {
      SharedShop shop = new SharedShop(spark, folder, "killed" + kill);
      String moment = kill(shop, (long) (whole * share(kill)));
      String told = "seed %d, kill %d, %s".formatted(SEED, kill, moment);
      Where where = where(shop, expected, told);
      hits.merge(where, 1, Integer::sum);
      shop.tidemark(COMMAND).exits(0);
      assertThat(shop.rows("lake")).as(told).isEqualTo(expected);
      assertThat(shop.rows("delta")).as(told).isEqualTo(expected);
      assertThat(shop.tidemark(COMMAND).exits(0).text()).as(told).contains("all 40 in");
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
  private long undisturbed(SharedShop shop) throws Exception {
    Process process = shop.start(COMMAND, folder.resolve("log"));
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
  private String kill(SharedShop shop, long millis) throws Exception {
    Process process = shop.start(COMMAND, folder.resolve("log"));
    try (BufferedReader err = process.errorReader()) {
      awaitComputing(err);
      boolean ended = process.waitFor(millis, TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
      return "%s %,d ms".formatted(ended ? "ended within" : "after", millis);
    }
  }

  /** Each table holds whole days only; how many commits it has tells where the kill fell. */
  private Where where(SharedShop shop, String expected, String told) throws IOException {
    SharedShop.wholeDays(shop.rows("lake"), expected, told);
    SharedShop.wholeDays(shop.rows("delta"), expected, told);
    List<Integer> commits = List.of(shop.icebergCommits(), shop.deltaCommits());
    if (commits.equals(List.of(0, 0))) {
      return Where.BEFORE;
    }
    return commits.equals(List.of(TICKS, TICKS)) ? Where.AFTER : Where.AMONG;
  }
}
