package dev.tidemark.pit;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.oracle.Case;
import dev.tidemark.oracle.Condition;
import dev.tidemark.oracle.Question;
import dev.tidemark.oracle.RandomCases;
import dev.tidemark.oracle.Rules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Many of the oracle's cases in one run of an engine: the number of the case is one more key
 * column.
 *
 * @param partitions of the spine and of the events
 */
record EngineRun(SparkSession session, Engine engine, int partitions) {
  private static final String CASE = "case";
  private static final String ROW = "row";
  private static final List<String> SPINE = List.of("k", "k2", Rules.AS_OF);
  private static final List<String> EVENTS =
      List.of("k", "k2", Rules.EVENT_TIME, "loaded", "op", "id", "part", "n", "x", "m", "s", "seq");

  /** Per case, per spine row, the answers to the rules' questions. */
  List<List<List<@Nullable Object>>> answers(Rules rules, List<Case> cases) {
    List<Row> spineRows = new ArrayList<>();
    List<Row> eventRows = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      for (int j = 0; j < cases.get(i).spine().size(); j++) {
        spineRows.add(row(i, j, cases.get(i).spine().get(j), SPINE));
      }
      for (Map<String, @Nullable Object> event : cases.get(i).events()) {
        eventRows.add(row(i, 0, event, EVENTS));
      }
    }
    Dataset<Row> spine = dataset(spineRows, SPINE).repartition(partitions);
    Dataset<Row> events = dataset(eventRows, EVENTS).drop(ROW).repartition(partitions);
    PointInTimeJoin join =
        new PointInTimeJoin(
            spine,
            Rules.AS_OF,
            List.of(lookup(rules, prepared(rules, events), CASE)),
            PitStory.asked(spine, Rules.AS_OF));
    Dataset<Row> joined = engine.join(join);
    Map<List<Long>, List<@Nullable Object>> found = new HashMap<>();
    int outputs = rules.questions().size();
    for (Row row : joined.collectAsList()) {
      List<@Nullable Object> answers = new ArrayList<>();
      for (int i = 0; i < outputs; i++) {
        answers.add(plain(row.get(row.length() - outputs + i)));
      }
      if (found.put(List.of(row.getLong(0), row.getLong(1)), answers) != null) {
        throw new AssertionError("a row of the spine twice: " + row);
      }
    }
    List<List<List<@Nullable Object>>> result = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      List<List<@Nullable Object>> ofCase = new ArrayList<>();
      for (int j = 0; j < cases.get(i).spine().size(); j++) {
        ofCase.add(
            Objects.requireNonNull(
                found.get(List.of((long) i, (long) j)), "a row of the spine is missing"));
      }
      result.add(ofCase);
    }
    return result;
  }

  private static Row row(
      long number, long index, Map<String, @Nullable Object> cells, List<String> columns) {
    List<@Nullable Object> values = new ArrayList<>();
    values.add(number);
    values.add(index);
    columns.forEach(column -> values.add(cells.get(column)));
    return RowFactory.create(values.toArray());
  }

  private Dataset<Row> dataset(List<Row> rows, List<String> columns) {
    StructType schema = new StructType().add(CASE, "bigint").add(ROW, "bigint");
    for (String column : columns) {
      String type = RandomCases.typeOf(column);
      schema = schema.add(column, type.equals("timestamp") ? "bigint" : type);
    }
    Dataset<Row> dataset = session.createDataFrame(rows, schema);
    for (String column : columns) {
      if (RandomCases.typeOf(column).equals("timestamp")) {
        dataset = dataset.withColumn(column, timestamp_micros(col(column)));
      }
    }
    return dataset;
  }

  /** Events as {@code compile} prepares them. */
  private static Dataset<Row> prepared(Rules rules, Dataset<Row> events) {
    Column available = col(rules.availableAt() == null ? Rules.EVENT_TIME : rules.availableAt());
    Column delayed =
        timestamp_micros(unix_micros(col(Rules.EVENT_TIME)).plus(lit(rules.delayMicros())));
    return events
        .withColumn(EventColumns.EVENT_TIME, col(Rules.EVENT_TIME))
        .withColumn(EventColumns.AVAILABLE_TIME, available)
        .withColumn(
            EventColumns.VISIBLE_FROM, when(available.isNotNull(), greatest(available, delayed)))
        .withColumn(
            EventColumns.DELETED,
            rules.deletedWhen() == null
                ? lit(false)
                : coalesce(expr(sql(rules.deletedWhen())), lit(false)));
  }

  private static Lookup lookup(Rules rules, Dataset<Row> events, String caseColumn) {
    List<Lookup.Key> keys = new ArrayList<>();
    keys.add(new Lookup.Key(caseColumn, caseColumn));
    rules.keys().forEach(key -> keys.add(new Lookup.Key(key, key)));
    List<Output> outputs = new ArrayList<>();
    for (Question question : rules.questions()) {
      String name = "q" + outputs.size();
      outputs.add(question.match(l -> latest(name, l), w -> windowed(name, w)));
    }
    return new Lookup(
        "case",
        events,
        keys,
        rules.timed(),
        rules.exclusive(),
        rules.lagMicros(),
        rules.tieBreak(),
        rules.lastTieBreak(),
        rules.rowKey(),
        orNull(rules.where()),
        outputs);
  }

  private static Output latest(String name, Question.Latest latest) {
    return new Output.Latest(
        name, latest.column(), orNull(latest.where()), latest.ttlMicros(), latest.ignoreNulls());
  }

  private static Output windowed(String name, Question.Windowed windowed) {
    String c = windowed.column();
    String aggregate =
        switch (windowed.aggregate()) {
          case ROWS -> "count(*)";
          case COUNT -> "count(" + c + ")";
          case SUM -> "sum(" + c + ")";
          case MIN -> "min(" + c + ")";
          case MAX -> "max(" + c + ")";
          case MEAN -> "avg(" + c + ")";
          case DISTINCT -> "count(DISTINCT " + c + ")";
          case GREATEST_SEQ -> "max_by(" + c + ", seq)";
          case EMPTY -> "count(*) = 0";
          case SCORE -> "sum(" + c + ") * 2 - count(*)";
          case ABOVE_ONE -> "count(*) FILTER (WHERE " + c + " > 1)";
          case MEDIAN -> "percentile_approx(" + c + ", 0.5)";
          case TEXTS -> "array_join(sort_array(collect_list(" + c + ")), ',')";
        };
    Object whenEmpty = windowed.whenEmpty();
    return new Output.Windowed(
        name,
        aggregate,
        orNull(windowed.where()),
        windowed.by(),
        windowed.windowMicros(),
        whenEmpty == null ? null : literal(whenEmpty));
  }

  private static @Nullable String orNull(@Nullable Condition condition) {
    return condition == null ? null : sql(condition);
  }

  private static String sql(Condition condition) {
    return switch (condition.comparison()) {
      case GREATER -> condition.column() + " > " + literal(condition.constant());
      case EQUAL -> condition.column() + " = " + literal(condition.constant());
      case MISSING -> condition.column() + " IS NULL";
    };
  }

  private static String literal(Object constant) {
    return constant instanceof String text ? "'" + text + "'" : constant.toString();
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return value instanceof scala.collection.Map<?, ?> map
        ? new TreeMap<>(CollectionConverters.asJava(map))
        : value;
  }
}
