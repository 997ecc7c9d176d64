package dev.tidemark.jobs.export;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A plan of every interval, of its document the part that files are made of.
 *
 * @param version Tidemark's
 * @param project the project's folder, as it was given
 * @param name the project's
 * @param environment the environment's name
 * @param fail exit codes after which another try is of no use
 * @param tasks in an order that keeps what they depend on
 */
record Planned(
    String version,
    String project,
    String name,
    String environment,
    List<Integer> fail,
    List<Task> tasks) {

  /**
   * One task.
   *
   * @param argv what Tidemark is called with, with placeholders
   * @param grain the distance of a view's ticks; null for all else
   * @param first a view's first tick; null for all else
   * @param dependsOn ids of tasks before
   * @param fingerprint of what the definition means; null for tasks without one
   */
  record Task(
      String id,
      String kind,
      String resource,
      List<String> argv,
      @Nullable Duration grain,
      @Nullable Instant first,
      List<String> dependsOn,
      List<Asset> inputs,
      List<Asset> outputs,
      @Nullable String owner,
      @Nullable String description,
      List<String> tags,
      @Nullable String fingerprint) {

    /** The resource's name and variant, without its kind. */
    String shortName() {
      return resource.substring(resource.indexOf('.') + 1);
    }
  }

  /**
   * Data that a task reads or writes.
   *
   * @param table how Spark names it; null for what Tidemark does not write
   * @param format such as {@code iceberg}; null likewise
   */
  record Asset(String resource, String uri, @Nullable String table, @Nullable String format) {}

  private static final Pattern SPAN = Pattern.compile("(\\d+)\\s*([a-z]+)");

  Planned {
    fail = List.copyOf(fail);
    tasks = List.copyOf(tasks);
  }

  static Planned of(JsonNode plan) {
    List<Integer> fail = new ArrayList<>();
    plan.path("exit_codes")
        .properties()
        .forEach(
            code -> {
              if (code.getValue().asText().equals("fail")) {
                fail.add(Integer.valueOf(code.getKey()));
              }
            });
    List<Task> tasks = new ArrayList<>();
    plan.path("tasks").forEach(task -> tasks.add(task(task)));
    return new Planned(
        plan.path("tidemark_version").asText(),
        plan.path("project").asText(),
        plan.path("project_name").asText(),
        plan.path("environment").asText(),
        fail,
        tasks);
  }

  private static Task task(JsonNode task) {
    String grain = text(task, "grain");
    String first = text(task, "first");
    return new Task(
        task.path("id").asText(),
        task.path("kind").asText(),
        task.path("resource").asText(),
        texts(task.path("argv")),
        grain == null ? null : span(grain),
        first == null ? null : Instant.parse(first),
        texts(task.path("depends_on")),
        assets(task.path("inputs")),
        assets(task.path("outputs")),
        text(task, "owner"),
        text(task, "description"),
        texts(task.path("tags")),
        text(task, "fingerprint"));
  }

  private static List<Asset> assets(JsonNode assets) {
    List<Asset> all = new ArrayList<>();
    for (JsonNode asset : assets) {
      all.add(
          new Asset(
              asset.path("resource").asText(),
              asset.path("uri").asText(),
              text(asset, "table"),
              text(asset, "format")));
    }
    return all;
  }

  private static @Nullable String text(JsonNode node, String field) {
    return node.path(field).isTextual() ? node.path(field).asText() : null;
  }

  private static List<String> texts(JsonNode nodes) {
    List<String> all = new ArrayList<>();
    nodes.forEach(node -> all.add(node.asText()));
    return all;
  }

  /** A length of time as definitions write it. */
  static Duration span(String text) {
    Matcher matcher = SPAN.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no length of time: " + text);
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "us" -> Duration.ofNanos(Math.multiplyExact(count, 1000L));
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      case "d" -> Duration.ofDays(count);
      case "w" -> Duration.ofDays(Math.multiplyExact(count, 7L));
      default -> throw new IllegalArgumentException("no length of time: " + text);
    };
  }

  /** The task of an id. */
  Task task(String id) {
    return tasks.stream().filter(task -> task.id().equals(id)).findFirst().orElseThrow();
  }

  /** When to run all of it: as often as the view that ticks most often. */
  Cadence cadence() {
    return tasks.stream()
        .filter(task -> task.grain() != null)
        .min(Comparator.comparing(task -> Objects.requireNonNull(task.grain())))
        .map(Cadence::of)
        .orElse(Cadence.DAILY);
  }

  /** The first tick of all views; nothing if there is no view. */
  Optional<Instant> first() {
    return tasks.stream().map(Task::first).filter(Objects::nonNull).min(Comparator.naturalOrder());
  }
}
