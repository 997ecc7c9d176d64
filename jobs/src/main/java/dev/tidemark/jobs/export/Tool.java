package dev.tidemark.jobs.export;

import java.util.Locale;

/** What there are starter files for. */
public enum Tool {
  AIRFLOW,
  DAGSTER,
  ARGO,
  CRON,
  GITHUB;

  /** As it is typed. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
