package dev.tidemark.testkit;

import dev.tidemark.definition.Environment;
import dev.tidemark.store.OfflineTables;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** A session of its own for a project, in the Spark that tests share. */
public final class ProjectSession {
  private ProjectSession() {}

  /** A new session has its own catalogs: those of the project. */
  public static SparkSession open(SparkSession shared, Environment environment, Path root) {
    SparkSession session = shared.newSession();
    OfflineTables.settings(environment, root).entrySet().stream()
        .filter(setting -> setting.getKey().startsWith("spark.sql.catalog."))
        .forEach(setting -> session.conf().set(setting.getKey(), setting.getValue()));
    session.conf().set("spark.sql.session.timeZone", "UTC");
    return session;
  }
}
