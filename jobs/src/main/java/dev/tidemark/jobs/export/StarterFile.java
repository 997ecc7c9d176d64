package dev.tidemark.jobs.export;

import com.fasterxml.jackson.databind.JsonNode;

/** Makes the files. */
public final class StarterFile {
  private StarterFile() {}

  /**
   * The text of a file.
   *
   * @param plan the document of {@code plan --template}, version 1
   * @throws ExportException if the plan has nothing to schedule, or not enough to schedule it by
   */
  public static String of(Tool tool, JsonNode plan, Settings settings) {
    Planned planned = Planned.of(plan);
    if (planned.tasks().isEmpty()) {
      throw new ExportException(
          "nothing to schedule: the project has no training set, and no feature view with `materialize`");
    }
    return switch (tool) {
      case AIRFLOW -> AirflowFile.of(planned, settings);
      case DAGSTER -> DagsterFile.of(planned, settings);
      case ARGO -> ArgoFile.of(planned, settings);
      case CRON -> CronFile.of(planned, settings);
      case GITHUB -> GithubFile.of(planned, settings);
    };
  }

  /** What the file of a project is called where nobody says. */
  public static String name(Tool tool, String project) {
    return switch (tool) {
      case AIRFLOW, DAGSTER -> "tidemark_%s.py".formatted(Names.plain(project, "_"));
      case CRON -> "tidemark-%s.sh".formatted(Names.plain(project, "-"));
      case ARGO, GITHUB -> "tidemark-%s.yaml".formatted(Names.plain(project, "-"));
    };
  }
}
