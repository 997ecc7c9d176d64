package dev.tidemark.jobs.dagster;

import java.time.Instant;
import java.util.Map;

/**
 * A value of an event's metadata, with the type by which Dagster shows it.
 *
 * @param type one of Dagster's, such as {@code int}
 * @param raw a string, number, boolean, list or map
 */
record Value(String type, Object raw) {

  static Value text(String text) {
    return new Value("text", text);
  }

  static Value number(long number) {
    return new Value("int", number);
  }

  static Value number(double number) {
    return new Value("float", number);
  }

  static Value truth(boolean truth) {
    return new Value("bool", truth);
  }

  static Value path(String path) {
    return new Value("path", path);
  }

  static Value json(Object value) {
    return new Value("json", value);
  }

  /** The columns of a table, each a map with {@code name} and {@code type}. */
  static Value columns(Object columns) {
    return new Value("table_schema", Map.of("columns", columns));
  }

  static Value time(Instant time) {
    return new Value("timestamp", time.toEpochMilli() / 1e3);
  }

  /** As a message has it. */
  Map<String, Object> fields() {
    return Map.of("type", type, "raw_value", raw);
  }
}
