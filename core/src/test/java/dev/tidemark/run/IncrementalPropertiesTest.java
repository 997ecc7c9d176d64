package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.compile.Compiler;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.Provider.TableFormat;
import dev.tidemark.pit.SlotEngine;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.PastCommit;
import dev.tidemark.store.RowsSummary;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever a view is made of, and whatever ran before, the rows of a run are those of a run that
 * reads all single events: the same to the bit. {@code -Dtidemark.seed=...} draws other views, rows
 * and runs, {@code -Dtidemark.views=...} more of them.
 */
@SparkTest
@Tag("slow")
class IncrementalPropertiesTest {
  private static final long SEED = Long.getLong("tidemark.seed", 20240311);
  private static final int VIEWS = Integer.getInteger("tidemark.views", 2);
  private static final int RUNS = 6;
  private static final Instant START = Instant.parse("2024-03-01T00:00:00Z");
  private static final Duration EVERY = Duration.ofHours(6);
  private static final int TICKS = 30;

  private static final StructType EVENTS =
      new StructType()
          .add("k", DataTypes.LongType)
          .add("k2", DataTypes.StringType)
          .add("at", DataTypes.TimestampType)
          .add("loaded", DataTypes.TimestampType)
          .add("op", DataTypes.StringType)
          .add("n", DataTypes.LongType)
          .add("x", DataTypes.DoubleType)
          .add("f", DataTypes.FloatType)
          .add("m", DataTypes.createDecimalType(10, 2))
          .add("w", DataTypes.createDecimalType(30, 5))
          .add("s", DataTypes.StringType);

  private static final List<String> AGGREGATES =
      List.of(
          "sum(x)",
          "avg(x)",
          "sum(f)",
          "sum(n)",
          "avg(n)",
          "sum(m)",
          "avg(m)",
          "sum(w)",
          "count(*)",
          "count(x)",
          "min(x)",
          "max(x)",
          "min(n)",
          "max(m)",
          "max(w)",
          "min(s)",
          "max(at)",
          "bit_xor(n)",
          "bool_or(n > 2)",
          "approx_count_distinct(s)",
          "median(n)",
          "sort_array(collect_set(s))",
          "sum(x) FILTER (WHERE n > 1) / count(*)");

  private final SparkSession session;

  IncrementalPropertiesTest(SparkSession session) {
    this.session = session;
  }

  /** A project with one random view, whose source gets rows between runs. */
  private final class World {
    final Random random;
    final FeatureStory story = new FeatureStory(session);
    final List<String> told = new ArrayList<>();
    final boolean twoKeys;
    final List<String> features = new ArrayList<>();
    final String rest;
    int tick = 8;
    int added;

    World(TableFormat format, long seed) {
      random = new Random(seed);
      twoKeys = chance(1, 3);
      String database = "p" + System.nanoTime();
      story.file(
          "env/local.conf",
          """
          providers {
            lake { format = %s%s, warehouse = ".tidemark/warehouse", database = %s }
            own { format = delta, warehouse = ".tidemark/registry" }
          }
          write-to = [lake]
          registry = own
          """
              .formatted(
                  format, format == TableFormat.ICEBERG ? ", catalog = tidemark" : "", database));
      String time =
          (chance(1, 2) ? ", available-at = loaded" : "")
              + (chance(1, 3) ? ", delay = " + oneOf("1h", "7h", "13h") : "")
              + (chance(1, 3) ? ", deleted-when = \"op = 'D'\"" : "")
              + (chance(1, 2) ? ", tie-break = [loaded, n]" : "");
      rest =
          """
          entities.thing { keys { %s } }
          sources.events.v1 { path = events, format = %s, event-time = at%s }
          feature-views.seen.v1 {
            entity = thing, source = sources.events.v1
            %s
            materialize { every = %s, start = "2024-03-01" }
          """
              .formatted(
                  twoKeys ? "k = bigint, k2 = string" : "k = bigint",
                  oneOf("delta", "parquet"),
                  time,
                  (chance(1, 3) ? "as-of = exclusive\n" : "")
                      + (chance(1, 3) ? "where = \"n > 0 OR x IS NULL\"\n" : "")
                      + (chance(1, 2) ? "ttl = " + oneOf("5h", "20h", "50h") : ""),
                  EVERY.toHours() + "h");
      add();
      add();
      define();
    }

    private void add() {
      int number = features.size();
      features.add(
          chance(1, 3)
              ? "v%d { value = %s%s }"
                  .formatted(
                      number, oneOf("n", "x", "s", "w"), chance(1, 3) ? ", where = \"n > 1\"" : "")
              : "a%d { aggregate = \"%s\", windows = [%s]%s }"
                  .formatted(
                      number,
                      AGGREGATES.get(random.nextInt(AGGREGATES.size())),
                      windows(),
                      chance(1, 3) ? ", where = \"x > 0\"" : ""));
    }

    private String windows() {
      Set<String> windows = new LinkedHashSet<>();
      windows.add(oneOf("20h", "31h", "48h"));
      windows.add(oneOf("1h", "6h", "13h", "50h"));
      if (chance(1, 6)) {
        windows.add("unbounded");
      }
      return String.join(", ", windows);
    }

    private void define() {
      story.define(rest + "  features {\n    " + String.join("\n    ", features) + "\n  }\n}\n");
    }

    private void arrive() {
      List<Row> rows = new ArrayList<>();
      int count = 10 + random.nextInt(40);
      for (int i = 0; i < count; i++) {
        rows.add(event());
      }
      String format = rest.contains("format = delta") ? "delta" : "parquet";
      session
          .createDataFrame(rows, EVENTS)
          .coalesce(1)
          .write()
          .format(format)
          .mode("append")
          .save(story.folder().resolve("events").toString());
      added += count;
    }

    private Row event() {
      Instant at = time(TICKS * 6);
      return RowFactory.create(
          orNull((long) random.nextInt(3)),
          orNull(oneOf("a", "b")),
          orNull(Timestamp.from(at)),
          orNull(Timestamp.from(chance(2, 3) ? at : at.plus(Duration.ofHours(random.nextInt(40))))),
          oneOf("D", "U", "U"),
          orNull((long) random.nextInt(5)),
          orNull(
              oneOf(
                  0.1,
                  -1e300,
                  1e300,
                  1e-300,
                  -0.0,
                  3.7,
                  chance(1, 4) ? Double.NaN : 2.5,
                  chance(1, 6) ? Double.POSITIVE_INFINITY : 1.0 / 3)),
          orNull(oneOf(0.1f, 1e30f, -2.5f)),
          orNull(new BigDecimal(random.nextInt(10_000) - 5_000).movePointLeft(2)),
          orNull(
              new BigDecimal("123456789012345678901.23456")
                  .add(BigDecimal.valueOf(random.nextInt()))),
          orNull(oneOf("a", "b", "c", "")));
    }

    /** Often at a bound of windows, or a microsecond beside it. */
    private Instant time(int hours) {
      return START
          .plus(Duration.ofHours(random.nextInt(hours)))
          .plusNanos(1_000L * (random.nextInt(3) - 1));
    }

    private boolean chance(int of, int outOf) {
      return random.nextInt(outOf) < of;
    }

    private <T> @Nullable T orNull(T value) {
      return chance(1, 10) ? null : value;
    }

    @SafeVarargs
    private <T> T oneOf(T... values) {
      return values[random.nextInt(values.length)];
    }

    private Interval ticks(int first, int last) {
      return new Interval(
          START.plus(EVERY.multipliedBy(first)), START.plus(EVERY.multipliedBy(last + 1L)));
    }

    /** What a scheduler and its people do: mostly the next tick. */
    private void step() {
      if (chance(1, 2)) {
        arrive();
      }
      if (chance(1, 8)) {
        add();
        define();
      }
      int what = random.nextInt(8);
      int first =
          switch (what) {
            case 0 -> random.nextInt(tick);
            case 1 -> tick + 1 + random.nextInt(4);
            default -> tick + 1;
          };
      int last = first + (chance(1, 4) ? random.nextInt(4) : 0);
      Redo redo = what == 0 ? oneOf(Redo.STALE, Redo.ALL) : Redo.DUE;
      told.add("ticks %d to %d, %s, %d events".formatted(first, last, redo, added));
      tick = Math.max(tick, last);
      run(plan(ticks(first, last), redo));
    }

    private Plan plan(Interval interval, Redo redo) {
      Project project = story.project();
      Graph graph = Graph.of(project.definitions());
      return Planner.materialize(
          graph,
          project.environment(),
          List.of("seen.v1"),
          interval,
          runner(graph).history(),
          redo,
          1);
    }

    private Runner runner(Graph graph) {
      return new Runner(
          session, story.folder(), story.project().environment(), graph, "test", what -> {});
    }

    private void run(Plan plan) {
      for (Task task : plan.tasks()) {
        runner(plan.graph()).run(task);
        Task.MaterializeInterval done = task.match(b -> null, m -> m, l -> null, s -> null);
        Dataset<Row> expected =
            new Compiler(session, story.folder(), plan.graph(), new SlotEngine())
                .view(done, PinnedSources.current())
                .rows();
        Dataset<Row> actual =
            runner(plan.graph())
                .read(target("seen_v1"))
                .where(functions.col("event_time").geq(functions.lit(done.interval().start())))
                .where(functions.col("event_time").lt(functions.lit(done.interval().end())))
                .select(
                    "`" + expected.columns()[0] + "`",
                    Arrays.copyOfRange(expected.columns(), 1, expected.columns().length));
        assertThat(hash(actual))
            .as(() -> this + difference(expected, actual))
            .isEqualTo(hash(expected));
      }
    }

    private Target target(String table) {
      return new Target(story.project().environment().writeTo().get(0), table);
    }

    private String hash(Dataset<Row> rows) {
      return RowsSummary.of(rows, List.of()).contentHash();
    }

    private String difference(Dataset<Row> expected, Dataset<Row> actual) {
      return "\nmissing: %s\nnot expected: %s"
          .formatted(
              expected.exceptAll(actual).takeAsList(5), actual.exceptAll(expected).takeAsList(5));
    }

    /** How often a state was added to, of all commits of one. */
    long additions() {
      return OfflineTables.of(session, story.folder(), target("seen_v1__state"))
          .commitsSince(null, 1_000)
          .stream()
          .map(PastCommit::runId)
          .filter(Optional::isPresent)
          .count();
    }

    @Override
    public String toString() {
      return rest + String.join("\n", features) + "\n" + String.join("\n", told);
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_run_that_goes_on_from_a_state_has_the_rows_of_one_that_reads_all(TableFormat format) {
    long additions = 0;
    for (int i = 0; i < VIEWS; i++) {
      World world = new World(format, SEED + 1_000L * i + format.name().length());
      world.arrive();
      world.arrive();
      for (int run = 0; run < RUNS; run++) {
        world.step();
      }
      additions += world.additions();
    }
    // Else nothing was put to the test.
    assertThat(additions).isGreaterThanOrEqualTo((long) VIEWS * (RUNS - 3));
  }
}
