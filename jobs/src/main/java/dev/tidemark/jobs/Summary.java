package dev.tidemark.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problem;
import dev.tidemark.jobs.dagster.Pipes;
import dev.tidemark.run.TaskReport;
import dev.tidemark.run.Trace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * The last line on stdout: what ran, and how it ended. The fields are a contract, in {@code
 * docs/cli.md}; every one is always there.
 *
 * @param command its name, empty if there was none
 * @param arguments as given
 * @param options the common options, or null if the arguments were not understood
 * @param json true: with the field {@code result}
 * @param file where else the line goes, or null
 * @param report what was told on the way, or null
 * @param seconds from start to end
 * @param failure why it is not done, or null
 */
record Summary(
    String command,
    List<String> arguments,
    @Nullable CommonOptions options,
    boolean json,
    @Nullable String file,
    @Nullable Report report,
    double seconds,
    @Nullable Failure failure) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of a command that ran. */
  static Summary of(
      List<String> arguments,
      CommandLine command,
      CommonOptions options,
      Report report,
      @Nullable Failure failure,
      long startNanos) {
    return new Summary(
        command.getCommandName(),
        List.copyOf(arguments),
        options,
        options.json,
        options.summary,
        report,
        secondsSince(startNanos),
        failure);
  }

  /**
   * Of arguments that were not understood; whether JSON is wanted, and where, is seen all the same.
   */
  static Summary ofArguments(
      List<String> arguments, CommandLine command, Failure failure, long startNanos) {
    return new Summary(
        command.getParent() == null ? "" : command.getCommandName(),
        List.copyOf(arguments),
        null,
        arguments.contains(CommonOptions.JSON),
        CommonOptions.summaryIn(arguments),
        null,
        secondsSince(startNanos),
        failure);
  }

  /** The same, but it failed in the end. */
  Summary failedBy(Failure late) {
    return new Summary(command, arguments, options, json, file, report, seconds, late);
  }

  Status status() {
    return failure == null ? Status.DONE : failure.status();
  }

  /** One line. */
  String toJson() {
    return line(fields());
  }

  /** For who started the command and listens; null if it is done. */
  Pipes.@Nullable Failed failed() {
    return failure == null
        ? null
        : new Pipes.Failed(
            status().toString(), failure.render().strip(), status() == Status.GATE_FAILED);
  }

  /** The line's fields. */
  Map<String, @Nullable Object> fields() {
    List<TaskEntry> tasks = report == null ? List.of() : report.tasks();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("command", command);
    fields.put("arguments", arguments);
    fields.put("status", status().toString());
    fields.put("exit_code", status().exitCode());
    fields.put("project", options == null ? null : options.folder().toString());
    fields.put("environment", options == null ? null : options.environment);
    fields.put("version", Version.current());
    fields.put("rows", report == null ? null : report.rows());
    fields.put(
        "tables",
        tasks.stream().flatMap(task -> task.tables().stream()).map(Summary::table).toList());
    fields.put("tasks", tasks.stream().map(Summary::task).toList());
    fields.put("manifest", tasks.isEmpty() ? null : tasks.get(tasks.size() - 1).manifest());
    fields.put("seconds", rounded(seconds));
    fields.put("warnings", report == null ? List.of() : report.warnings());
    fields.put("error", failure == null ? null : error(failure));
    if (json) {
      fields.put("result", report == null ? null : report.document());
    }
    return fields;
  }

  /** A value as one line of JSON. */
  static String line(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not to be written as JSON: " + value, e);
    }
  }

  private static Map<String, @Nullable Object> table(TaskEntry.TableEntry table) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", table.name());
    fields.put("provider", table.provider());
    fields.put("format", table.format());
    fields.put("snapshot", table.snapshot());
    return fields;
  }

  private static Map<String, @Nullable Object> task(TaskEntry task) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", task.id());
    fields.put("status", task.status().toString());
    fields.put("rows", task.rows());
    fields.put("left_out", task.leftOut());
    fields.put("as_of", task.asOf() == null ? null : task.asOf().toString());
    fields.put("intervals", task.intervals() == null ? null : intervals(task.intervals()));
    fields.put("whole", task.whole() == null ? null : whole(task.whole()));
    fields.put("promoted", task.promoted());
    fields.put("tables", task.tables().stream().map(Summary::table).toList());
    fields.put("manifest", task.manifest());
    fields.put("checks", task.checks().stream().map(Summary::check).toList());
    fields.put("seconds", rounded(task.seconds()));
    fields.put("metrics", task.metrics() == null ? null : task.metrics().fields());
    return fields;
  }

  private static Map<String, @Nullable Object> check(Trace.Check check) {
    Trace.Asked asked = check.asked();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", check.name());
    fields.put("verdict", check.passed() ? "passed" : "failed");
    fields.put("detail", check.detail());
    fields.put("column", asked == null ? null : asked.column());
    fields.put("severity", asked == null ? null : asked.severity());
    fields.put("expected", asked == null ? null : asked.expected());
    return fields;
  }

  private static Map<String, @Nullable Object> intervals(TaskReport.Intervals intervals) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("committed", intervals.committed());
    fields.put("adopted", intervals.adopted());
    fields.put("up_to_date", intervals.upToDate());
    return fields;
  }

  private static Map<String, @Nullable Object> whole(TaskReport.Whole whole) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("up_to_date", whole.upToDate());
    fields.put("kept", whole.kept());
    fields.put("because", whole.because());
    return fields;
  }

  private static Map<String, @Nullable Object> error(Failure failure) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("message", failure.problems().get(0).what());
    fields.put("problems", failure.problems().stream().map(Summary::problem).toList());
    return fields;
  }

  /** One problem, as errors list them. */
  static Map<String, @Nullable Object> problem(Problem problem) {
    Origin origin = problem.origin();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("file", origin == null ? null : origin.file().name());
    fields.put("line", origin == null ? null : origin.line());
    fields.put("column", origin == null ? null : origin.column());
    fields.put("what", problem.what());
    fields.put("hint", problem.hint());
    return fields;
  }

  private static double secondsSince(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  /** Seconds with milliseconds. */
  static double rounded(double seconds) {
    return Math.round(seconds * 1000) / 1000.0;
  }
}
