package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar under {@code spark-submit}, on a cluster of two workers. */
@Tag("cluster")
@SparkTest
class ClusterIT {
  private static final String[] ON_THE_CLUSTER = {"--deploy-mode", "cluster"};

  @TempDir static Path folder;
  private static Cluster cluster;
  private static String views;
  private static String trainingSet;

  private final SparkSession spark;

  ClusterIT(SparkSession spark) {
    this.spark = spark;
  }

  @BeforeAll
  static void start(SparkSession spark) throws Exception {
    cluster = new Cluster(folder.resolve("cluster"));
    ClusterShop calm = new ClusterShop(spark, folder, "calm");
    calm.tidemark(ClusterShop.MATERIALIZE).exits(0);
    views = calm.rows("customer_spend.v1");
    calm.tidemark(ClusterShop.BUILD).exits(0);
    trainingSet = calm.rows("fraud.v1");
    assertThat(views.lines().count()).isGreaterThan(80);
    assertThat(trainingSet.lines().count()).isEqualTo(7);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private ClusterShop shop(String name) throws Exception {
    return new ClusterShop(spark, folder, name);
  }

  @Test
  void in_client_mode_the_rows_are_those_of_a_local_run() throws Exception {
    ClusterShop shop = shop("client");
    Cluster.Run run = cluster.submit(shop.folder, ClusterShop.MATERIALIZE).tell("open").exits(0);
    assertThat(run.last().path("status").asText()).isEqualTo("done");
    assertThat(run.json()).isEqualTo(run.last());
    assertThat(shop.rows("customer_spend.v1")).isEqualTo(views);
    // Not on the submitter's machine, whatever master the environment has for the launcher.
    assertThat(run.events("SparkListenerExecutorAdded")).isEqualTo(2);
    Cluster.Run again = cluster.submit(shop.folder, ClusterShop.MATERIALIZE).tell("open").exits(0);
    assertThat(again.last().path("tasks")).allMatch(t -> t.path("rows").isNull());
    assertThat(cluster.submit(shop.folder, "build frod.v1").exits(2).complained())
        .contains("nearest: training-sets.fraud.v1");
  }

  @Test
  void in_cluster_mode_the_driver_runs_on_a_worker_and_the_summary_tells_how_it_ended()
      throws Exception {
    ClusterShop shop = shop("cluster-mode");
    Cluster.Run run =
        cluster.submit(shop.folder, ClusterShop.BUILD, ON_THE_CLUSTER).tell("open").exits(0);
    assertThat(run.json().path("status").asText()).isEqualTo("done");
    assertThat(run.json().path("rows").asInt()).isEqualTo(6);
    assertThat(shop.rows("fraud.v1")).isEqualTo(trainingSet);
    assertThat(run.events("SparkListenerExecutorAdded")).isEqualTo(2);
    // The submitter's code is Spark's and 0 even so: who waits must look at the summary.
    Cluster.Run refused =
        cluster.submit(shop.folder, "build frod.v1", ON_THE_CLUSTER).tell("open").exits(0);
    assertThat(refused.complained()).contains("is FAILED");
    assertThat(refused.json().path("exit_code").asInt()).isEqualTo(2);
  }

  @Test
  void the_scripts_of_the_documentation_run_and_end_with_the_exit_code_of_tidemark()
      throws Exception {
    Path examples = Subprocess.root().resolve("docs/orchestrators/examples");
    ClusterShop shop = shop("scripts");
    List<String> interval =
        List.of(shop.folder.toString(), "2024-03-06T00:00:00Z", "2024-03-07T00:00:00Z");
    Subprocess client = cluster.script(examples.resolve("standalone-client.sh"), interval).exits(0);
    assertThat(client.out()).contains("\"status\":\"done\"");
    Path script = examples.resolve("standalone-cluster.sh");
    String summary = folder.resolve("script.json").toString();
    cluster
        .script(
            script,
            List.of(
                shop.folder.toString(), "2024-03-07T00:00:00Z", "2024-03-08T00:00:00Z", summary))
        .exits(0);
    assertThat(shop.rows("customer_spend.v1")).isEqualTo(views);
    cluster
        .script(script, List.of(shop.folder.toString(), "2024-03-07T00:00:00Z", "soon", summary))
        .exits(2);
  }
}
