package dev.tidemark.run;

import dev.tidemark.plan.ColumnLineage;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Target;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a task that is done was made of, and what it made; for those who tell others of it.
 *
 * @param lineage of the columns that it made and of those it is made of
 * @param types the columns of every source and transformation that was read, by the resource's id,
 *     in order: their types in Spark SQL by their names
 * @param inputs the states that were read
 * @param outputs the tables that have the rows, in the order of the task's targets
 * @param columns of the tables, in order: their types in Spark SQL by their names
 * @param checks what was checked before the last commit; none if there was none
 * @param runId Tidemark's, as in the tables' commits
 */
public record Trace(
    ColumnLineage lineage,
    Map<String, Map<String, String>> types,
    List<Input> inputs,
    List<Output> outputs,
    Map<String, String> columns,
    List<Check> checks,
    String runId) {

  /**
   * A state of a source.
   *
   * @param storage the folders or files that it consists of, URIs; none where that can't be told
   * @param files how many plain files it has; null where it has a format with snapshots, or none
   * @param bytes of those files
   */
  public record Input(
      InputSnapshot snapshot, List<String> storage, @Nullable Long files, @Nullable Long bytes) {
    public Input {
      storage = List.copyOf(storage);
    }
  }

  /**
   * A table.
   *
   * @param table how Spark reads it: a table's full name, or a path
   * @param storage its folder, a path or URI; null where that can't be told
   * @param snapshot the Iceberg snapshot id or the Delta version; null if this task wrote none
   */
  public record Output(
      Target target, String table, @Nullable String storage, @Nullable String snapshot) {}

  /**
   * What was checked.
   *
   * @param name such as {@code row_count}
   * @param detail a few words for people; of a gate, what was found
   * @param asked of a gate what it asks; null for what is always checked
   */
  public record Check(String name, boolean passed, String detail, @Nullable Asked asked) {}

  /**
   * What a gate asks.
   *
   * @param column null: of the rows as a whole
   * @param severity {@code fail} or {@code warn}
   * @param expected a few words for people
   */
  public record Asked(@Nullable String column, String severity, String expected) {}

  public Trace {
    types = Collections.unmodifiableMap(new LinkedHashMap<>(types));
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    checks = List.copyOf(checks);
  }
}
