package dev.tidemark.jobs;

/**
 * How much Spark says; to be told before Spark's classes are there, which is why the launcher's
 * {@code log4j2.properties} reads it from system properties.
 */
final class Logging {
  private Logging() {}

  static void configure(boolean debug, boolean errIsTerminal) {
    if (debug) {
      System.setProperty("tidemark.log.level", "info");
      System.setProperty("tidemark.log.failures", "error");
      System.setProperty("tidemark.log.stack", "full");
    }
    // Spark's own bar, on stderr.
    System.setProperty("spark.ui.showConsoleProgress", String.valueOf(errIsTerminal && !debug));
  }
}
