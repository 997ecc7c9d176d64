package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Sql;
import dev.tidemark.pit.DataErrors;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/**
 * The keys that are scored as a spine: the rows of a file, or all keys that the views' events show
 * at T. Everything after the spine is what a training set has.
 */
final class ScoringSpine {
  private final SparkSession session;
  private final Task.ScoreKeys task;
  private final ResolvedTrainingSet set;
  private final EventRows events;
  private final Function<ResolvedView, Optional<ViewEvents>> views;
  private final Findings findings;

  /**
   * @param events reads the keys' file
   * @param views reads and checks a view
   */
  ScoringSpine(
      SparkSession session,
      Task.ScoreKeys task,
      EventRows events,
      Function<ResolvedView, Optional<ViewEvents>> views,
      Findings findings) {
    this.session = session;
    this.task = task;
    this.set = task.trainingSet();
    this.events = events;
    this.views = views;
    this.findings = findings;
  }

  /**
   * The spine; nothing if anything is wrong with it, which has then been said.
   *
   * @param kept the types that kept columns have in the training set, by name
   */
  Optional<SpineRows> rows(Map<String, DataType> kept) {
    KeysFile file = task.keys();
    return file == null ? allKeys(kept) : ofFile(file, kept);
  }

  private Optional<SpineRows> ofFile(KeysFile file, Map<String, DataType> kept) {
    KeysSource source = new KeysSource(session, task, file, findings);
    Optional<Dataset<Row>> read = source.read(events, kept);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    String of = file.name();
    Set<String> present = lowerCase(Expressions.userColumns(read.get()));
    boolean right = derivedHave(file, present);
    KeyTypes keyTypes = new KeyTypes(findings.mistakes());
    List<Column> columns = new ArrayList<>();
    for (BoundKey key : set.keys()) {
      Optional<Column> typed = keyTypes.typed(key, read.get(), of);
      right &= typed.isPresent();
      typed.ifPresent(column -> columns.add(column.as(key.key().name())));
    }
    columns.add(col(EventColumns.EVENT_TIME).as(ResolvedTrainingSet.EVENT_TIME));
    for (Named name : set.keep()) {
      Optional<Column> column = kept(name, read.get(), kept, of);
      right &= column.isPresent();
      column.ifPresent(columns::add);
    }
    Map<String, String> roles = new LinkedHashMap<>();
    for (ResolvedSelection selection : set.selections()) {
      right &= SpineRows.roles(selection, read.get(), of, keyTypes, roles, columns);
    }
    return right
        ? Optional.of(counted(notLater(read.get(), of), columns, roles))
        : Optional.empty();
  }

  private static Set<String> lowerCase(List<String> names) {
    Set<String> lower = new TreeSet<>();
    names.forEach(name -> lower.add(name.toLowerCase(Locale.ROOT)));
    return lower;
  }

  /** A derived column of the training set may need what its spine keeps. */
  private boolean derivedHave(@Nullable KeysFile file, Set<String> present) {
    boolean right = true;
    for (Derived derived : set.trainingSet().derived()) {
      Set<String> needed = columnsOf(derived.expression());
      for (Named name : set.keep()) {
        String column = name.name().toLowerCase(Locale.ROOT);
        if (needed.contains(column) && !present.contains(column)) {
          findings
              .mistakes()
              .add(
                  derived.expression().origin(),
                  file == null
                      ? "`%s` needs `%s`, which the spine's rows have and keys alone do not"
                          .formatted(derived.name(), name)
                      : "`%s` needs `%s`, and %s has no such column"
                          .formatted(derived.name(), name, file.name()),
                  file == null
                      ? "give the rows to score, with this column: --keys FILE"
                      : "add it to the file");
          right = false;
        }
      }
    }
    return right;
  }

  private Set<String> columnsOf(Sql sql) {
    try {
      SparkPlans.parseExpression(session, sql.text());
      return RenamedSql.columnsOf(session, sql);
    } catch (ParseException e) {
      // What is no SQL is told where derived columns are checked.
      return Set.of();
    }
  }

  private Optional<Column> kept(
      Named name, Dataset<Row> rows, Map<String, DataType> types, String of) {
    DataType type = types.getOrDefault(name.name(), DataTypes.NullType);
    Optional<DataType> stored = EventRows.columnType(rows, name.name());
    if (stored.isEmpty()) {
      missing(name, of);
      return Optional.of(lit(null).cast(type).as(name.name()));
    }
    Column column = SparkPlans.named(name.name());
    if (stored.get().asNullable().equals(type.asNullable())) {
      return Optional.of(column.as(name.name()));
    }
    if (KeyTypes.losesNothing(stored.get(), type)) {
      return Optional.of(column.cast(type).as(name.name()));
    }
    findings
        .mistakes()
        .add(
            name.origin(),
            "`%s` of %s is %s, and the training set's is %s"
                .formatted(name, of, Expressions.name(stored.get()), Expressions.name(type)),
            "write the file with that type");
    return Optional.empty();
  }

  private void missing(Named name, String of) {
    findings.warn(
        new Problem(
            name.origin(),
            "`%s` is null in every row: %s has no such column".formatted(name, of),
            "the training set keeps it from its spine; add it if the model uses it"));
  }

  private Dataset<Row> notLater(Dataset<Row> rows, String of) {
    Column time = col(EventColumns.EVENT_TIME);
    Column checked =
        when(time.isNull().or(time.leq(at())), time)
            .otherwise(
                DataErrors.raise(
                    DataTypes.TimestampType,
                    lit(of + ": event_time "),
                    time,
                    lit(
                        " is after --as-of %s, and nothing may be known later\n  leave the row out, or give a later --as-of"
                            .formatted(task.asOf()))));
    return rows.withColumn(EventColumns.EVENT_TIME, checked);
  }

  private Column at() {
    return timestamp_micros(lit(SpineRows.micros(task.asOf())));
  }

  /** The keys of all events of the training set's views that are visible at T. */
  private Optional<SpineRows> allKeys(Map<String, DataType> kept) {
    List<ViewEvents> all = new ArrayList<>();
    for (ResolvedSelection selection : set.selections()) {
      views.apply(selection.view()).ifPresent(all::add);
    }
    if (!derivedHave(null, Set.of()) || all.size() < set.selections().size()) {
      return Optional.empty();
    }
    Dataset<Row> keys = all.get(0).keysVisibleAt(task.asOf());
    for (ViewEvents view : all.subList(1, all.size())) {
      keys = keys.union(view.keysVisibleAt(task.asOf()));
    }
    List<Column> columns = new ArrayList<>();
    set.keys().forEach(key -> columns.add(SparkPlans.named(key.key().name())));
    columns.add(col(EventColumns.EVENT_TIME).as(ResolvedTrainingSet.EVENT_TIME));
    for (Named name : set.keep()) {
      missing(name, "a key");
      DataType type = kept.getOrDefault(name.name(), DataTypes.NullType);
      columns.add(lit(null).cast(type).as(name.name()));
    }
    return Optional.of(
        counted(keys.distinct().withColumn(EventColumns.EVENT_TIME, at()), columns, Map.of()));
  }

  private static SpineRows counted(
      Dataset<Row> rows, List<Column> columns, Map<String, String> roles) {
    Column noTime = col(EventColumns.EVENT_TIME).isNull();
    Column time = unix_micros(col(EventColumns.EVENT_TIME));
    Dataset<Row> counts =
        rows.groupBy()
            .agg(
                count_if(not(noTime)).as(CompiledTrainingSet.SPINE_ROWS),
                count_if(noTime).as(CompiledTrainingSet.NULL_TIMES),
                lit(0L).as(CompiledTrainingSet.LEFT_OUT),
                min(time).as(CompiledTrainingSet.FIRST_TIME),
                max(time).as(CompiledTrainingSet.LAST_TIME));
    return new SpineRows(
        rows.where(not(noTime)).select(SparkPlans.columns(columns)), counts, roles);
  }
}
