package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a cluster does to a run. Each fault falls while tasks wait at the {@link Gate}: after the
 * shuffle's files are written, before the first commit.
 */
@Tag("cluster")
@Tag("faults")
@SparkTest
class ClusterFaultsIT {
  private static final String COMMAND =
      "materialize customer_spend.v1 --start 2024-03-07 --end 2024-03-08";
  private static final String VIEW = "customer_spend.v1";
  private static final String FETCH_FAILED = "\"Reason\":\"FetchFailed\"";
  private static final String STAGE_AGAIN = "\"Stage Attempt ID\":1";
  private static final String TASK_ENDED = "\"SparkListenerTaskEnd\"";

  @TempDir static Path folder;
  private static Cluster cluster;
  private static String expected;

  private final SparkSession spark;

  ClusterFaultsIT(SparkSession spark) {
    this.spark = spark;
  }

  @BeforeAll
  static void start(SparkSession spark) throws Exception {
    cluster = new Cluster(folder.resolve("cluster"));
    ClusterShop calm = new ClusterShop(spark, folder, "calm");
    calm.tidemark(COMMAND).exits(0);
    expected = calm.rows(VIEW);
    assertThat(expected.lines().count()).isGreaterThan(40);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private ClusterShop shop(String name) throws IOException {
    return new ClusterShop(spark, folder, name);
  }

  private static Cluster.Run start(ClusterShop shop, String... options) throws IOException {
    return cluster.submit(shop.folder, COMMAND, options);
  }

  /** Nothing is there yet, and the next run does all of it. */
  private static void nextRunRepairs(ClusterShop shop) {
    assertThat(shop.rows(VIEW)).as("before the next run").isEmpty();
    shop.tidemark(COMMAND).exits(0);
    assertThat(shop.rows(VIEW)).isEqualTo(expected);
  }

  private static void kill(long process) {
    ProcessHandle.of(process).orElseThrow().destroyForcibly();
  }

  @Test
  void a_signal_to_the_driver_cancels_the_run() throws Exception {
    ClusterShop shop = shop("signalled");
    Cluster.Run run = start(shop);
    run.held(2);
    run.process().toHandle().destroy();
    run.exits(143);
    assertThat(run.last().path("status").asText()).isEqualTo("cancelled");
    assertThat(run.json()).isEqualTo(run.last());
    nextRunRepairs(shop);
  }

  @Test
  void a_driver_on_a_worker_that_the_master_ends_tells_that_it_was_cancelled() throws Exception {
    ClusterShop shop = shop("ended");
    Cluster.Run run = start(shop, "--deploy-mode", "cluster");
    run.held(2);
    cluster.kill(run);
    run.exits(0);
    assertThat(run.complained()).contains("is KILLED");
    Cluster.await("the summary", () -> Files.exists(run.summary()));
    assertThat(run.json().path("status").asText()).isEqualTo("cancelled");
    assertThat(run.json().path("exit_code").asInt()).isEqualTo(143);
    nextRunRepairs(shop);
  }

  @Test
  void a_driver_that_is_killed_leaves_the_tables_as_before() throws Exception {
    ClusterShop shop = shop("killed");
    Cluster.Run run = start(shop);
    run.held(2);
    run.process().destroyForcibly();
    run.exits(137);
    assertThat(run.summary()).doesNotExist();
    nextRunRepairs(shop);
  }

  @Test
  void a_supervised_driver_that_is_killed_starts_again_and_does_it() throws Exception {
    ClusterShop shop = shop("supervised");
    Cluster.Run run = start(shop, "--deploy-mode", "cluster", "--supervise");
    run.held(2);
    ProcessHandle first = cluster.driver();
    first.destroyForcibly();
    // The tasks of the first driver hold two, and the second's come beside them.
    run.held(4);
    run.tell("open").exits(0);
    assertThat(run.json().path("status").asText()).isEqualTo("done");
    assertThat(shop.rows(VIEW)).isEqualTo(expected);
  }

  @Test
  void an_executor_that_is_killed_costs_time_only() throws Exception {
    ClusterShop shop = shop("executor");
    Cluster.Run run = start(shop);
    kill(run.held(2).get(0));
    // Another one comes in its place.
    Cluster.await("a third executor", () -> run.events("SparkListenerExecutorAdded") == 3);
    run.tell("open").exits(0);
    assertThat(run.events("SparkListenerExecutorRemoved")).isPositive();
    assertThat(shop.rows(VIEW)).isEqualTo(expected);
  }

  @Test
  void a_worker_that_is_killed_costs_time_only() throws Exception {
    ClusterShop shop = shop("worker");
    Cluster.Run run = start(shop);
    run.held(2);
    cluster.killWorker(1);
    try {
      run.tell("open").exits(0);
    } finally {
      cluster.startWorker(1);
    }
    assertThat(run.events("SparkListenerExecutorRemoved")).isPositive();
    assertThat(shop.rows(VIEW)).isEqualTo(expected);
  }

  @Test
  void shuffle_files_that_are_lost_are_made_again() throws Exception {
    ClusterShop shop = shop("shuffle");
    Cluster.Run run = start(shop);
    run.held(2);
    assertThat(ClusterShop.deleteShuffleFiles(cluster.localFolder(0))).isPositive();
    run.tell("open").exits(0);
    assertThat(run.events(TASK_ENDED, FETCH_FAILED)).isPositive();
    assertThat(run.events("SparkListenerStageSubmitted", STAGE_AGAIN)).isPositive();
    assertThat(shop.rows(VIEW)).isEqualTo(expected);
  }

  @Test
  void two_runs_of_the_same_interval_at_once_write_it_once() throws Exception {
    ClusterShop shop = shop("twice");
    List<Cluster.Run> runs =
        List.of(
            start(shop, "--conf", "spark.cores.max=1"), start(shop, "--conf", "spark.cores.max=1"));
    for (Cluster.Run run : runs) {
      run.held(1);
    }
    for (Cluster.Run run : runs) {
      run.tell("open");
    }
    List<Integer> codes = runs.stream().map(Cluster.Run::code).sorted().toList();
    assertThat(codes.get(0)).isZero();
    assertThat(codes.get(1)).isIn(0, 5);
    assertThat(shop.rows(VIEW)).isEqualTo(expected);
  }

  @Test
  void a_task_that_fails_is_tried_again_as_often_as_spark_is_told() throws Exception {
    ClusterShop shop = shop("retried");
    Cluster.Run never =
        start(shop, "--conf", "spark.task.maxFailures=1").tell("fail-first").exits(1);
    assertThat(never.last().path("status").asText()).isEqualTo("failed");
    assertThat(never.complained()).contains("a first attempt fails on purpose");
    assertThat(shop.rows(VIEW)).isEmpty();
    Cluster.Run again =
        start(shop, "--conf", "spark.task.maxFailures=2").tell("fail-first").exits(0);
    assertThat(again.events(TASK_ENDED, "a first attempt fails on purpose")).isPositive();
    assertThat(shop.rows(VIEW)).isEqualTo(expected);
  }

  @Test
  void the_copy_of_a_slow_task_adds_no_rows() throws Exception {
    ClusterShop shop = shop("speculative");
    Cluster.Run run =
        start(
            shop,
            "--conf",
            "spark.speculation=true",
            "--conf",
            "spark.speculation.quantile=0.1",
            "--conf",
            "spark.speculation.multiplier=1",
            "--conf",
            "spark.speculation.minTaskRuntime=200ms");
    // Never opened: only a copy can end what waits.
    run.tell("only-first").exits(0);
    assertThat(run.holders()).isNotEmpty();
    assertThat(run.events(TASK_ENDED, "\"Speculative\":true", "\"Reason\":\"Success\""))
        .isPositive();
    assertThat(shop.rows(VIEW)).isEqualTo(expected);
  }

  @Test
  void a_source_that_is_late_is_worth_another_try() throws Exception {
    ClusterShop shop = shop("late");
    Path source = shop.folder.resolve("data/payments");
    Path elsewhere = shop.folder.resolve("data/not-yet");
    Files.move(source, elsewhere);
    Cluster.Run early = start(shop).tell("open").exits(4);
    assertThat(early.complained()).contains("sources.payments.v1");
    assertThat(shop.rows(VIEW)).isEmpty();
    Files.move(elsewhere, source);
    start(shop).tell("open").exits(0);
    assertThat(shop.rows(VIEW)).isEqualTo(expected);
  }

  @Test
  void a_source_that_vanishes_while_it_is_read_leaves_the_tables_as_before() throws Exception {
    ClusterShop shop = shop("vanished");
    Path file = shop.folder.resolve("data/payments/part3.csv");
    Cluster.Run run = start(shop);
    run.held(2);
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    run.tell("open").exits(4);
    assertThat(run.complained()).contains("part3.csv");
    assertThat(shop.rows(VIEW)).isEmpty();
    Files.write(file, bytes);
    nextRunRepairs(shop);
  }
}
