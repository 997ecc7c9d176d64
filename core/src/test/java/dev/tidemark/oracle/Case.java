package dev.tidemark.oracle;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** A spine and the events that are looked up for it. */
public record Case(
    List<Map<String, @Nullable Object>> spine, List<Map<String, @Nullable Object>> events) {

  /** With another spine. */
  public Case withSpine(List<Map<String, @Nullable Object>> other) {
    return new Case(other, events);
  }

  /** With other events. */
  public Case withEvents(List<Map<String, @Nullable Object>> other) {
    return new Case(spine, other);
  }

  /** Both as text tables, to be pasted into a test. */
  @Override
  public String toString() {
    return "spine\n" + table(spine) + "events\n" + table(events);
  }

  private static String table(List<Map<String, @Nullable Object>> rows) {
    if (rows.isEmpty()) {
      return "  none\n";
    }
    List<String> columns = new ArrayList<>(rows.get(0).keySet());
    StringBuilder out = new StringBuilder();
    StringJoiner header = new StringJoiner(" | ", "  ", "\n");
    columns.forEach(column -> header.add(column + " " + RandomCases.typeOf(column)));
    out.append(header);
    for (Map<String, @Nullable Object> row : rows) {
      StringJoiner line = new StringJoiner(" | ", "  ", "\n");
      columns.forEach(column -> line.add(cell(column, row.get(column))));
      out.append(line);
    }
    return out.toString();
  }

  private static String cell(String column, @Nullable Object value) {
    return value instanceof Long micros && RandomCases.typeOf(column).equals("timestamp")
        ? Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString()
        : String.valueOf(value);
  }
}
