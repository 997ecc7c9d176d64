package dev.tidemark.jobs;

import dev.tidemark.definition.Problem;
import dev.tidemark.plan.TaskMetrics;
import dev.tidemark.run.Step;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All that goes to stderr: lines for people, with a bar below them on a terminal, or one JSON
 * object a line, in UTC. Used by several threads at once.
 *
 * <p>The fields of the objects are a contract, in {@code docs/cli.md}.
 */
final class Console implements AutoCloseable {
  private static final String LOGGER = "dev.tidemark";

  private final Terminal terminal;
  private final LogFormat format;
  private final Activity activity;
  private String command = "";
  private @Nullable String runId;
  private UnaryOperator<String> open = text -> text;

  Console(Terminal terminal, LogFormat format) {
    this.terminal = terminal;
    this.format = format;
    this.activity = new Activity(this::alive);
  }

  LogFormat format() {
    return format;
  }

  /**
   * What is told of every event from now on.
   *
   * @param name of the command
   * @param hiding takes secrets out of a text
   */
  synchronized void begin(String name, UnaryOperator<String> hiding) {
    command = name;
    open = hiding;
  }

  /** Where to see how many of Spark's tasks are done. */
  void watch(Supplier<Activity.SparkTasks> tasks) {
    activity.watch(tasks);
  }

  /** What is going on. */
  void progress(String words) {
    progress(words, Map.of());
  }

  /** What is going on for a task. */
  void progress(Step step) {
    synchronized (this) {
      runId = step.runId();
    }
    progress(step.words(), fields(step));
  }

  private static Map<String, @Nullable Object> fields(Step step) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    String resource = step.resource();
    if (step.task() != null) {
      fields.put("task", step.task());
    }
    if (resource != null) {
      fields.put("resource", resource);
      if (resource.startsWith("feature-views.")) {
        fields.put("view", resource.substring("feature-views.".length()));
      }
    }
    if (step.interval() != null) {
      fields.put("interval_start", step.interval().start().toString());
      fields.put("interval_end", step.interval().end().toString());
    }
    if (step.phase() != null) {
      fields.put("phase", step.phase());
    }
    return fields;
  }

  private void progress(String words, Map<String, @Nullable Object> fields) {
    String opened = open(words);
    tell("INFO", "progress", opened, "tidemark: " + opened + "\n", fields);
    activity.begin(opened, fields, terminal.errIsTerminal() && format == LogFormat.TEXT);
  }

  /** Something to mind. */
  void warn(String text) {
    String opened = open(text);
    tell("WARN", "warning", opened, "warning: " + opened + "\n", Map.of());
  }

  /** A task that ended. People are told on stdout. */
  void task(TaskEntry task) {
    if (format == LogFormat.TEXT) {
      return;
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("task", task.id());
    fields.put("status", task.status().toString());
    fields.put("rows", task.rows());
    fields.put("seconds", Summary.rounded(task.seconds()));
    TaskMetrics metrics = task.metrics();
    if (metrics != null) {
      fields.put("rows_read", metrics.rowsRead());
      fields.put("bytes_read", metrics.bytesRead());
    }
    String level = task.status() == Status.DONE ? "INFO" : "ERROR";
    String words = "%s: %s".formatted(task.id(), task.status());
    tell(level, "task", words, "", fields);
  }

  /** Why the command is not done. */
  void error(Failure failure) {
    List<Problem> problems = failure.problems();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("status", failure.status().toString());
    fields.put("exit_code", failure.status().exitCode());
    fields.put("problems", problems.stream().map(Summary::problem).toList());
    tell("ERROR", "error", problems.get(0).what(), failure.render(), fields);
  }

  /** The stack trace of an exception, for {@code --debug}. */
  void trace(String trace) {
    String opened = open(trace);
    String first = opened.lines().findFirst().orElse("");
    tell("DEBUG", "trace", first, opened, Map.of("stack_trace", opened));
  }

  /** How it ended; people see it by the error, or by there being none. */
  void end(Summary summary) {
    activity.close();
    if (format == LogFormat.JSON) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("status", summary.status().toString());
      fields.put("exit_code", summary.status().exitCode());
      fields.put("rows", summary.report() == null ? null : summary.report().rows());
      fields.put("seconds", Summary.rounded(summary.seconds()));
      boolean done = summary.status() == Status.DONE;
      tell(done ? "INFO" : "ERROR", "end", summary.status().toString(), "", fields);
    }
  }

  /**
   * What a library logged. Only under {@link LogFormat#JSON}; else its own logging prints it.
   *
   * @param thrown null: nothing
   * @param whole with the stack trace
   */
  void log(String level, String logger, String message, @Nullable Throwable thrown, boolean whole) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    if (thrown != null) {
      Map<String, @Nullable Object> exception = new LinkedHashMap<>();
      exception.put("class", thrown.getClass().getName());
      exception.put("message", thrown.getMessage());
      if (whole) {
        java.io.StringWriter trace = new java.io.StringWriter();
        thrown.printStackTrace(new java.io.PrintWriter(trace));
        exception.put("stack_trace", trace.toString());
      }
      fields.put("exception", exception);
    }
    print(object(level, logger, "log", message, fields));
  }

  /** A line that a library printed. */
  void printed(String stream, String line) {
    print(object("INFO", stream, "printed", line, Map.of()));
  }

  private void tell(
      String level,
      String event,
      String message,
      String text,
      Map<String, ? extends @Nullable Object> fields) {
    print(format == LogFormat.JSON ? object(level, LOGGER, event, message, fields) : text);
  }

  private synchronized String object(
      String level,
      String logger,
      String event,
      String message,
      Map<String, ? extends @Nullable Object> more) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("timestamp", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    fields.put("level", level);
    fields.put("logger", logger);
    fields.put("event", event);
    fields.put("message", message);
    fields.put("command", command);
    if (runId != null) {
      fields.put("run_id", runId);
    }
    fields.putAll(more);
    fields.replaceAll((name, value) -> opened(value));
    return Summary.line(fields) + "\n";
  }

  /** A value with every text in it as it may be told. */
  private @Nullable Object opened(@Nullable Object value) {
    if (value instanceof String text) {
      return open.apply(text);
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> all = new ArrayList<>();
      list.forEach(each -> all.add(opened(each)));
      return all;
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> all = new LinkedHashMap<>();
      map.forEach((name, each) -> all.put(name, opened(each)));
      return all;
    }
    return value;
  }

  private synchronized String open(String text) {
    return open.apply(text);
  }

  /** Where the bar was, for whatever else is printed on the terminal. */
  synchronized void clear() {
    if (activity.isDrawn()) {
      terminal.err().print(Activity.CLEAR);
      activity.cleared();
    }
  }

  private synchronized void print(String text) {
    clear();
    terminal.err().print(text);
    terminal.err().flush();
    activity.told();
  }

  /** The step goes on. */
  private synchronized void alive(Activity.Alive alive) {
    if (alive.bar()) {
      terminal.err().print(Activity.CLEAR + alive.line(terminal.columns()));
      terminal.err().flush();
      activity.drawn();
      return;
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(alive.fields());
    fields.put("seconds", alive.seconds());
    if (alive.tasks().all() > 0) {
      fields.put("spark_tasks_done", alive.tasks().done());
      fields.put("spark_tasks", alive.tasks().all());
    }
    tell("INFO", "alive", alive.words(), "tidemark: still " + alive.words() + "\n", fields);
  }

  @Override
  public void close() {
    activity.close();
    clear();
  }
}
