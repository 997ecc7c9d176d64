package dev.tidemark.jobs;

import dev.tidemark.definition.Environment;
import dev.tidemark.jobs.dagster.Pipes;
import dev.tidemark.run.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes what a command has to tell, and tells it at once to whom it is for. */
final class Report {
  private final Terminal terminal;
  private final boolean json;
  private final Console console;
  private final Pipes dagster;
  private final List<String> warnings = new ArrayList<>();
  private final List<TaskEntry> tasks = new ArrayList<>();
  private @Nullable Object document;
  private @Nullable Long read;
  private @Nullable Environment hidden;

  Report(Terminal terminal, boolean json, Console console, Pipes dagster) {
    this.terminal = terminal;
    this.json = json;
    this.console = console;
    this.dagster = dagster;
  }

  /** Told of the same, if it started the command. */
  Pipes dagster() {
    return dagster;
  }

  Terminal terminal() {
    return terminal;
  }

  /** From now on nothing is told with the secrets of an environment in it. */
  void hide(Environment environment) {
    hidden = environment;
  }

  /** A text as it may be told. */
  String open(String text) {
    return hidden == null ? text : hidden.withoutSecrets(text);
  }

  /** A part of the result for people, on stdout; kept back under {@code --json}. */
  void say(String text) {
    if (!json) {
      console.clear();
      terminal.out().println(text);
    }
  }

  /** What is going on, on stderr. */
  void progress(String text) {
    console.progress(text);
    dagster.log(Pipes.Level.INFO, open(text));
  }

  /** The same, for a task. */
  void progress(Step step) {
    console.progress(step);
    dagster.log(Pipes.Level.INFO, open(step.words()));
  }

  /** Where to see how many of Spark's tasks are done. */
  void watch(Supplier<Activity.SparkTasks> tasks) {
    console.watch(tasks);
  }

  /** Something to mind that did not stop the command: on stderr, and in the JSON. */
  void warn(String text) {
    String open = open(text);
    console.warn(text);
    dagster.log(Pipes.Level.WARNING, open);
    warnings.add(open);
  }

  /** The whole result as maps, lists, strings, numbers and booleans, for {@code --json}. */
  void document(Object result) {
    document = result;
  }

  /** One task that ended, in whatever way. */
  void task(TaskEntry entry) {
    tasks.add(entry);
    console.task(entry);
  }

  /** How many rows were read, for a command that has no tasks. */
  void rows(long count) {
    read = count;
  }

  /** Rows written by all tasks, or read; null where there is neither. */
  @Nullable Long rows() {
    List<Long> written = tasks.stream().map(TaskEntry::rows).filter(Objects::nonNull).toList();
    if (written.isEmpty()) {
      return read;
    }
    return written.stream().mapToLong(Long::longValue).sum();
  }

  /** True if people get nothing on stdout. */
  boolean isJson() {
    return json;
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }

  List<TaskEntry> tasks() {
    return List.copyOf(tasks);
  }

  @Nullable Object document() {
    return document;
  }
}
