package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real command in processes of its own, which get a signal or in each other's way. */
@Tag("faults")
@SparkTest
class ProcessesIT {
  private static final String COMMAND =
      "materialize customer_spend.v1 --start 2024-03-01 --end 2024-04-10";
  private static final int TICKS = 40;

  private final SparkSession spark;
  @TempDir Path folder;

  ProcessesIT(SparkSession spark) {
    this.spark = spark;
  }

  @Test
  void a_signal_among_the_commits_leaves_whole_intervals_and_the_next_run_goes_on()
      throws Exception {
    SharedShop shop = new SharedShop(spark, folder, "signalled");
    Process process = shop.start(COMMAND, folder.resolve("log"));
    while (process.isAlive() && shop.deltaCommits() < 3) {
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
    assertThat(shop.deltaCommits()).isBetween(3, TICKS - 1);
    assertThat(shop.icebergCommits() - shop.deltaCommits()).isIn(0, 1);

    SharedShop calm = new SharedShop(spark, folder, "calm");
    calm.tidemark(COMMAND).exits(0);
    String expected = calm.rows("lake");
    SharedShop.wholeDays(shop.rows("lake"), expected, "after the signal");
    SharedShop.wholeDays(shop.rows("delta"), expected, "after the signal");
    shop.tidemark(COMMAND).exits(0);
    assertThat(shop.rows("lake")).isEqualTo(expected);
    assertThat(shop.rows("delta")).isEqualTo(expected);
    assertThat(shop.tidemark(COMMAND).exits(0).text()).contains("all 40 in");
  }

  @Test
  void a_signal_while_spark_starts_is_told_at_once() throws Exception {
    SharedShop shop = new SharedShop(spark, folder, "starting");
    Path summary = folder.resolve("summary.json");
    // A master that takes the call and never answers: Spark tries for a minute.
    try (ServerSocket master = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Cli.replace(
          shop.folder(),
          "env/local.conf",
          "master = \"local[2]\"",
          "master = \"spark://127.0.0.1:%d\"".formatted(master.getLocalPort()));
      Process process = shop.start(COMMAND + " --summary " + summary, folder.resolve("log"));
      master.setSoTimeout(120_000);
      try (Socket call = master.accept()) {
        assertThat(call.isConnected()).isTrue();
        process.toHandle().destroy();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("ends within 10 s").isTrue();
      } finally {
        // By its handle, for what it printed is still to be read.
        process.toHandle().destroyForcibly();
      }
      String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.exitValue()).as(err).isEqualTo(143);
      assertThat(err).contains("starting Spark").endsWith("error: cancelled\n");
    }
    String log = Files.readString(folder.resolve("log"));
    assertThat(log.lines()).hasSize(1);
    assertThat(Cli.parse(log).path("status").asText()).isEqualTo("cancelled");
    assertThat(Cli.parse(Files.readString(summary))).isEqualTo(Cli.parse(log));
  }

  @Test
  void eight_at_once_do_every_interval_once() throws Exception {
    SharedShop shop = new SharedShop(spark, folder, "eight");
    LocalDate first = LocalDate.parse("2024-03-01");
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      // Four have days of their own, and each of the others some days of two of those.
      LocalDate start = first.plusDays(i / 2 * 5L + i % 2 * 2L);
      processes.add(
          shop.start(
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
    shop.tidemark(all).exits(0);
    assertThat(shop.tidemark(all).exits(0).text()).contains("all 22 in");
    SharedShop calm = new SharedShop(spark, folder, "calm");
    calm.tidemark(all).exits(0);
    assertThat(shop.rows("lake")).isEqualTo(calm.rows("lake"));
    assertThat(shop.rows("delta")).isEqualTo(calm.rows("lake"));
    assertThat(shop.icebergCommits()).isEqualTo(22);
    assertThat(shop.deltaCommits()).isEqualTo(22);
  }
}
