package dev.tidemark.jobs.export;

import java.time.Instant;
import java.util.Locale;

/** A script for cron. */
final class CronFile {
  private CronFile() {}

  static String of(Planned plan, Settings settings) {
    Cadence cadence = plan.cadence();
    Instant first = first(plan, settings, cadence);
    StringBuilder tasks = new StringBuilder();
    for (Planned.Task task : plan.tasks()) {
      tasks.append(comments(task, "# ")).append("run ").append(Shell.arguments(task)).append("\n");
    }
    String name = StarterFile.name(Tool.CRON, plan.name());
    return Template.of("cron.template")
        .with("NAME", Quoting.comment(plan.name()))
        .with("ENVIRONMENT", plan.environment())
        .with("VERSION", plan.version())
        .with("CRON", settings.schedule() == null ? cadence.cron() : settings.schedule())
        .with("SELF", "/path/to/" + name)
        .with("LOG", name.replaceFirst("\\.sh$", ".log"))
        .with("PROJECT", Quoting.word(settings.folder()))
        .with("FIRST", first)
        .with("ANCHOR", first.getEpochSecond())
        .with("PERIOD", cadence.period().toSeconds())
        .with("COMMAND", Shell.command(settings))
        .with("FAIL", Shell.fail(plan))
        .with("TASKS", tasks)
        .filled();
  }

  /** The first run's start: on the cadence's grid, at or before the first tick. */
  static Instant first(Planned plan, Settings settings, Cadence cadence) {
    Instant start = settings.start();
    return cadence.floor(start == null ? plan.first().orElse(Instant.EPOCH) : start);
  }

  /** What people want to know of a task. */
  static String comments(Planned.Task task, String prefix) {
    StringBuilder comment = new StringBuilder();
    if (task.description() != null) {
      comment.append(prefix).append(Quoting.comment(task.description())).append("\n");
    }
    if (task.owner() != null) {
      comment
          .append(prefix)
          .append(String.format(Locale.ROOT, "owner: %s", Quoting.comment(task.owner())))
          .append("\n");
    }
    return comment.toString();
  }
}
