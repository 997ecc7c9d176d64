package dev.tidemark.jobs.export;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.stream.Collectors;

/** A DAG for Airflow, by the package {@code tidemark_airflow}. */
final class AirflowFile {
  private AirflowFile() {}

  static String of(Planned plan, Settings settings) {
    Cadence cadence = plan.cadence();
    Instant first = settings.start() == null ? plan.first().orElse(null) : settings.start();
    if (first == null) {
      throw new ExportException(
          "no feature view of the plan says when its first tick is, and a DAG needs a first day: give it with --start, such as --start 2024-01-01");
    }
    OffsetDateTime start = cadence.floor(first).atOffset(ZoneOffset.UTC);
    String name = Names.plain(plan.name(), "_");
    return Template.of("airflow.template")
        .with("NAME", Quoting.comment(plan.name()).replace("\\", "/").replace("\"", "'"))
        .with("ENVIRONMENT", plan.environment())
        .with("VERSION", plan.version())
        .with("DAG", Quoting.quoted("tidemark_" + name))
        .with("PLAN", "tidemark_" + name + ".plan.json")
        .with("PLANFILE", Quoting.quoted("tidemark_" + name + ".plan.json"))
        .with("NAMES", names(plan))
        .with(
            "GIVEN",
            Quoting.comment(Quoting.word(plan.project())).replace("\\", "/").replace("\"", "'"))
        .with(
            "CRON",
            Quoting.quoted(settings.schedule() == null ? cadence.cron() : settings.schedule()))
        .with(
            "START",
            "%d, %d, %d, %d, %d"
                .formatted(
                    start.getYear(),
                    start.getMonthValue(),
                    start.getDayOfMonth(),
                    start.getHour(),
                    start.getMinute()))
        .with("COMMAND", Quoting.list(settings.command()))
        .with("FOLDER", Quoting.quoted(settings.folder()))
        .filled();
  }

  /** What to ask for, so that the plan has these tasks. */
  private static String names(Planned plan) {
    return plan.tasks().stream()
        .filter(task -> !task.outputs().isEmpty())
        .map(Planned.Task::resource)
        .collect(Collectors.joining(" "));
  }
}
