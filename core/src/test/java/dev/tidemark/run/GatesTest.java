package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Problem;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.RunOverview;
import dev.tidemark.store.ManifestSchema;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gates, from their words in a definition to what becomes of the table. */
@SparkTest
class GatesTest {
  private static final String GOOD =
      """
      customer_id bigint | at timestamp         | order_id bigint | amount double | kind string | bad boolean
      1                  | 2024-03-01T00:00:00Z | 1               | 5             | a           | false
      1                  | 2024-03-02T00:00:00Z | 2               | 7             | b           | true
      2                  | 2024-03-02T12:00:00Z | 3               | null          | a           | false
      3                  | 2024-03-03T12:00:00Z | 4               | 9             | b           | null
      """;

  private final SparkSession session;
  private final FeatureStory story;
  private final StoryRuns runs;

  GatesTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    this.runs = new StoryRuns(session, story);
    runs.environment("lake");
    payments(GOOD);
  }

  private void payments(String rows) {
    TextTable.parse(session, rows)
        .coalesce(1)
        .write()
        .mode("overwrite")
        .parquet(story.folder().resolve("payments").toString());
  }

  private void gates(String gates) {
    define(gates, "");
  }

  private void define(String gates, String ofView) {
    story.file(
        "definitions/shop.conf",
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { path = payments, format = parquet, event-time = at }
        feature-views.spend.v1 {
          entity = customer, source = sources.payments.v1
          features {
            spend { aggregate = "sum(amount)", windows = [2d] }
            last { value = amount }
            last_at { value = at }
          }
          materialize { every = 1d, start = "2024-03-01" }
          gates { %s }
        }
        labels.fraud.v1 { entity = customer, source = sources.payments.v1, value = bad, keep = [order_id, kind, amount] }
        training-sets.t.v1 {
          label = labels.fraud.v1, features = [ { view = spend.v1, prefix = s } ]
          split { by = time, test-from = "2024-03-02T12:00:00Z" }
          gates { %s }
        }
        training-sets.plain.v1 { label = labels.fraud.v1, features = [ spend.v1 ] }
        """
            .formatted(ofView, gates));
  }

  private static JsonNode manifest(TaskReport report) throws IOException {
    return new ObjectMapper()
        .readTree(Path.of(java.net.URI.create(String.valueOf(report.manifest()))).toFile());
  }

  /** What passes at its bound, and what is refused a little beyond it. */
  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      textBlock =
          """
          rows { min = 4 }                          => rows { min = 5 }                            => 4 rows
          rows { max = 4 }                          => rows { max = 3 }                            => 4 rows
          rows { unique-by = [customer_id, event_time] } => rows { unique-by = [customer_id] }          => 1 of them more than once, in 2 rows
          amount { nulls { max = 0.25 } }           => amount { nulls { max = 0.249 } }            => 0.25: 1 of 4 rows
          amount { min = 5 }                        => amount { min = 5.001 }                      => the least is 5.0, and 1 rows are outside
          amount { max = 9 }                        => amount { max = 6 }                          => the greatest is 9.0, and 2 rows are outside
          order_id { min = 1, max = 4 }             => order_id { min = 1.5 }                      => the least is 1, and 1 rows are outside
          kind { in = [a, b] }                      => kind { in = [a] }                           => 2 of 4 values are others
          amount { in = [5, 7.0, 9] }               => amount { in = [5, 9] }                      => 1 of 3 values are others
          fraud { in = [true, false] }              => fraud { in = [true] }                       => 2 of 3 values are others
          order_id { unique = true }                => kind { unique = true }                      => 2 of them more than once, in 4 rows
          event_time { freshness { max = 12h } }    => event_time { freshness { max = 11h } }      => the newest is of 2024-03-03T12:00:00Z, 12h before 2024-03-04T00:00:00Z
          fraud { rate { min = 0.3, max = 0.34 } }  => fraud { rate { max = 0.33 } }               => 0.333333: 1 of 3 values
          fraud { rate { max = 0.5, each-split = true } } => fraud { rate { max = 0.4, each-split = true } } => train 0.5: 1 of 2 values; test 0: 0 of 1 values
          """)
  void what_is_exactly_at_a_bound_passes(String passes, String fails, String found) {
    gates(passes);
    assertThat(build().rows()).isEqualTo(4);
    gates(fails);
    TaskFailure failure = catchThrowableOfType(TaskFailure.class, this::build);
    assertThat(failure.exitCode()).isEqualTo(ExitCode.GATE);
    assertThat(failure.problems()).hasSize(1);
    assertThat(failure.problems().get(0).what()).endsWith("found was " + found);
    assertThat(failure.problems().get(0).origin()).isNotNull();
  }

  private TaskReport build() {
    var project = story.project();
    return runs.runner()
        .run(
            Planner.build(
                    Graph.of(project.definitions()),
                    project.environment(),
                    List.of("t.v1"),
                    java.time.Instant.parse("2024-03-04T00:00:00Z"))
                .tasks()
                .get(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lake", "delta"})
  void refused_rows_leave_the_table_as_it_was_and_mended_ones_are_written(String provider)
      throws IOException {
    runs.environment(provider);
    gates("rows { min = 4 }, amount { min = 0 }");
    build();
    Map<String, Long> files = tableFiles();
    List<Row> before = read("t_v1");
    payments(
        GOOD.replace("| 7  ", "| -7 ")
            .replace("3                  | 2024-03-03T12", "1 | 2024-03-03T12"));
    gates("rows { min = 5 }, amount { min = 0, nulls { max = 0.1 } }, kind { in = [a, b] }");

    TaskFailure failure = catchThrowableOfType(TaskFailure.class, this::build);

    assertThat(failure.exitCode()).isEqualTo(ExitCode.GATE);
    assertThat(failure.problems())
        .extracting(Problem::what)
        .containsExactly(
            "training-sets.t.v1 does not pass `rows.min`: asked was at least 5 rows; found was 4 rows",
            "training-sets.t.v1 does not pass `amount.min`: asked was no value below 0; found was the least is -7.0, and 1 rows are outside",
            "training-sets.t.v1 does not pass `amount.nulls`: asked was at most 0.1 of the rows are null; found was 0.25: 1 of 4 rows");
    assertThat(failure.problems().get(1).render())
        .contains(
            "definitions/shop.conf:",
            "amount { min = 0",
            "such as customer_id = 1, event_time = 2024-03-02T00:00:00Z")
        .contains("no table was changed", "_manifests/training-sets/t.v1/");
    assertThat(failure.checks()).extracting(Trace.Check::passed).contains(true, false);
    assertThat(tableFiles()).isEqualTo(files);
    assertThat(read("t_v1")).isEqualTo(before);

    RunOverview past = overview("training-sets.t.v1");
    assertThat(past.newest()).hasSize(2);
    assertThat(past.newest().get(0).tables()).isEmpty();
    assertThat(past.newest().get(1).tables()).hasSize(1);
    JsonNode refusal =
        new ObjectMapper()
            .readTree(
                Path.of(java.net.URI.create(String.valueOf(past.newest().get(0).manifest())))
                    .toFile());
    assertThat(ManifestSchema.validate(refusal)).isEmpty();
    assertThat(refusal.path("outputs")).isEmpty();
    assertThat(refusal.path("checks").findValuesAsText("verdict")).contains("failed");

    payments(
        GOOD
            + "5 | 2024-03-03T13:00:00Z | 6 | 1 | a | true\n"
            + "6 | 2024-03-03T14:00:00Z | 7 | 1 | a | true\n"
            + "7 | 2024-03-03T14:00:00Z | 8 | 1 | a | true\n"
            + "8 | 2024-03-03T14:00:00Z | 9 | 1 | a | true\n"
            + "9 | 2024-03-03T14:00:00Z | 10 | 1 | a | true\n"
            + "10 | 2024-03-03T14:00:00Z | 11 | 1 | a | true\n");
    TaskReport mended = build();
    assertThat(mended.rows()).isEqualTo(10);
    JsonNode manifest = manifest(mended);
    assertThat(ManifestSchema.validate(manifest)).isEmpty();
    JsonNode nulls = manifest.path("checks").get(5);
    assertThat(nulls.path("name").asText()).isEqualTo("gates.amount.nulls");
    assertThat(nulls.path("verdict").asText()).isEqualTo("passed");
    assertThat(nulls.path("detail").asText()).isEqualTo("0.1: 1 of 10 rows");
    assertThat(nulls.path("column").asText()).isEqualTo("amount");
    assertThat(nulls.path("expected").asText()).isEqualTo("at most 0.1 of the rows are null");
  }

  private RunOverview overview(String id) {
    return new Catalogue(session, story.folder(), story.project().environment())
        .runs(5, null)
        .getOrDefault(id, RunOverview.NONE);
  }

  private List<Row> read(String table) {
    return runs.runner()
        .read(runs.target(table))
        .orderBy("customer_id", "event_time")
        .collectAsList();
  }

  /** The files of tables, whatever they are, with their sizes; without Tidemark's own. */
  private Map<String, Long> tableFiles() throws IOException {
    try (Stream<Path> all = Files.walk(story.folder().resolve(".tidemark"))) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.toString().matches(".*/(tidemark|_manifests|_lineage)/.*"))
          .collect(
              Collectors.toMap(
                  Path::toString, file -> file.toFile().length(), (a, b) -> a, TreeMap::new));
    }
  }

  @Test
  void what_only_warns_is_written_and_told() throws IOException {
    gates("rows { min = 100, severity = warn }, amount { min = 0 }");
    TaskReport report = build();
    assertThat(report.warnings())
        .extracting(Problem::what)
        .contains(
            "training-sets.t.v1 does not pass `rows.min`: asked was at least 100 rows; found was 4 rows");
    JsonNode check = manifest(report).path("checks").get(3);
    assertThat(check.path("verdict").asText()).isEqualTo("failed");
    assertThat(check.path("severity").asText()).isEqualTo("warn");
  }

  @Test
  void a_change_of_the_number_of_rows_is_against_the_commit_before() {
    gates("rows { change { min = -0.5, max = 1 } }");
    build();
    payments(GOOD.lines().limit(3).collect(Collectors.joining("\n")));
    assertThat(build().rows()).isEqualTo(2);
    payments(GOOD);
    assertThat(build().rows()).isEqualTo(4);
    payments(GOOD.lines().limit(2).collect(Collectors.joining("\n")));
    TaskFailure failure = catchThrowableOfType(TaskFailure.class, this::build);
    assertThat(failure.problems().get(0).what()).endsWith("found was -0.75: 1 rows, and 4 before");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lake", "delta"})
  void drift_is_against_the_rows_of_a_manifest(String provider) {
    runs.environment(provider);
    gates("");
    String manifest = String.valueOf(build().manifest());
    gates(
        "amount { drift { max = 0, against = \"%1$s\" } }, kind { drift { max = 0, against = \"%1$s\" } }"
            .formatted(manifest));
    assertThat(build().rows()).isEqualTo(4);
    payments(GOOD.replace("| a  ", "| c  "));
    TaskFailure failure = catchThrowableOfType(TaskFailure.class, this::build);
    // a and b were half of the rows each, and now there is no a: (0.0001 - 0.5) ln 0.0002, and c as
    // much.
    double half = (0.0001 - 0.5) * Math.log(0.0001 / 0.5);
    assertThat(failure.problems()).hasSize(1);
    assertThat(failure.problems().get(0).what())
        .endsWith("found was " + "%.5f".formatted(2 * half).replace(",", "."));
    payments(GOOD);
    gates("amount { drift { max = 1, against = nothing.json } }");
    TaskFailure missing = catchThrowableOfType(TaskFailure.class, this::build);
    assertThat(missing.exitCode()).isEqualTo(ExitCode.DEFINITION);
    assertThat(missing.problems().get(0).render())
        .contains("no manifest", "nothing.json", "shop.conf:");
  }

  @Test
  void intervals_are_held_each_by_itself_and_one_that_fails_stops_all() {
    define("", "spend_2d { max = 11 }, rows { min = 1 }");
    TaskFailure failure =
        catchThrowableOfType(TaskFailure.class, () -> runs.materialize("spend.v1", 1, 5));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.GATE);
    assertThat(failure.problems())
        .extracting(Problem::what)
        .containsExactly(
            "feature-views.spend.v1 at 2024-03-02T00:00:00Z does not pass `spend_2d.max`: asked was no value above 11; found was the greatest is 12.0, and 1 rows are outside");
    assertThat(failure.problems().get(0).hint()).contains("such as customer_id = 1");
    assertThat(StoryRuns.days(runs.plan("spend.v1", 1, 5, Redo.DUE)))
        .containsExactly("03-01", "03-02", "03-03", "03-04");
    assertThat(overview("feature-views.spend.v1").from()).isNull();

    define(
        "",
        "spend_2d { max = 12 }, rows { min = 1 }, last_at { freshness { max = 1d } }, customer_id { unique = true }");
    TaskFailure stale =
        catchThrowableOfType(TaskFailure.class, () -> runs.materialize("spend.v1", 1, 7));
    assertThat(stale.problems())
        .extracting(Problem::what)
        .containsExactly(
            "feature-views.spend.v1 at 2024-03-05T00:00:00Z does not pass `last_at.freshness`: asked was the newest is at most 1d old; found was the newest is of 2024-03-03T12:00:00Z, 1d 12h before 2024-03-05T00:00:00Z",
            "feature-views.spend.v1 at 2024-03-06T00:00:00Z does not pass `last_at.freshness`: asked was the newest is at most 1d old; found was the newest is of 2024-03-03T12:00:00Z, 2d 12h before 2024-03-06T00:00:00Z");
    runs.materialize("spend.v1", 1, 5);
    assertThat(runs.plan("spend.v1", 1, 5, Redo.DUE).tasks()).isEmpty();
    define("", "spend_2d { max = 1 }");
    assertThat(runs.plan("spend.v1", 1, 5, Redo.DUE).tasks())
        .as("another gate is no other meaning")
        .isEmpty();
    assertThatThrownBy(() -> runs.run(runs.plan("spend.v1", 1, 5, Redo.ALL)))
        .as("--force passes no gate")
        .isInstanceOf(TaskFailure.class);
    assertThat(read("spend_v1")).hasSize(7);
  }

  @Test
  void an_empty_interval_is_refused_only_where_rows_are_asked() {
    define("", "spend_2d { min = 0, nulls { max = 0 } }, customer_id { unique = true }");
    runs.materialize("spend.v1", 1, 2);
    payments(GOOD.replace("2024-03-01T00", "2024-03-02T00"));
    define("", "spend_2d { min = 0, nulls { max = 0 } }, last { in = [5] }, rows { min = 0 }");
    runs.run(runs.plan("spend.v1", 1, 2, Redo.ALL));
    assertThat(read("spend_v1")).isEmpty();
    define("", "rows { min = 1 }");
    assertThatThrownBy(() -> runs.run(runs.plan("spend.v1", 1, 2, Redo.ALL)))
        .hasMessageContaining("found was 0 rows");
  }

  @Test
  void a_label_that_a_column_gives_away_is_found() {
    payments(
        """
        customer_id bigint | at timestamp         | order_id bigint | amount double | kind string | bad boolean
        1                  | 2024-03-01T00:00:00Z | 1               | 5             | a           | true
        2                  | 2024-03-01T00:00:00Z | 3               | 7             | b           | false
        3                  | 2024-03-01T12:00:00Z | 2               | null          | a           | false
        4                  | 2024-03-01T12:00:00Z | 4               | null          | b           | false
        5                  | 2024-03-01T12:00:00Z | 5               | 6             | b           | true
        """);
    gates("fraud { leakage { max = 0.9 } }");
    TaskFailure failure = catchThrowableOfType(TaskFailure.class, this::build);
    // That there is an amount ranks 5 of 6 pairs rightly, its value 4 of them.
    assertThat(failure).isNull();
    payments(
        """
        customer_id bigint | at timestamp         | order_id bigint | amount double | kind string | bad boolean
        1                  | 2024-03-01T00:00:00Z | 1               | 5             | a           | true
        2                  | 2024-03-01T00:00:00Z | 3               | null          | b           | false
        5                  | 2024-03-01T12:00:00Z | 2               | -6            | b           | true
        """);
    assertThat(catchThrowableOfType(TaskFailure.class, this::build).problems().get(0).what())
        .contains("amount 1", "s_last 1", "order_id 1")
        .doesNotContain("customer_id");
  }

  @Test
  void wrong_types_and_names_are_told_with_their_places() {
    gates(
        """
        kind { min = 0, rate { max = 1 }, freshness { max = 1d } }
        amount { in = [5, x] }
        """);
    DefinitionException wrong = catchThrowableOfType(DefinitionException.class, () -> checked());
    assertThat(wrong.problems())
        .extracting(Problem::what)
        .containsExactly(
            "`kind.min` can't be asked of `kind`, which is string",
            "`kind.rate` can't be asked of `kind`, which is string",
            "`kind.freshness` can't be asked of `kind`, which is string",
            "`x` is no double, as `amount` is");
    gates("amuont { min = 0 }, rows { unique-by = [customer] }, kind { leakage { max = 0.9 } }");
    DefinitionException unknown = catchThrowableOfType(DefinitionException.class, () -> checked());
    assertThat(unknown.problems())
        .extracting(Problem::what)
        .containsExactly(
            "no column `amuont` in training-sets.t.v1",
            "no column `customer` in training-sets.t.v1",
            "`leakage` is asked of a label, and `kind` is none");
    define(
        "",
        "event_time { freshness { max = 1d } }, spend { min = 1 }, last { rate { max = 1, each-split = true } }");
    assertThat(catchThrowableOfType(DefinitionException.class, () -> checked()).problems())
        .extracting(Problem::what)
        .containsExactly(
            "the event_time of an interval's rows is the tick or later, which is never old",
            "no column `spend` in feature-views.spend.v1",
            "a view has no split");
    define("", "spend_2d { freshness { max = 1d } }");
    assertThat(catchThrowableOfType(TaskFailure.class, () -> runs.runner().check()).problems())
        .extracting(Problem::what)
        .containsExactly("`spend_2d.freshness` can't be asked of `spend_2d`, which is double");
  }

  private void checked() {
    try {
      runs.runner().check();
    } catch (TaskFailure failure) {
      if (failure.getCause() instanceof DefinitionException definition) {
        throw definition;
      }
      throw failure;
    }
  }

  @Test
  void what_is_tagged_or_masked_is_in_no_error() {
    story.file(
        "definitions/shop.conf",
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { path = payments, format = parquet, event-time = at }
        labels.fraud.v1 { entity = customer, source = sources.payments.v1, value = bad, keep = [kind] }
        feature-views.spend.v1 { entity = customer, source = sources.payments.v1, features { last { value = amount } } }
        training-sets.t.v1 {
          label = labels.fraud.v1, features = [spend.v1]
          mask { customer_id = "sha2(cast(customer_id as string), 256)" }
          gates { kind { in = [a] } }
        }
        """);
    assertThat(catchThrowableOfType(TaskFailure.class, this::build).getMessage())
        .contains("such as event_time = ")
        .doesNotContain("customer_id = ");
    story.file(
        "definitions/shop.conf",
        """
        entities.customer { keys { customer_id = bigint } }
        sources.payments.v1 { path = payments, format = parquet, event-time = at, tags = [pii] }
        labels.fraud.v1 { entity = customer, source = sources.payments.v1, value = bad, keep = [kind] }
        feature-views.spend.v1 { entity = customer, source = sources.payments.v1, features { last { value = amount } } }
        training-sets.t.v1 { label = labels.fraud.v1, features = [spend.v1], gates { kind { in = [a] } } }
        """);
    assertThat(catchThrowableOfType(TaskFailure.class, this::build).getMessage())
        .doesNotContain("such as");
  }

  @Test
  void a_rebuild_asks_its_gates_but_for_change() {
    gates("rows { min = 1, change { min = 0 } }");
    String manifest = String.valueOf(build().manifest());
    assertThat(
            new Rebuild(session, story.folder(), story.project().environment(), "test", what -> {})
                .run(manifest, true)
                .checks())
        .extracting(Trace.Check::name)
        .contains("gates.rows.min", "gates.rows.change");
  }
}
