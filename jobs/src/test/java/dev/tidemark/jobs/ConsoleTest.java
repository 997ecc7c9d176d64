package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.run.Step;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told on stderr, in both forms. */
class ConsoleTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Terminal terminal(boolean errIsTerminal) {
    return new Terminal(
        new PrintStream(out, false, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        false,
        errIsTerminal,
        60,
        false);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private List<JsonNode> objects() {
    return err().lines().map(Cli::parse).toList();
  }

  private static Step step() {
    return new Step(
        "computing 3 ticks",
        "run-1",
        "materialize/spend.v1/x",
        "feature-views.spend.v1",
        new dev.tidemark.plan.Interval(
            Instant.parse("2024-03-01T00:00:00Z"), Instant.parse("2024-03-04T00:00:00Z")),
        "compute");
  }

  private Cli main(Map<String, String> environment, AtomicBoolean taken, String command) {
    Cancellation cancellation = new Cancellation();
    Spark none =
        new Spark(
            (env, root) -> {
              throw new AssertionError("no Spark for this command");
            },
            cancellation,
            environment);
    int code =
        new Main(
                terminal(false),
                cancellation,
                none,
                environment,
                (console, debug) -> taken.set(true))
            .run(List.of(command.split(" ", -1)));
    return new Cli(code, out.toString(StandardCharsets.UTF_8), err());
  }

  @Test
  void a_line_of_json_tells_when_what_and_for_whom() {
    try (Console console = new Console(terminal(true), LogFormat.JSON)) {
      console.begin("materialize", text -> text);
      console.progress(step());
      console.warn("two\nlines, \"quoted\"");
      console.log("WARN", "org.apache.spark.X", "lost", new IllegalStateException("why"), false);
      console.log("WARN", "org.apache.spark.X", "lost", new IllegalStateException("why"), true);
      console.printed("stdout", "hello");
    }
    List<JsonNode> all = objects();
    assertThat(all).hasSize(5);
    JsonNode first = all.get(0);
    assertThat(Duration.between(Instant.parse(first.path("timestamp").asText()), Instant.now()))
        .isLessThan(Duration.ofMinutes(1));
    assertThat(first.path("timestamp").asText()).endsWith("Z");
    assertThat(first.path("level").asText()).isEqualTo("INFO");
    assertThat(first.path("event").asText()).isEqualTo("progress");
    assertThat(first.path("message").asText()).isEqualTo("computing 3 ticks");
    assertThat(first.path("command").asText()).isEqualTo("materialize");
    assertThat(first.path("task").asText()).isEqualTo("materialize/spend.v1/x");
    assertThat(first.path("view").asText()).isEqualTo("spend.v1");
    assertThat(first.path("interval_start").asText()).isEqualTo("2024-03-01T00:00:00Z");
    assertThat(first.path("interval_end").asText()).isEqualTo("2024-03-04T00:00:00Z");
    assertThat(first.path("phase").asText()).isEqualTo("compute");
    assertThat(all).allMatch(each -> each.path("run_id").asText().equals("run-1"));
    assertThat(all.get(1).path("message").asText()).isEqualTo("two\nlines, \"quoted\"");
    assertThat(all.get(2).path("logger").asText()).isEqualTo("org.apache.spark.X");
    assertThat(all.get(2).at("/exception/message").asText()).isEqualTo("why");
    assertThat(all.get(2).at("/exception").has("stack_trace")).isFalse();
    assertThat(all.get(3).at("/exception/stack_trace").asText()).contains("at dev.tidemark");
    assertThat(all.get(4).path("event").asText()).isEqualTo("printed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TEXT", "JSON"})
  void secrets_are_in_no_line(LogFormat format) {
    try (Console console = new Console(terminal(false), format)) {
      console.begin("build", text -> text.replace("s3\"cr3t", "***"));
      console.progress("at s3\"cr3t");
      console.warn("with s3\"cr3t");
      console.trace("Exception: s3\"cr3t");
      if (format == LogFormat.JSON) {
        console.log("WARN", "x", "s3\"cr3t", new IllegalStateException("s3\"cr3t"), true);
        console.printed("stdout", "s3\"cr3t");
        console.error(Failure.of(Status.FAILED, "no s3\"cr3t", ""));
        assertThat(objects()).hasSize(6);
      }
    }
    assertThat(err()).doesNotContain("cr3t").contains("***");
  }

  @Test
  void errors_are_objects_with_their_places_in_json() {
    AtomicBoolean taken = new AtomicBoolean();
    Cli wrong = main(Map.of(), taken, "list --log-format json --project nowhere");
    assertThat(wrong.code()).isEqualTo(2);
    List<JsonNode> all = objects();
    assertThat(all).extracting(each -> each.path("event").asText()).containsExactly("error", "end");
    assertThat(all.get(0).at("/problems/0/what").asText()).isNotEmpty();
    assertThat(all.get(0).at("/problems/0").has("hint")).isTrue();
    assertThat(all.get(0).at("/problems/0").has("line")).isTrue();
    assertThat(all.get(0).path("exit_code").asInt()).isEqualTo(2);
    assertThat(all.get(1).path("status").asText()).isEqualTo("refused");
    assertThat(all.get(1).path("command").asText()).isEqualTo("list");
    assertThat(taken).isTrue();
  }

  @Test
  void the_option_comes_before_the_variable_and_both_are_checked() {
    AtomicBoolean taken = new AtomicBoolean();
    Map<String, String> json = Map.of(LogFormat.VARIABLE, "json");
    main(json, taken, "list --project nowhere");
    assertThat(objects()).hasSize(2);
    err.reset();
    taken.set(false);
    main(json, taken, "list --project nowhere --log-format=text");
    assertThat(err()).startsWith("error: ");
    assertThat(taken).isFalse();
    err.reset();
    // What is wrong with arguments is told in the form that is asked for, too.
    main(json, taken, "lst");
    assertThat(objects().get(0).path("message").asText()).contains("no command `lst`");
    err.reset();
    Cli wrong = main(Map.of(), taken, "list --log-format yaml");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("--log-format").contains("text and json, not `yaml`");
    err.reset();
    Cli variable = main(Map.of(LogFormat.VARIABLE, "yaml"), taken, "list");
    assertThat(variable.code()).isEqualTo(2);
    assertThat(variable.err()).contains("TIDEMARK_LOG_FORMAT is `yaml`");
    assertThat(variable.json().path("exit_code").asInt()).isEqualTo(2);
  }

  @Test
  void where_nobody_looks_a_long_step_is_told_every_half_minute() {
    AtomicLong clock = new AtomicLong();
    List<Activity.Alive> told = new ArrayList<>();
    Activity activity = new Activity(told::add, clock::get);
    activity.watch(() -> new Activity.SparkTasks(30, 120));
    activity.look();
    activity.begin("joining features", Map.of("task", "build/t.v1"), false);
    seconds(activity, clock, 29);
    assertThat(told).isEmpty();
    seconds(activity, clock, 1);
    assertThat(told).hasSize(1);
    assertThat(told.get(0).words())
        .isEqualTo(
            "joining features, for 30 s: 30 of 120 tasks of the running Spark stages are done");
    assertThat(told.get(0).fields().get("task")).isEqualTo("build/t.v1");
    activity.told();
    seconds(activity, clock, 29);
    // Something else is told meanwhile.
    activity.told();
    seconds(activity, clock, 29);
    assertThat(told).hasSize(1);
    seconds(activity, clock, 1);
    assertThat(told).hasSize(2);
    assertThat(told.get(1).words()).contains("for 1 min 29 s");
    activity.close();
    seconds(activity, clock, 100);
    assertThat(told).hasSize(2);
  }

  private static void seconds(Activity activity, AtomicLong clock, int count) {
    for (int i = 0; i < count; i++) {
      clock.addAndGet(1_000_000_000L);
      activity.look();
    }
  }

  @Test
  void a_spark_that_stops_does_not_stop_the_telling() {
    AtomicLong clock = new AtomicLong();
    List<Activity.Alive> told = new ArrayList<>();
    Activity activity = new Activity(told::add, clock::get);
    activity.watch(
        () -> {
          throw new IllegalStateException("stopped");
        });
    activity.begin("writing", Map.of(), false);
    seconds(activity, clock, 30);
    assertThat(told.get(0).words()).isEqualTo("writing, for 30 s");
    activity.close();
  }

  @Test
  void a_bar_fits_its_terminal() {
    Activity.Alive alive =
        new Activity.Alive("joining", Map.of(), 3_700, new Activity.SparkTasks(30, 120), true);
    assertThat(alive.line(100))
        .isEqualTo("[#####---------------] 30/120 tasks  1 h 01 min  joining");
    assertThat(alive.line(30)).hasSize(29);
    assertThat(new Activity.Alive("reading", Map.of(), 5, Activity.SparkTasks.NONE, true).line(100))
        .isEqualTo("5 s  reading");
  }

  @Test
  void a_bar_is_drawn_on_a_terminal_and_wiped_before_anything_else() throws Exception {
    try (Console console = new Console(terminal(true), LogFormat.TEXT)) {
      console.watch(() -> new Activity.SparkTasks(1, 2));
      console.progress("joining");
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (!err().contains("1/2 tasks") && System.nanoTime() < end) {
        Thread.sleep(20);
      }
      console.warn("mind");
    }
    assertThat(err())
        .startsWith("tidemark: joining\n" + Activity.CLEAR + "[##########----------] 1/2 tasks")
        .contains(Activity.CLEAR + "warning: mind\n")
        .endsWith("\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void no_bar_is_drawn_where_nobody_looks_or_json_is_asked_for(boolean json) throws Exception {
    try (Console console = new Console(terminal(json), json ? LogFormat.JSON : LogFormat.TEXT)) {
      console.progress("joining");
      Thread.sleep(1_200);
    }
    assertThat(err()).doesNotContain("\r");
    assertThat(err().lines()).hasSize(1);
  }
}
