package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidemark.definition.Project;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.Golden;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tables whose own files are damaged: the error names the place, no table is changed, and once the
 * file is restored, everything is there and the next interval is added.
 */
@SparkTest
class DamagedTablesTest {
  private static final String TWO_DAYS =
      """
      customer_id | event_time           | available_time       | spend_2d
      1           | 2024-03-01T00:00:00Z | 2024-03-01T00:00:00Z | 5
      1           | 2024-03-02T00:00:00Z | 2024-03-02T00:00:00Z | 12
      """;

  private static final String THREE_DAYS =
      TWO_DAYS + "1           | 2024-03-03T00:00:00Z | 2024-03-03T00:00:00Z | 7\n";

  private final SparkSession shared;
  private final FeatureStory story;
  private final String catalog = "damaged" + System.nanoTime();

  DamagedTablesTest(SparkSession session) {
    this.shared = session;
    this.story = new FeatureStory(session);
    story
        .file(
            "env/local.conf",
            """
            providers {
              lake { format = iceberg, catalog = %s, warehouse = "lake", database = features }
              delta { format = delta, warehouse = "delta" }
              own { format = delta, warehouse = "registry" }
            }
            write-to = [lake, delta]
            registry = own
            """
                .formatted(catalog))
        .define(
            """
            entities.customer { keys { customer_id = bigint } }
            sources.payments.v1 { path = payments, format = parquet, event-time = at }
            feature-views.spend.v1 {
              entity = customer, source = sources.payments.v1
              features { spend { aggregate = "sum(amount)", windows = [2d] } }
              materialize { every = 1d, start = "2024-03-01" }
            }
            """);
    TextTable.parse(
            session,
            """
            customer_id bigint | at timestamp         | amount bigint
            1                  | 2024-03-01T00:00:00Z | 5
            1                  | 2024-03-02T00:00:00Z | 7
            """)
        .coalesce(1)
        .write()
        .parquet(story.folder().resolve("payments").toString());
  }

  /** As another process would: with catalogs and logs of its own. */
  private Runner runner(Graph graph) {
    SparkSession session = shared.newSession();
    session.conf().set("spark.sql.session.timeZone", "UTC");
    String prefix = "spark.sql.catalog." + catalog;
    session.conf().set(prefix, "org.apache.iceberg.spark.SparkCatalog");
    session.conf().set(prefix + ".type", "hadoop");
    session.conf().set(prefix + ".warehouse", story.folder().resolve("lake").toString());
    DeltaLog.clearCache();
    return new Runner(
        session, story.folder(), story.project().environment(), graph, "test", what -> {});
  }

  private void materialize(String end) {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    Runner runner = runner(graph);
    Plan plan =
        Planner.materialize(
            graph,
            project.environment(),
            List.of("spend.v1"),
            new Interval(Instant.parse("2024-03-01T00:00:00Z"), Instant.parse(end)),
            runner.history(),
            Redo.DUE,
            1);
    for (Task task : plan.tasks()) {
      runner.run(task);
    }
  }

  private void tablesHold(String rows) {
    Project project = story.project();
    for (var provider : project.environment().writeTo()) {
      TextTable.assertRows(
          runner(Graph.of(project.definitions())).read(new Target(provider, "spend_v1")), rows);
    }
  }

  /** The files of a folder whose names match, by their names. */
  private Map<Path, byte[]> files(String folder, String name) throws IOException {
    Map<Path, byte[]> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(story.folder().resolve(folder))) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().matches(name)) {
          found.put(file, Files.readAllBytes(file));
        }
      }
    }
    return found;
  }

  @ParameterizedTest
  @CsvSource({
    "iceberg-metadata,      lake/features/spend_v1/metadata, v[0-9]+[.]metadata[.]json",
    "iceberg-manifest-list, lake/features/spend_v1/metadata, snap-.*[.]avro",
    "delta-log,             delta/features/spend_v1/_delta_log, [0-9]+[.]json",
    "run-history-log,       registry/tidemark/runs/_delta_log, [0-9]+[.]json",
    "run-history,           registry/tidemark/runs, part-.*[.]parquet"
  })
  void a_damaged_file_is_named_and_nothing_is_lost(String golden, String folder, String name)
      throws IOException {
    materialize("2024-03-03T00:00:00Z");
    tablesHold(TWO_DAYS);
    Map<Path, byte[]> checksums = files(folder, "[.].*[.]crc");
    Map<Path, byte[]> whole = files(folder, name);
    assertThat(whole).isNotEmpty();
    for (Map.Entry<Path, byte[]> file : whole.entrySet()) {
      Files.write(file.getKey(), Arrays.copyOf(file.getValue(), file.getValue().length / 2));
    }
    for (Path checksum : checksums.keySet()) {
      Files.delete(checksum);
    }

    Throwable thrown = catchThrowable(() -> materialize("2024-03-04T00:00:00Z"));
    assertThat(thrown).isInstanceOf(TaskFailure.class);
    Golden.check("faults/damaged-" + golden + ".txt", stable(String.valueOf(thrown.getMessage())));
    assertThat(((TaskFailure) thrown).exitCode()).isEqualTo(ExitCode.INPUT_NOT_READY);

    checksums.putAll(whole);
    for (Map.Entry<Path, byte[]> file : checksums.entrySet()) {
      Files.write(file.getKey(), file.getValue());
    }
    tablesHold(TWO_DAYS);
    materialize("2024-03-04T00:00:00Z");
    tablesHold(THREE_DAYS);
  }

  private String stable(String message) {
    return message
        .replace(story.folder().toString(), "PROJECT")
        .replace(catalog, "CATALOG")
        .replaceAll("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "UUID")
        .replaceAll("part-[-0-9a-zA-Z.]+parquet", "PART")
        .replaceAll("snap-[0-9]+", "snap-ID")
        // Paths in the file, of no fixed length, decide where half of it ends.
        .replaceAll("Unexpected end-of-input[^)]*", "Unexpected end-of-input")
        .replaceAll("found \\[[0-9, -]+]", "found others");
  }
}
