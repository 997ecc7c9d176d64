package dev.tidemark.compile;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;

/**
 * A file of keys as a source, so that it is read as sources are: text without loss, at one state,
 * of which the manifest tells. Its event time is its column {@code event_time}; where it has none,
 * T.
 */
final class KeysSource {
  private final SparkSession session;
  private final Task.ScoreKeys task;
  private final KeysFile file;
  private final Findings findings;

  KeysSource(SparkSession session, Task.ScoreKeys task, KeysFile file, Findings findings) {
    this.session = session;
    this.task = task;
    this.file = file;
    this.findings = findings;
  }

  /**
   * The rows; nothing if the file is not there, or lacks a key or a role's column.
   *
   * @param kept the types that kept columns are read as, where the file is text
   */
  Optional<Dataset<Row>> read(EventRows events, Map<String, DataType> kept) {
    Optional<List<String>> columns = columns();
    if (columns.isEmpty() || !hasAll(columns.get())) {
      return Optional.empty();
    }
    warnOfOthers(columns.get());
    return events.of(source(columns.get(), kept));
  }

  private void warnOfOthers(List<String> columns) {
    ResolvedTrainingSet set = task.trainingSet();
    List<String> known = new ArrayList<>(List.of(ResolvedTrainingSet.EVENT_TIME));
    set.keys().forEach(key -> known.add(key.key().name()));
    set.keep().forEach(name -> known.add(name.name()));
    for (ResolvedSelection selection : set.selections()) {
      selection.spineColumns().forEach(column -> known.add(column.name()));
    }
    List<String> others = columns.stream().filter(column -> !has(known, column)).toList();
    if (!others.isEmpty()) {
      findings.warn(
          new Problem(
              null,
              "columns of %s that %s has no use for: %s"
                  .formatted(file.name(), set.trainingSet().ref(), String.join(", ", others)),
              null));
    }
  }

  private Optional<List<String>> columns() {
    String format = file.format().name().toLowerCase(Locale.ROOT);
    try {
      return Optional.of(
          Arrays.asList(
              session
                  .read()
                  .format(format)
                  .option("header", "true")
                  .load(file.location())
                  .columns()));
    } catch (Exception e) {
      // Scala declares no exceptions; whatever it is, the file can't be read.
      findings
          .missing()
          .add(
              null,
              "%s, the keys to score, is not there or can't be read as %s"
                  .formatted(file.location(), format),
              SqlErrors.brief(e));
      return Optional.empty();
    }
  }

  private boolean hasAll(List<String> columns) {
    boolean right = true;
    for (BoundKey key : task.trainingSet().keys()) {
      right &= has(columns, key.key().name(), key.key().origin(), "a key of what is scored");
    }
    for (ResolvedSelection selection : task.trainingSet().selections()) {
      for (ResolvedSelection.SpineColumn column : selection.spineColumns()) {
        right &=
            has(
                columns,
                column.name(),
                selection.selection().origin(),
                "by which %s is found".formatted(selection.view().view().ref()));
      }
    }
    return right;
  }

  private boolean has(List<String> columns, String name, Origin origin, String what) {
    boolean found = has(columns, name);
    if (!found) {
      findings
          .mistakes()
          .add(
              origin,
              "no column `%s`, %s, in %s".formatted(name, what, file.name()),
              "it has %s; add the column, under this name".formatted(String.join(", ", columns)));
    }
    return found;
  }

  private static boolean has(List<String> columns, String name) {
    return columns.stream().anyMatch(name::equalsIgnoreCase);
  }

  private Source source(List<String> columns, Map<String, DataType> kept) {
    ResolvedTrainingSet set = task.trainingSet();
    Origin origin = set.trainingSet().origin();
    boolean typed = file.format() == Location.Format.PARQUET;
    String time =
        has(columns, ResolvedTrainingSet.EVENT_TIME)
            ? ResolvedTrainingSet.EVENT_TIME
            : "timestamp_micros(%d)".formatted(SpineRows.micros(task.asOf()));
    return new Source(
        KeysFile.NAME,
        new Location.Files(
            file.location(),
            file.format(),
            typed ? List.of() : schema(columns, kept),
            Map.of(),
            origin,
            origin),
        new TimeRules(
            false, new Sql(time, origin, false), null, null, null, List.of(), null, List.of()),
        List.of(),
        null,
        set.trainingSet().about(),
        origin);
  }

  /** What a text file's columns are read as, of those that are used. */
  private List<Column> schema(List<String> columns, Map<String, DataType> kept) {
    ResolvedTrainingSet set = task.trainingSet();
    Map<String, Column> schema = new LinkedHashMap<>();
    for (Named name : set.keep()) {
      DataType type = kept.get(name.name());
      if (type != null) {
        put(schema, new Column(name.name(), type.sql(), name.origin()));
      }
    }
    set.keys().forEach(key -> put(schema, key.key()));
    for (ResolvedSelection selection : set.selections()) {
      for (int i = 0; i < selection.spineColumns().size(); i++) {
        Column key = selection.view().keys().get(i).key();
        String name = selection.spineColumns().get(i).name();
        put(schema, new Column(name, key.type(), selection.selection().origin()));
      }
    }
    put(
        schema,
        new Column(ResolvedTrainingSet.EVENT_TIME, "timestamp", set.trainingSet().origin()));
    return schema.values().stream().filter(column -> has(columns, column.name())).toList();
  }

  private static void put(Map<String, Column> schema, Column column) {
    schema.putIfAbsent(column.name().toLowerCase(Locale.ROOT), column);
  }
}
