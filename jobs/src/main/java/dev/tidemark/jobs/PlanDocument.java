package dev.tidemark.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Materialize;
import dev.tidemark.definition.Project;
import dev.tidemark.plan.Asset;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Schedule;
import dev.tidemark.plan.ScheduledTask;
import dev.tidemark.plan.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A plan as orchestrators read it, version 1: {@code tidemark-plan.schema.json} in this package
 * describes it, and docs/orchestrators/README.md tells what may be relied on.
 */
final class PlanDocument {
  /** The version of the document; readers refuse one that they do not know. */
  static final int VERSION = 1;

  /** Stands for where the project is, for whoever runs the task. */
  static final String PROJECT = "{{project}}";

  private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

  /**
   * @param asGiven the project's folder as it was given
   * @param everyInterval true if the times are placeholders
   * @param tasks each as {@link #task} has it
   */
  PlanDocument(
      Project project,
      String asGiven,
      boolean everyInterval,
      List<Map<String, @Nullable Object>> tasks,
      List<String> notes) {
    fields.put("plan_version", VERSION);
    fields.put("tidemark_version", Version.current());
    fields.put("project", asGiven);
    fields.put("project_name", Asset.name(project.root()));
    fields.put("environment", project.environment().name());
    fields.put("template", everyInterval);
    fields.put(
        "placeholders",
        everyInterval ? List.of(PROJECT, Schedule.START, Schedule.END) : List.of(PROJECT));
    fields.put("exit_codes", exitCodes());
    fields.put("tasks", tasks);
    fields.put("notes", notes);
  }

  /** What is to be done after each exit code: nothing, look at it, or try again. */
  private static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    codes.put("0", "done");
    codes.put("1", "retry");
    codes.put("2", "fail");
    codes.put("3", "fail");
    codes.put("4", "retry");
    codes.put("5", "retry");
    // By Ctrl-C, SIGKILL and SIGTERM.
    codes.put("130", "retry");
    codes.put("137", "retry");
    codes.put("143", "retry");
    return codes;
  }

  /** The fields of one task, to which others may be added. */
  static Map<String, @Nullable Object> task(ScheduledTask task, Environment environment) {
    Materialize ticks = task.ticks();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", task.id());
    fields.put("kind", task.kind().name().toLowerCase(Locale.ROOT));
    fields.put("resource", task.resource().id());
    fields.put("argv", argv(task, environment));
    fields.put("grain", ticks == null ? null : ticks.every().text());
    fields.put("first", ticks == null ? null : ticks.start().toString());
    fields.put("depends_on", task.dependsOn());
    fields.put("inputs", task.inputs().stream().map(PlanDocument::asset).toList());
    fields.put("outputs", task.outputs().stream().map(PlanDocument::asset).toList());
    fields.put("owner", task.resource().about().owner());
    fields.put("description", task.resource().about().description());
    fields.put("tags", task.resource().about().tags());
    fields.put("resources", resources(environment));
    fields.put("fingerprint", task.fingerprint() == null ? null : task.fingerprint().toString());
    return fields;
  }

  private static List<String> argv(ScheduledTask task, Environment environment) {
    List<String> argv = new ArrayList<>(task.arguments());
    argv.addAll(List.of("--project", PROJECT, "--env", environment.name()));
    return argv;
  }

  private static Map<String, @Nullable Object> asset(Asset asset) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("resource", asset.resource());
    fields.put("uri", asset.uri());
    Target target = asset.target();
    if (target != null) {
      fields.put("provider", target.provider().name());
      fields.put("format", target.provider().format().toString());
      fields.put("table", PlanText.table(target));
    }
    return fields;
  }

  /** Those of the environment's Spark settings that ask for machines. */
  private static Map<String, String> resources(Environment environment) {
    Map<String, String> resources = new TreeMap<>(environment.spark());
    resources
        .keySet()
        .removeIf(
            name ->
                !name.matches(
                    "spark\\.(driver|executor)\\.(memory|memoryOverhead|cores|instances)"
                        + "|spark\\.cores\\.max|spark\\.task\\.cpus|spark\\.dynamicAllocation\\..*"));
    return resources;
  }

  /**
   * For {@code --json}.
   *
   * @param text the plan in words
   */
  Map<String, @Nullable Object> withText(String text) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>(fields);
    all.put("text", text);
    return all;
  }

  /**
   * For a file: indented, and the same for the same project, so that its changes can be reviewed.
   */
  String toFile() {
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(fields) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not to be written as JSON: " + fields, e);
    }
  }
}
