package dev.tidemark.pit;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/** Spark settings for the length of a run. */
final class Settings {
  /** No generated code, whose compilation takes longer than a small test. */
  static final Map<String, String> INTERPRETED =
      Map.of(
          "spark.sql.codegen.wholeStage", "false",
          "spark.sql.codegen.factoryMode", "NO_CODEGEN",
          "spark.sql.adaptive.enabled", "false");

  private Settings() {}

  static <T> T with(SparkSession session, Map<String, String> settings, Supplier<T> run) {
    Map<String, String> before = new HashMap<>();
    for (String name : settings.keySet()) {
      session.conf().getOption(name).foreach(value -> before.put(name, value));
    }
    settings.forEach((name, value) -> session.conf().set(name, value));
    try {
      return run.get();
    } finally {
      settings.keySet().forEach(name -> session.conf().unset(name));
      before.forEach((name, value) -> session.conf().set(name, value));
    }
  }
}
