package dev.tidemark.pit;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.testkit.TextTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * One lookup in a test: a spine with keys and {@code t}, events with keys and {@code at}, the
 * rules, the outputs, and what is expected. The key is {@code k} unless said otherwise.
 */
final class PitStory {
  private final SparkSession session;
  private final Dataset<Row> spine;
  private final Dataset<Row> rows;
  private List<Lookup.Key> keys = List.of(new Lookup.Key("k", "k"));
  private boolean timed = true;
  private boolean exclusive;
  private Duration lag = Duration.ZERO;
  private Duration delay = Duration.ZERO;
  private @Nullable String availableAt;
  private String deletedWhen = "false";
  private List<String> tieBreak = List.of();
  private List<String> rowKey = List.of();
  private @Nullable String where;
  private final List<Output> outputs = new ArrayList<>();

  PitStory(SparkSession session, String spine, String events) {
    this(session, TextTable.parse(session, spine), TextTable.parse(session, events));
  }

  PitStory(SparkSession session, Dataset<Row> spine, Dataset<Row> events) {
    this.session = session;
    this.spine = spine;
    this.rows = events;
  }

  /** Every column of this name on both sides. */
  PitStory keys(String... names) {
    keys = List.of(names).stream().map(name -> new Lookup.Key(name, name)).toList();
    return this;
  }

  PitStory keys(List<Lookup.Key> pairs) {
    keys = pairs;
    return this;
  }

  /** A static source, which has no {@code at}. */
  PitStory isStatic() {
    timed = false;
    return this;
  }

  PitStory exclusive() {
    exclusive = true;
    return this;
  }

  PitStory lag(Duration span) {
    lag = span;
    return this;
  }

  PitStory delay(Duration span) {
    delay = span;
    return this;
  }

  PitStory availableAt(String column) {
    availableAt = column;
    return this;
  }

  PitStory deletedWhen(String condition) {
    deletedWhen = condition;
    return this;
  }

  PitStory tieBreak(String... columns) {
    tieBreak = List.of(columns);
    return this;
  }

  PitStory rowKey(String... columns) {
    rowKey = List.of(columns);
    return this;
  }

  PitStory where(String condition) {
    where = condition;
    return this;
  }

  PitStory latest(String name, String value) {
    return output(new Output.Latest(name, value, null, null, false));
  }

  PitStory latest(String name, String value, Duration ttl) {
    return output(new Output.Latest(name, value, null, micros(ttl), false));
  }

  PitStory latestNotNull(String name, String value) {
    return output(new Output.Latest(name, value, null, null, true));
  }

  /** Over an unbounded window. */
  PitStory aggregate(String name, String aggregate) {
    return output(new Output.Windowed(name, aggregate, null, null, null, null));
  }

  PitStory aggregate(String name, String aggregate, Duration window) {
    return output(new Output.Windowed(name, aggregate, null, null, micros(window), null));
  }

  PitStory output(Output output) {
    outputs.add(output);
    return this;
  }

  /** The joined rows, in the order of the spine's columns and the outputs'. */
  Dataset<Row> joined() {
    return joined(new ReferenceEngine());
  }

  Dataset<Row> joined(Engine engine) {
    return engine.join(new PointInTimeJoin(spine, "t", List.of(lookup()), asked(spine, "t")));
  }

  /** The times that a spine asks for; null if it is empty. */
  static @Nullable TimeRange asked(Dataset<Row> spine, String asOf) {
    Column time = unix_micros(col(asOf));
    Row found = spine.select(min(time), max(time)).head();
    return found.isNullAt(0) ? null : new TimeRange(found.getLong(0), found.getLong(1));
  }

  Lookup lookup() {
    return new Lookup(
        "story",
        events(),
        keys,
        timed,
        exclusive,
        micros(lag),
        tieBreak,
        outputs.stream()
            .<String>mapMulti(
                (output, sink) ->
                    output.match(
                        latest -> {
                          sink.accept(latest.value());
                          return true;
                        },
                        windowed -> false))
            .sorted()
            .distinct()
            .toList(),
        rowKey,
        where,
        outputs);
  }

  /** Compares every engine; see {@link TextTable#assertRows}. */
  void expect(String table) {
    interpreted(
        session,
        () -> {
          TextTable.assertRows(joined(new ReferenceEngine(true)), table);
          TextTable.assertRows(joined(new ReferenceEngine(false)), table);
          TextTable.assertRows(joined(new SlotEngine()), table);
        });
  }

  /** Runs without generated code. */
  static void interpreted(SparkSession session, Runnable run) {
    Settings.with(
        session,
        Settings.INTERPRETED,
        () -> {
          run.run();
          return true;
        });
  }

  private Dataset<Row> events() {
    Column at = timed ? col("at") : lit(null).cast("timestamp");
    Column available = availableAt == null ? at : col(availableAt);
    Column delayed = timestamp_micros(unix_micros(at).plus(lit(micros(delay))));
    return rows.withColumn(EventColumns.EVENT_TIME, at)
        .withColumn(EventColumns.AVAILABLE_TIME, available)
        .withColumn(
            EventColumns.VISIBLE_FROM, when(available.isNotNull(), greatest(available, delayed)))
        .withColumn(EventColumns.DELETED, coalesce(expr(deletedWhen), lit(false)));
  }

  private static long micros(Duration span) {
    return span.toNanos() / 1000;
  }
}
