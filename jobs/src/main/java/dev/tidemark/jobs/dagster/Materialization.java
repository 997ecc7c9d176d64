package dev.tidemark.jobs.dagster;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.run.TaskReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one asset was made to be: of the tasks that wrote it, and of the manifest of the last of
 * them.
 */
final class Materialization {
  private final List<TaskReport> done = new ArrayList<>();
  private final List<Verdict> verdicts = new ArrayList<>();
  private @Nullable JsonNode manifest;

  /**
   * A check, and how it came out.
   *
   * @param detail a few words for people
   */
  record Verdict(String name, boolean passed, String detail) {}

  /**
   * Adds what a task did.
   *
   * @param itsManifest of its last commit, as the schema of manifests has it; null if there is none
   */
  void add(TaskReport task, @Nullable JsonNode itsManifest) {
    done.add(task);
    if (itsManifest == null) {
      return;
    }
    manifest = itsManifest;
    for (JsonNode check : itsManifest.path("checks")) {
      verdicts.add(
          new Verdict(
              check.path("name").asText(),
              check.path("verdict").asText().equals("passed"),
              check.path("detail").asText()));
    }
  }

  /** How each check came out: failed if it failed once, and with the words of the last. */
  List<Verdict> verdicts() {
    Map<String, Verdict> byName = new LinkedHashMap<>();
    for (Verdict verdict : verdicts) {
      byName.merge(verdict.name(), verdict, (first, next) -> first.passed() ? next : first);
    }
    return List.copyOf(byName.values());
  }

  /**
   * The same for the same rows, where a manifest tells of all of them: the hash of their content.
   * Else the state of the table.
   *
   * @return null if nothing was written
   */
  @Nullable String dataVersion() {
    JsonNode last = manifest;
    if (last != null && done.size() == 1 && commits(done.get(0)) == 1) {
      return last.path("rows").path("content_hash").asText();
    }
    TaskReport newest = done.get(done.size() - 1);
    return newest.tables().isEmpty()
        ? null
        : String.join(
            ",",
            newest.tables().stream()
                .map(table -> "%s@%s".formatted(table.table(), table.snapshot()))
                .toList());
  }

  private static int commits(TaskReport task) {
    TaskReport.Intervals intervals = task.intervals();
    return intervals == null
        ? 1
        : intervals.committed() + intervals.adopted() + intervals.upToDate();
  }

  /** By name, in the order in which to show them. */
  Map<String, Value> metadata() {
    Map<String, Value> metadata = new LinkedHashMap<>();
    long rows = done.stream().mapToLong(TaskReport::rows).sum();
    metadata.put("rows", Value.number(rows));
    boolean views = done.stream().anyMatch(task -> task.intervals() != null);
    metadata.put(views ? "dagster/partition_row_count" : "dagster/row_count", Value.number(rows));
    TaskReport last = done.get(done.size() - 1);
    if (!last.tables().isEmpty()) {
      TaskReport.Written first = last.tables().get(0);
      metadata.put("dagster/table_name", Value.text(first.table()));
      metadata.put("table", Value.text(first.table()));
      metadata.put("format", Value.text(first.target().provider().format().toString()));
      metadata.put("snapshot", Value.text(first.snapshot()));
    }
    if (last.tables().size() > 1) {
      metadata.put(
          "tables", Value.json(last.tables().stream().map(Materialization::table).toList()));
    }
    if (last.manifest() != null) {
      metadata.put("manifest", Value.path(last.manifest()));
    }
    if (last.asOf() != null) {
      metadata.put("as_of", Value.time(last.asOf()));
    }
    if (views) {
      metadata.put("intervals", Value.json(intervals()));
    }
    long leftOut = done.stream().mapToLong(TaskReport::leftOut).sum();
    if (leftOut > 0) {
      metadata.put("left_out", Value.number(leftOut));
    }
    long promoted = done.stream().mapToLong(TaskReport::promoted).sum();
    if (promoted > 0) {
      metadata.put("promoted", Value.number(promoted));
    }
    TaskReport.Whole whole = last.whole();
    if (whole != null) {
      metadata.put("up_to_date", Value.truth(whole.upToDate()));
      metadata.put("kept", Value.number(whole.kept()));
    }
    double seconds = done.stream().mapToDouble(task -> task.elapsed().toNanos() / 1e9).sum();
    metadata.put("seconds", Value.number(Math.round(seconds * 1000) / 1000.0));
    JsonNode ofLast = manifest;
    if (ofLast != null) {
      ofManifest(ofLast, metadata);
    }
    return metadata;
  }

  private Map<String, Integer> intervals() {
    Map<String, Integer> all = new LinkedHashMap<>();
    for (TaskReport task : done) {
      TaskReport.Intervals intervals = task.intervals();
      if (intervals != null) {
        all.merge("committed", intervals.committed(), Integer::sum);
        all.merge("adopted", intervals.adopted(), Integer::sum);
        all.merge("up_to_date", intervals.upToDate(), Integer::sum);
      }
    }
    return all;
  }

  private static Map<String, String> table(TaskReport.Written table) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("provider", table.target().provider().name());
    fields.put("format", table.target().provider().format().toString());
    fields.put("table", table.table());
    fields.put("snapshot", table.snapshot());
    return fields;
  }

  /** Of the last commit: of several intervals, the last. */
  private static void ofManifest(JsonNode manifest, Map<String, Value> metadata) {
    metadata.put("content_hash", Value.text(manifest.path("rows").path("content_hash").asText()));
    List<Map<String, String>> columns = new ArrayList<>();
    Map<String, Long> nulls = new LinkedHashMap<>();
    Map<String, JsonNode> reasons = new LinkedHashMap<>();
    for (JsonNode column : manifest.path("columns")) {
      String name = column.path("name").asText();
      columns.add(Map.of("name", name, "type", column.path("type").asText()));
      nulls.put(name, column.path("nulls").asLong());
      if (column.path("reasons").isObject()) {
        reasons.put(name, column.path("reasons"));
      }
    }
    metadata.put("dagster/column_schema", Value.columns(columns));
    metadata.put("nulls", Value.json(nulls));
    if (!reasons.isEmpty()) {
      metadata.put("null_reasons", Value.json(reasons));
    }
    metadata.put("checks", Value.json(manifest.path("checks")));
    metadata.put("definition_hash", Value.text(manifest.path("definition_hash").asText()));
    metadata.put("run_id", Value.text(manifest.path("run_id").asText()));
  }
}
