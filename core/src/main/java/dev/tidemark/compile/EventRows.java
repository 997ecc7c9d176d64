package dev.tidemark.compile;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Ready;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.Span;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.pit.EventColumns;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * The rows of sources and transformations as events: their own columns and {@link EventColumns}.
 * Each is read once a compilation.
 */
final class EventRows {
  private final Map<ResourceName, Rows> graph;
  private final Findings findings;
  private final PinnedSources sources;
  private final SourceReader reader;
  private final Queries queries;
  private final Expressions expressions;
  private final boolean sampling;
  private final Map<ResourceName, Optional<Dataset<Row>>> read = new HashMap<>();
  private final Map<ResourceName, Integer> uses = new HashMap<>();
  private final UnitWarnings units;

  /**
   * @param sources at which states they are read
   * @param sampling true: the first rows of every source are read, to warn of event times in a
   *     wrong unit
   */
  EventRows(
      SparkSession session,
      Path root,
      Map<ResourceName, Rows> graph,
      Findings findings,
      PinnedSources sources,
      boolean sampling) {
    this.graph = graph;
    this.findings = findings;
    this.sources = sources;
    this.queries = new Queries(session, findings);
    this.reader = new SourceReader(session, root, findings, queries, sources);
    this.expressions = new Expressions(session, findings.mistakes());
    this.sampling = sampling;
    this.units = new UnitWarnings(session, findings);
  }

  /** The events; nothing if anything is wrong with them, which has then been said. */
  Optional<Dataset<Row>> of(Rows rows) {
    uses.merge(rows.ref(), 1, Integer::sum);
    Optional<Dataset<Row>> known = read.get(rows.ref());
    if (known != null) {
      return known;
    }
    Optional<Dataset<Row>> events = stored(rows).flatMap(stored -> withTime(rows, stored));
    read.put(rows.ref(), events);
    return events;
  }

  /** What is computed, and not merely read, and is used more than once. */
  List<Dataset<Row>> shared() {
    List<Dataset<Row>> shared = new ArrayList<>();
    uses.forEach(
        (name, count) -> {
          if (name.kind() == Kind.TRANSFORMATION && count > 1) {
            read.getOrDefault(name, Optional.empty()).ifPresent(shared::add);
          }
        });
    return shared;
  }

  private Optional<Dataset<Row>> stored(Rows rows) {
    Optional<Dataset<Row>> given = sources.given(rows.ref());
    if (given.isPresent()) {
      return given;
    }
    Optional<Dataset<Row>> stored =
        rows.match(
            entity -> Optional.empty(),
            reader::read,
            this::transformed,
            view -> Optional.empty(),
            label -> Optional.empty(),
            set -> Optional.empty(),
            model -> Optional.empty());
    return stored.filter(found -> wellNamed(rows, found));
  }

  private boolean wellNamed(Rows rows, Dataset<Row> stored) {
    boolean right = true;
    for (String column : stored.columns()) {
      if (column.toLowerCase(Locale.ROOT).startsWith(EventColumns.RESERVED_PREFIX)) {
        findings
            .mistakes()
            .add(
                rows.origin(),
                "%s has a column `%s`, a name that Tidemark keeps for itself"
                    .formatted(rows.ref(), column),
                "rename it in a transformation");
        right = false;
      }
    }
    long distinct =
        Arrays.stream(stored.columns())
            .map(name -> name.toLowerCase(Locale.ROOT))
            .distinct()
            .count();
    if (distinct < stored.columns().length) {
      findings
          .mistakes()
          .add(
              rows.origin(),
              "%s has two columns of one name: %s"
                  .formatted(rows.ref(), String.join(", ", stored.columns())),
              "name each column once; upper and lower case make no difference");
      right = false;
    }
    return right;
  }

  private Optional<Dataset<Row>> transformed(
      dev.tidemark.definition.Transformation transformation) {
    Map<String, Dataset<Row>> inputs = new LinkedHashMap<>();
    for (dev.tidemark.definition.Transformation.Input input : transformation.inputs()) {
      Rows rows = graph.get(input.rows().to());
      Optional<Dataset<Row>> events = rows == null ? Optional.empty() : of(rows);
      if (events.isEmpty()) {
        return Optional.empty();
      }
      inputs.put(input.alias(), userColumns(events.get()));
    }
    return transformation
        .body()
        .match(
            query -> queries.ofInputs(query.sql(), transformation.ref().toString(), inputs),
            javaClass -> new JavaTransformations(findings).apply(javaClass, queries.named(inputs)));
  }

  /** Without those that Tidemark adds. */
  static Dataset<Row> userColumns(Dataset<Row> events) {
    return events.select(
        SparkPlans.columns(
            Expressions.userColumns(events).stream().map(SparkPlans::named).toList()));
  }

  private Optional<Dataset<Row>> withTime(Rows rows, Dataset<Row> stored) {
    TimeRules time = rows.time();
    String of = rows.ref().toString();
    boolean right = known(time.tieBreak(), stored, of, true);
    right &= known(time.rowKey(), stored, of, false);
    right &=
        known(
            rows.columns().stream().map(note -> new Named(note.name(), note.origin())).toList(),
            stored,
            of,
            false);
    if (time.deletedWhen() != null) {
      right &= expressions.condition(time.deletedWhen(), stored, of);
    }
    right &= rows.match(source -> canBeReady(source, stored), transformation -> true);
    Optional<Column> eventTime = Optional.of(lit(null).cast("timestamp"));
    if (time.eventTime() != null) {
      eventTime = instant(time.eventTime(), time, stored, of);
    }
    Optional<Column> availableAt =
        time.availableAt() == null ? eventTime : instant(time.availableAt(), time, stored, of);
    if (!right || eventTime.isEmpty() || availableAt.isEmpty()) {
      return Optional.empty();
    }
    Dataset<Row> events =
        stored
            .withColumn(EventColumns.EVENT_TIME, eventTime.get())
            .withColumn(EventColumns.AVAILABLE_TIME, availableAt.get())
            .withColumn(EventColumns.VISIBLE_FROM, visibleFrom(time))
            .withColumn(
                EventColumns.DELETED,
                time.deletedWhen() == null
                    ? lit(false)
                    : coalesce(expr(time.deletedWhen().text()), lit(false)));
    boolean mayBeOfAnotherUnit =
        rows.match(source -> !isWrittenOut(source), transformation -> false);
    if (sampling && time.eventTime() != null && mayBeOfAnotherUnit) {
      units.add(time.eventTime(), of, events);
    }
    return Optional.of(events);
  }

  /**
   * Spark's {@code greatest} passes over nulls, but what has no available time is never visible.
   */
  private static Column visibleFrom(TimeRules time) {
    Column event = col(EventColumns.EVENT_TIME);
    Column available = col(EventColumns.AVAILABLE_TIME);
    Span delay = time.delay();
    Column delayed =
        delay == null ? event : timestamp_micros(unix_micros(event).plus(lit(delay.micros())));
    return time.availableAt() == null
        ? delayed
        : when(available.isNotNull(), greatest(available, delayed));
  }

  /** Nobody would want to learn of a mistake in a rule only when it is asked. */
  private boolean canBeReady(Source source, Dataset<Row> stored) {
    Ready rule = source.ready();
    Ready.Watermark watermark = rule == null ? null : rule.watermark();
    return watermark == null
        || watermark.isEventTime()
        || watermark.isAvailableAt()
        || instant(watermark.of(), source.time(), stored, source.ref().toString()).isPresent();
  }

  /** A time of a row as an instant, by the zone of its source where it has none of its own. */
  Optional<Column> instant(Sql sql, TimeRules time, Dataset<Row> stored, String of) {
    Optional<DataType> type = expressions.rowLevel(sql, stored, of);
    if (type.isEmpty()) {
      return Optional.empty();
    }
    Named zone = time.timeZone();
    Column value = expr(sql.text());
    if (type.get() instanceof TimestampType) {
      return Optional.of(value);
    }
    if (type.get() instanceof StringType) {
      return Optional.of(
          TextColumns.instant(value, sql.text(), zone == null ? null : zone.name(), of));
    }
    if (type.get() instanceof TimestampNTZType || type.get() instanceof DateType) {
      if (zone != null) {
        return Optional.of(
            SparkPlans.zonedCast(value, DataTypes.TimestampType, zone.name(), false));
      }
      findings
          .mistakes()
          .add(
              sql.origin(),
              "`%s` is a %s, which is another instant in every time zone"
                  .formatted(sql, Expressions.name(type.get())),
              "say which zone it is in: time-zone = \"America/New_York\", or \"UTC\"");
      return Optional.empty();
    }
    findings
        .mistakes()
        .add(
            sql.origin(),
            "a time must be a timestamp, date or text, rather than %s"
                .formatted(Expressions.name(type.get())),
            type.get() instanceof NumericType
                ? "such as timestamp_millis(%s), or timestamp_seconds(%s)".formatted(sql, sql)
                : null);
    return Optional.empty();
  }

  private boolean known(List<Named> columns, Dataset<Row> stored, String of, boolean ordered) {
    boolean right = true;
    for (Named column : columns) {
      Optional<DataType> type = columnType(stored, column.name());
      if (type.isEmpty()) {
        findings
            .mistakes()
            .addNearest(
                column.origin(),
                "no column `%s` in %s".formatted(column, of),
                column.name(),
                Expressions.userColumns(stored));
        right = false;
      } else if (ordered && !RowOrdering.isOrderable(type.get())) {
        findings
            .mistakes()
            .add(
                column.origin(),
                "`%s` is a %s, of which none is the greatest"
                    .formatted(column, Expressions.name(type.get())),
                null);
        right = false;
      }
    }
    return right;
  }

  /** The type of a user's column, upper and lower case alike. */
  static Optional<DataType> columnType(Dataset<Row> rows, String name) {
    return Arrays.stream(rows.schema().fields())
        .filter(field -> field.name().equalsIgnoreCase(name))
        .filter(field -> !field.name().startsWith(EventColumns.RESERVED_PREFIX))
        .map(field -> field.dataType())
        .findFirst();
  }

  /** True if the event time is read from text such as 2024-03-01T00:00:00Z, which has no unit. */
  private static boolean isWrittenOut(Source source) {
    Sql eventTime = source.time().eventTime();
    return eventTime != null
        && source.location() instanceof Location.Files files
        && files.schema().stream()
            .filter(column -> column.name().equalsIgnoreCase(eventTime.text()))
            .anyMatch(column -> column.type().toLowerCase(Locale.ROOT).startsWith("timestamp"));
  }

  /** Warns of event times in a wrong unit, of every source that was read since the last time. */
  void warnOfUnits() {
    units.warn();
  }
}
