package dev.tidemark.run;

import dev.tidemark.definition.Environment;
import dev.tidemark.local.DirectFileSystem;
import dev.tidemark.pit.PointInTimeExtensions;
import dev.tidemark.store.OfflineTables;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Opens Spark for an environment: with the formats' extensions, the providers' catalogs, and time
 * in UTC.
 */
public final class Sessions {
  private static final String EXTENSIONS = "spark.sql.extensions";
  private static final List<String> PLACES = List.of("spark.master", "spark.submit.deployMode");
  private static final String TIME_ZONE = "spark.sql.session.timeZone";

  private Sessions() {}

  /**
   * Opens a session. The environment's settings come over what {@code spark-submit} was told, and
   * that over the defaults; but where it runs, whoever submits it decides.
   *
   * @throws TaskFailure if the environment sets another time zone than UTC
   */
  public static SparkSession open(Environment environment, Path root) {
    SparkConf given = new SparkConf();
    SparkSession.Builder builder = SparkSession.builder().appName("tidemark");
    settings(environment, root, given).forEach(builder::config);
    SparkSession session = builder.getOrCreate();
    // A session that was open before keeps its runtime settings unless told.
    session.conf().set(TIME_ZONE, "UTC");
    return session;
  }

  /**
   * Makes the catalogs of another environment known to a session as well.
   *
   * @throws TaskFailure if both give one catalog's name to different things
   */
  public static void also(
      SparkSession session, Environment environment, Environment other, Path root) {
    Map<String, String> known = OfflineTables.settings(environment, root);
    OfflineTables.settings(other, root)
        .forEach(
            (setting, value) -> {
              String before = known.get(setting);
              if (before != null && !before.equals(value)) {
                throw new TaskFailure(
                    ExitCode.DEFINITION,
                    "env/%s.conf and env/%s.conf differ in %s\n  give what is different another `catalog`"
                        .formatted(
                            environment.name(),
                            other.name(),
                            setting.replaceFirst("^spark\\.sql\\.", "")),
                    null);
              }
              if (before == null && setting.startsWith("spark.sql.catalog.")) {
                session.conf().set(setting, value);
              }
            });
  }

  /** All settings: defaults, then the environment's, then what results must not depend on. */
  static Map<String, String> settings(Environment environment, Path root, SparkConf given) {
    String zone = environment.spark().get(TIME_ZONE);
    if (zone != null && !zone.equals("UTC")) {
      throw new TaskFailure(
          ExitCode.DEFINITION,
          "env/%s.conf sets %s = %s, but all instants are UTC; leave it out"
              .formatted(environment.name(), TIME_ZONE, zone),
          null);
    }
    Map<String, String> settings = new LinkedHashMap<>();
    boolean local =
        given
            .get("spark.master", environment.spark().getOrDefault("spark.master", "local"))
            .startsWith("local");
    if (local) {
      settings.put("spark.master", "local[*]");
      settings.put("spark.ui.enabled", "false");
      settings.put("spark.driver.host", "127.0.0.1");
      settings.put("spark.driver.bindAddress", "127.0.0.1");
      settings.put("spark.sql.shuffle.partitions", "16");
      // Delta looks at its log with 50 tasks otherwise, for every commit.
      settings.put("spark.databricks.delta.snapshotPartitions", "2");
      settings.putAll(DirectFileSystem.SETTINGS);
      settings.put(
          "spark.sql.warehouse.dir", root.resolve(".tidemark").resolve("spark").toUri().toString());
    }
    // Tasks that run at once share the cores.
    settings.put("spark.scheduler.mode", "FAIR");
    // Up to this number of partitions a task opens a file for each of them, which is fast for few;
    // a table of many intervals has as many partitions.
    settings.put("spark.shuffle.sort.bypassMergeThreshold", "32");
    // Readers that are not Spark expect microseconds, not INT96.
    settings.put("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");
    for (scala.Tuple2<String, String> setting : given.getAll()) {
      settings.remove(setting._1());
    }
    String extensions = environment.spark().getOrDefault(EXTENSIONS, given.get(EXTENSIONS, ""));
    settings.putAll(environment.spark());
    // What was submitted to a cluster would run on one machine of it otherwise, and nobody told.
    for (String place : PLACES) {
      if (given.contains(place)) {
        settings.remove(place);
      }
    }
    settings.putAll(OfflineTables.settings(environment, root));
    settings.put(
        EXTENSIONS,
        Stream.of(
                settings.getOrDefault(EXTENSIONS, ""),
                PointInTimeExtensions.class.getName(),
                extensions)
            .flatMap(list -> Arrays.stream(list.split(",")))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .distinct()
            .collect(Collectors.joining(",")));
    settings.put(TIME_ZONE, "UTC");
    return settings;
  }
}
