package dev.tidemark.catalogs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.plan.UpkeepPlan;
import dev.tidemark.run.Maintenance;
import dev.tidemark.run.Runner;
import dev.tidemark.run.Sessions;
import dev.tidemark.run.TaskReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A small project in a folder, whose tables have a column of every type that features have. */
final class Shop {
  private static final String DEFINITIONS =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 {
        path = "data/payments.csv", format = csv
        schema {
          customer_id = bigint, paid_at = timestamp, amount = "decimal(12,2)", items = int
          merchant = string, ok = boolean, born = date, weight = double
        }
        event-time = paid_at
      }
      sources.checkouts.v1 {
        path = "data/checkouts.csv", format = csv
        schema { customer_id = bigint, at = timestamp, order_id = string, returned = boolean }
        event-time = at
      }
      feature-views.spend.v1 {
        entity = customer, source = sources.payments.v1
        features {
          amount { value = amount }
          items { value = items }
          merchant { value = merchant }
          ok { value = ok }
          born { value = born }
          weight { value = weight }
          paid_at { value = paid_at }
          spend { aggregate = "sum(amount)", windows = [7d, unbounded] }
          merchants { aggregate = "array_sort(collect_set(merchant))", windows = [unbounded] }
          by_merchant { aggregate = "sum(amount)", by = merchant, windows = [unbounded] }
        }
        materialize { every = 1d, start = "2024-03-01" }
      }
      labels.returned.v1 { entity = customer, source = sources.checkouts.v1, value = returned, keep = [order_id] }
      training-sets.returns.v1 { label = labels.returned.v1, features = [ spend.v1 ] }
      """;

  /**
   * Microseconds, before 1970, nulls, text that is no ASCII, hours that some zones skip or have
   * twice.
   */
  private static final String PAYMENTS =
      """
      customer_id,paid_at,amount,items,merchant,ok,born,weight
      1,2024-03-01T10:00:00.123456Z,12.50,3,café,true,2024-02-29,0.1
      1,2024-03-10T10:30:00Z,7.00,,"a, b",false,1969-12-31,-1e300
      2,1969-12-31T23:59:59.999999Z,9999999999.99,2,東京,true,1899-12-31,
      2,2024-02-29T23:30:00Z,0.01,-2147483648,,,,3
      """;

  private static final String CHECKOUTS =
      """
      customer_id,at,order_id,returned
      1,2024-03-10T10:30:00Z,a,true
      1,2024-11-03T09:30:00.000001Z,b,false
      2,2024-03-01T00:00:00Z,c,
      3,2024-03-01T00:00:00Z,d,true
      """;

  private final Path folder;

  Shop(Path folder, String environment) {
    this.folder = folder;
    write("definitions/shop.conf", DEFINITIONS);
    write("data/payments.csv", PAYMENTS);
    write("data/checkouts.csv", CHECKOUTS);
    write("env/local.conf", environment);
  }

  /** A payment that comes late. */
  void pay(String line) {
    try {
      Files.writeString(
          folder.resolve("data/payments.csv"), line + "\n", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens a Spark for some commands and ends it. */
  void command(Consumer<Commands> commands) {
    Project project = ProjectReader.read(folder, "local");
    SparkSession session = Sessions.open(project.environment(), folder);
    try {
      commands.accept(new Commands(session, folder, project));
    } finally {
      session.stop();
    }
  }

  private void write(String name, String text) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.resolveSibling(""));
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Commands in one Spark session. */
  record Commands(SparkSession session, Path folder, Project project) {

    TaskReport build() {
      return run(
          Planner.build(graph(), project.environment(), List.of("returns.v1"), null)
              .tasks()
              .get(0));
    }

    TaskReport materialize(String start, String end) {
      return run(
          Planner.materialize(
                  graph(), project.environment(), List.of("spend.v1"), interval(start, end))
              .tasks()
              .get(0));
    }

    /** Upkeep of all tables, which forgets whatever was replaced and is not pinned. */
    Maintenance.Report maintain() {
      return new Maintenance(session, folder, project.environment(), what -> {})
          .run(
              UpkeepPlan.of(graph(), project.environment(), List.of()),
              new Maintenance.Wish(Duration.ZERO, Instant.now(), false),
              done -> {});
    }

    Dataset<Row> read(Target target) {
      return runner().read(target);
    }

    /** The same commands as from another process at the same time. */
    Commands beside() {
      return new Commands(session.newSession(), folder, project);
    }

    private TaskReport run(Task task) {
      return runner().run(task);
    }

    private Runner runner() {
      return new Runner(session, folder, project.environment(), graph(), "test", what -> {});
    }

    private Graph graph() {
      return Graph.of(project.definitions());
    }

    private static Interval interval(String start, String end) {
      return new Interval(Instant.parse(start + "T00:00:00Z"), Instant.parse(end + "T00:00:00Z"));
    }
  }
}
