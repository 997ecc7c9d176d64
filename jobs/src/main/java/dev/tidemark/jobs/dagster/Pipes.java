package dev.tidemark.jobs.dagster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.run.TaskReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one command to the Dagster that started it: {@code opened}; {@code log} for what
 * is going on; {@code report_asset_materialization} and {@code report_asset_check} for what tasks
 * did, once an asset, at the end; {@code report_custom_message} with the command's summary; {@code
 * closed}, with an exception if it failed. Without Dagster, nothing.
 *
 * <p>No method throws. Any thread may call any of them.
 */
public final class Pipes {
  private static final String CONTEXT = "DAGSTER_PIPES_CONTEXT";
  private static final String MESSAGES = "DAGSTER_PIPES_MESSAGES";
  private static final String VERSION = "0.1";

  /** The check that tells whether the data passed the gates of their definition. */
  private static final String GATES = "gates";

  private final Step step;
  private final Consumer<String> warn;
  private final Map<String, Materialization> made = new LinkedHashMap<>();

  /** Null: nobody is told anything (any more). */
  private @Nullable Channel channel;

  private Pipes(@Nullable Channel channel, Step step, Consumer<String> warn) {
    this.channel = channel;
    this.step = step;
    this.warn = warn;
  }

  /** How loud a log message is. */
  public enum Level {
    INFO,
    WARNING,
    ERROR
  }

  /**
   * How a command failed.
   *
   * @param status such as {@code not_ready}
   * @param message for people
   * @param gate true if the data failed a gate
   */
  public record Failed(String status, String message, boolean gate) {}

  /** Of a command that no Dagster started. */
  public static Pipes none() {
    return new Pipes(null, Step.UNKNOWN, ignored -> {});
  }

  /**
   * Opens the conversation if the environment asks for it.
   *
   * @param out the process's stdout
   * @param err the process's stderr
   * @param warn told in a sentence what is wrong with what Dagster gave
   */
  public static Pipes open(
      Map<String, String> environment, PrintStream out, PrintStream err, Consumer<String> warn) {
    String context = environment.get(CONTEXT);
    String messages = environment.get(MESSAGES);
    if (context == null && messages == null) {
      return none();
    }
    if (context == null || messages == null) {
      warn.accept(
          "%s is set and %s is not: Dagster is told nothing"
              .formatted(
                  context == null ? MESSAGES : CONTEXT, context == null ? CONTEXT : MESSAGES));
      return none();
    }
    Channel channel;
    try {
      channel = Channel.of(Parameters.decode(messages), out, err);
    } catch (IOException | IllegalArgumentException e) {
      warn.accept("Dagster is told nothing: can't use %s: %s".formatted(MESSAGES, words(e)));
      return none();
    }
    Step step = Step.UNKNOWN;
    try {
      step = Step.of(Parameters.decode(context));
    } catch (IOException | IllegalArgumentException e) {
      warn.accept("Dagster is told of no asset: can't read %s: %s".formatted(CONTEXT, words(e)));
    }
    Pipes pipes = new Pipes(channel, step, warn);
    pipes.send("opened", Map.of("extras", Map.of()));
    return pipes;
  }

  /** True if Dagster listens. */
  public synchronized boolean isOn() {
    return channel != null;
  }

  /** A line of the run's log. */
  public synchronized void log(Level level, String message) {
    send("log", Map.of("message", message, "level", level.name()));
  }

  /**
   * What a task did.
   *
   * @param resource whose rows it wrote, such as {@code feature-views.spend.v1}
   * @param manifests the text of a manifest by its location
   */
  public synchronized void done(
      String resource, TaskReport task, Function<String, Optional<String>> manifests) {
    if (channel == null) {
      return;
    }
    String asset = step.asset(resource);
    if (asset == null) {
      if (!step.assetKeys().isEmpty()) {
        log(
            Level.WARNING,
            "%s is written, and which asset it is can't be told: name it in the extras, {\"tidemark_assets\": {\"%s\": \"KEY\"}}"
                .formatted(resource, resource));
      }
      return;
    }
    made.computeIfAbsent(asset, key -> new Materialization())
        .add(task, manifest(task.manifest(), manifests));
  }

  private @Nullable JsonNode manifest(
      @Nullable String location, Function<String, Optional<String>> manifests) {
    if (location == null) {
      return null;
    }
    try {
      Optional<String> text = manifests.apply(location);
      return text.isEmpty() ? null : Parameters.object(text.get().getBytes(StandardCharsets.UTF_8));
    } catch (IOException | RuntimeException e) {
      warn.accept(
          "Dagster is not told what the manifest %s says: %s".formatted(location, words(e)));
      return null;
    }
  }

  /**
   * Reports what was done, and ends the conversation.
   *
   * @param summary the command's JSON, as an object
   * @param failed null if the command is done
   */
  public synchronized void close(Object summary, @Nullable Failed failed) {
    if (channel == null) {
      return;
    }
    made.forEach(this::materialized);
    if (failed != null && failed.gate()) {
      gate(failed);
    }
    send("report_custom_message", Map.of("payload", Map.of("tidemark_summary", summary)));
    send("closed", failed == null ? Map.of() : Map.of("exception", exception(failed)));
    Channel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        warn.accept("Dagster is not told how it ended: " + words(e));
      }
    }
  }

  private void materialized(String asset, Materialization it) {
    Map<String, @Nullable Object> event = new LinkedHashMap<>();
    event.put("asset_key", asset);
    event.put("data_version", it.dataVersion());
    Map<String, Object> metadata = new LinkedHashMap<>();
    it.metadata().forEach((name, value) -> metadata.put(name, value.fields()));
    event.put("metadata", metadata);
    send("report_asset_materialization", event);
    List<Materialization.Verdict> verdicts = new ArrayList<>(it.verdicts());
    boolean named = verdicts.stream().anyMatch(verdict -> verdict.name().equals(GATES));
    if (!named) {
      // What does not pass them is not written.
      verdicts.add(new Materialization.Verdict(GATES, true, "no gate refused the rows"));
    }
    for (Materialization.Verdict verdict : verdicts) {
      check(asset, verdict);
    }
  }

  private void gate(Failed failed) {
    if (step.assetKeys().size() == 1 && made.isEmpty()) {
      check(step.assetKeys().get(0), new Materialization.Verdict(GATES, false, failed.message()));
    }
  }

  private void check(String asset, Materialization.Verdict verdict) {
    if (!step.checks().contains(verdict.name())) {
      return;
    }
    Map<String, @Nullable Object> event = new LinkedHashMap<>();
    event.put("asset_key", asset);
    event.put("check_name", verdict.name());
    event.put("passed", verdict.passed());
    event.put("severity", "ERROR");
    event.put("metadata", Map.of("detail", Value.text(verdict.detail()).fields()));
    send("report_asset_check", event);
  }

  private static Map<String, @Nullable Object> exception(Failed failed) {
    Map<String, @Nullable Object> exception = new LinkedHashMap<>();
    exception.put("message", failed.message());
    exception.put("stack", List.of());
    exception.put("name", failed.status());
    exception.put("cause", null);
    exception.put("context", null);
    return exception;
  }

  private void send(String method, Object parameters) {
    Channel open = channel;
    if (open == null) {
      return;
    }
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("__dagster_pipes_version", VERSION);
    message.put("method", method);
    message.put("params", parameters);
    try {
      open.write(Parameters.line(message));
    } catch (IOException e) {
      channel = null;
      warn.accept("Dagster is told nothing from here on: " + words(e));
    }
  }

  private static String words(Exception e) {
    String said = e.getMessage();
    String line = said == null ? "" : said.lines().findFirst().orElse("");
    return line.isEmpty() ? e.getClass().getSimpleName() : line;
  }
}
