package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.definition.Gate;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Split;
import dev.tidemark.plan.ResolvedTrainingSet;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * Holds rows that are about to be committed against gates. What asks for a value of single rows is
 * answered by one aggregation over them; uniqueness, drift and leakage by one or two each. Only
 * numbers come to the driver: of each gate, and of each tick.
 *
 * <p>What is exactly at a bound passes. Nothing is asked of nulls but by {@code nulls}; NaN is
 * outside of every range. The share of no rows is 0.
 */
public final class Gates {
  private static final String TICK = "tidemark_tick";
  private static final long ALL = 0;
  private static final int EXAMPLES = 3;

  private final Dataset<Row> rows;
  private final List<Gate> gates;
  private final Column tick;
  private final Set<String> features;
  private final List<String> parts;
  private final Function<Gate, Dataset<Row>> reference;

  private Gates(
      Dataset<Row> rows,
      List<Gate> gates,
      boolean byTick,
      Set<String> features,
      List<String> parts,
      Function<Gate, Dataset<Row>> reference) {
    this.rows = rows;
    this.gates = gates;
    this.tick = byTick ? unix_micros(col(ResolvedTrainingSet.EVENT_TIME)) : lit(ALL);
    this.features = features;
    this.parts = parts;
    this.reference = reference;
  }

  /**
   * Of a training set's rows.
   *
   * @param rows kept, since they are read more than once
   * @param reference the rows of the manifest that a gate of drift names
   */
  public static Gates of(
      Dataset<Row> rows, ResolvedTrainingSet set, Function<Gate, Dataset<Row>> reference) {
    return new Gates(
        rows,
        set.trainingSet().gates(),
        false,
        features(set),
        parts(set.trainingSet().split()),
        reference);
  }

  /**
   * Of a view's rows.
   *
   * @param rows kept, since they are read more than once
   * @param byTick true: rows of several ticks, each held by itself
   */
  public static Gates of(
      Dataset<Row> rows, List<Gate> gates, boolean byTick, Function<Gate, Dataset<Row>> reference) {
    return new Gates(rows, gates, byTick, Set.of(), List.of(), reference);
  }

  /** What is neither key, time, label nor split: what may tell a label before its time. */
  static Set<String> features(ResolvedTrainingSet set) {
    Set<String> features = new LinkedHashSet<>(set.columns());
    set.keys().forEach(key -> features.remove(key.key().name()));
    features.remove(ResolvedTrainingSet.EVENT_TIME);
    if (set.trainingSet().split() != null) {
      features.remove(ResolvedTrainingSet.SPLIT);
    }
    if (set.label() != null) {
      features.remove(set.label().ref().name());
    }
    return features;
  }

  private static List<String> parts(@Nullable Split split) {
    if (split == null) {
      return List.of();
    }
    boolean validation =
        split.match(
            byTime -> byTime.validationFrom() != null,
            byEntity -> byEntity.validation() > 0,
            byRandom -> byRandom.validation() > 0);
    boolean test =
        split.match(
            byTime -> byTime.testFrom() != null,
            byEntity -> byEntity.test() > 0,
            byRandom -> byRandom.test() > 0);
    List<String> parts = new ArrayList<>(List.of("train"));
    if (validation) {
      parts.add("validation");
    }
    if (test) {
      parts.add("test");
    }
    return parts;
  }

  /**
   * Rows that are committed together, and what is known of them.
   *
   * @param tick null: all rows
   * @param rows how many
   * @param nulls of each column, by name
   * @param asOf against which freshness is measured; null: nobody said
   * @param before how many rows the commit before had; null: there is none
   */
  public record Batch(
      @Nullable Instant tick,
      long rows,
      Map<String, Nulls> nulls,
      @Nullable Instant asOf,
      @Nullable Long before) {
    public Batch {
      nulls = Map.copyOf(nulls);
    }
  }

  /**
   * A column's nulls.
   *
   * @param reasons in words; empty where nobody knows
   */
  public record Nulls(long count, String reasons) {}

  /**
   * What became of one gate.
   *
   * @param found what was measured, in words
   * @param failing how many rows are not as they must be; 0 where that is not a matter of rows
   */
  public record Verdict(Gate gate, boolean passed, String found, long failing) {}

  /** The verdicts of each batch, in the order of the gates. */
  public List<List<Verdict>> verdicts(List<Batch> batches) {
    Map<Long, Row> aggregates = aggregates();
    List<Function<Batch, Verdict>> each = new ArrayList<>();
    for (int i = 0; i < gates.size(); i++) {
      each.add(verdict(i, aggregates));
    }
    return batches.stream()
        .map(batch -> each.stream().map(gate -> gate.apply(batch)).toList())
        .toList();
  }

  private static long key(Batch batch) {
    Instant at = batch.tick();
    return at == null ? ALL : ChronoUnit.MICROS.between(Instant.EPOCH, at);
  }

  private Function<Batch, Verdict> verdict(int i, Map<Long, Row> aggregates) {
    Gate gate = gates.get(i);
    return switch (gate.kind()) {
      case ROWS -> batch -> rows(gate, batch.rows());
      case CHANGE -> batch -> change(gate, batch);
      case NULLS -> batch -> nulls(gate, batch);
      case RANGE -> batch -> range(gate, i, aggregates.get(key(batch)));
      case IN -> batch -> in(gate, i, aggregates.get(key(batch)));
      case FRESHNESS -> batch -> freshness(gate, i, aggregates.get(key(batch)), batch.asOf());
      case RATE -> batch -> rate(gate, i, aggregates.get(key(batch)));
      case UNIQUE, UNIQUE_BY -> unique(gate);
      case DRIFT -> drift(gate);
      case LEAKAGE -> leakage(gate);
    };
  }

  private static Column of(Gate gate) {
    return SparkPlans.named(String.valueOf(gate.column()));
  }

  private DataType type(Gate gate) {
    return rows.select(of(gate)).schema().apply(0).dataType();
  }

  // One pass for all gates that ask of rows one by one.

  private Map<Long, Row> aggregates() {
    List<Column> asked = new ArrayList<>();
    for (int i = 0; i < gates.size(); i++) {
      asked.addAll(aggregates(i, gates.get(i)));
    }
    Map<Long, Row> found = new HashMap<>();
    if (!asked.isEmpty()) {
      for (Row row :
          rows.groupBy(tick.as(TICK))
              .agg(asked.get(0), asked.subList(1, asked.size()).toArray(Column[]::new))
              .collectAsList()) {
        found.put(row.getLong(0), row);
      }
    }
    return found;
  }

  private List<Column> aggregates(int i, Gate gate) {
    return switch (gate.kind()) {
      case RANGE ->
          List.of(
              (gate.min() == null ? max(of(gate)) : min(of(gate))).cast("string").as("value" + i),
              count_if(violation(gate)).as("failing" + i));
      case IN ->
          List.of(count(of(gate)).as("values" + i), count_if(violation(gate)).as("failing" + i));
      case FRESHNESS -> List.of(unix_micros(max(of(gate)).cast("timestamp")).as("newest" + i));
      case RATE -> {
        List<Column> rates = new ArrayList<>();
        for (String part : parts(gate)) {
          Column here =
              part.isEmpty() ? lit(true) : col(ResolvedTrainingSet.SPLIT).equalTo(lit(part));
          rates.add(count_if(here.and(positive(gate))).as("positive" + i + part));
          rates.add(count(when(here, of(gate))).as("values" + i + part));
        }
        yield rates;
      }
      case ROWS, CHANGE, NULLS, UNIQUE, UNIQUE_BY, DRIFT, LEAKAGE -> List.of();
    };
  }

  private List<String> parts(Gate gate) {
    return gate.eachSplit() ? parts : List.of("");
  }

  private Column positive(Gate gate) {
    return type(gate) instanceof BooleanType ? of(gate) : of(gate).gt(lit(0));
  }

  /** True for a row that is not as the gate asks; of gates that can tell it of one row. */
  private Column violation(Gate gate) {
    DataType type = type(gate);
    return switch (gate.kind()) {
      case RANGE -> {
        BigDecimal min = gate.min();
        BigDecimal max = gate.max();
        Column outside =
            min != null
                ? of(gate).lt(bound(min, type))
                : of(gate).gt(bound(Objects.requireNonNull(max), type));
        yield type instanceof DoubleType || type instanceof FloatType
            ? outside.or(isnan(of(gate)))
            : outside;
      }
      case IN -> {
        Column any = lit(false);
        for (Named allowed : gate.names()) {
          Object value = GateTypes.value(allowed.name(), type).orElseThrow();
          any =
              any.or(
                  of(gate)
                      .equalTo(
                          value instanceof BigDecimal number ? bound(number, type) : lit(value)));
        }
        yield any.equalTo(lit(false));
      }
      case NULLS -> of(gate).isNull();
      case ROWS, CHANGE, FRESHNESS, RATE, UNIQUE, UNIQUE_BY, DRIFT, LEAKAGE -> lit(false);
    };
  }

  /** A number as one of the column's type, where that has an end or rounds. */
  private static Column bound(BigDecimal number, DataType type) {
    if (type instanceof FloatType) {
      return lit(number.floatValue());
    }
    BigDecimal plain = number.scale() < 0 ? number.setScale(0, RoundingMode.UNNECESSARY) : number;
    boolean fits = plain.precision() - plain.scale() <= 20 && plain.scale() <= 18;
    return type instanceof DoubleType || !(type instanceof NumericType) || !fits
        ? lit(number.doubleValue())
        : lit(plain);
  }

  // What is measured, against what is asked.

  private static boolean within(Gate gate, BigDecimal found, BigDecimal of) {
    BigDecimal min = gate.min();
    BigDecimal max = gate.max();
    return (min == null || found.compareTo(min.multiply(of)) >= 0)
        && (max == null || found.compareTo(max.multiply(of)) <= 0);
  }

  private static boolean within(Gate gate, long some, long all) {
    return all == 0
        ? within(gate, BigDecimal.ZERO, BigDecimal.ONE)
        : within(gate, BigDecimal.valueOf(some), BigDecimal.valueOf(all));
  }

  private static Verdict rows(Gate gate, long rows) {
    return new Verdict(
        gate,
        within(gate, BigDecimal.valueOf(rows), BigDecimal.ONE),
        "%,d rows".formatted(rows),
        0);
  }

  private static Verdict change(Gate gate, Batch batch) {
    Long before = batch.before();
    if (before == null || before == 0) {
      return new Verdict(
          gate,
          true,
          "%,d rows, and %s before".formatted(batch.rows(), before == null ? "nothing" : "none"),
          0);
    }
    return new Verdict(
        gate,
        within(gate, BigDecimal.valueOf(batch.rows() - before), BigDecimal.valueOf(before)),
        "%s: %,d rows, and %,d before"
            .formatted(share(batch.rows() - before, before), batch.rows(), before),
        0);
  }

  private static Verdict nulls(Gate gate, Batch batch) {
    Nulls nulls = batch.nulls().getOrDefault(String.valueOf(gate.column()), new Nulls(0, ""));
    return new Verdict(
        gate,
        within(gate, nulls.count(), batch.rows()),
        "%s: %,d of %,d rows%s"
            .formatted(
                share(nulls.count(), batch.rows()),
                nulls.count(),
                batch.rows(),
                nulls.reasons().isEmpty() ? "" : " (" + nulls.reasons() + ")"),
        nulls.count());
  }

  private static Verdict range(Gate gate, int i, @Nullable Row row) {
    String extreme = row == null ? null : row.getAs("value" + i);
    if (row == null || extreme == null) {
      return new Verdict(gate, true, "no value", 0);
    }
    long failing = row.getAs("failing" + i);
    return new Verdict(
        gate,
        failing == 0,
        "the %s is %s%s"
            .formatted(
                gate.min() == null ? "greatest" : "least",
                extreme,
                failing == 0 ? "" : ", and %,d rows are outside".formatted(failing)),
        failing);
  }

  private static Verdict in(Gate gate, int i, @Nullable Row row) {
    long failing = row == null ? 0 : row.<Long>getAs("failing" + i);
    long values = row == null ? 0 : row.<Long>getAs("values" + i);
    return new Verdict(
        gate, failing == 0, "%,d of %,d values are others".formatted(failing, values), failing);
  }

  private static Verdict freshness(Gate gate, int i, @Nullable Row row, @Nullable Instant asOf) {
    Long newest = row == null ? null : row.<@Nullable Long>getAs("newest" + i);
    if (newest == null || asOf == null) {
      return new Verdict(gate, false, newest == null ? "no value" : "no as-of time", 0);
    }
    Instant at = Instant.EPOCH.plus(newest, ChronoUnit.MICROS);
    Duration age = Duration.between(at, asOf);
    Duration most = gate.age() == null ? Duration.ZERO : gate.age().duration();
    return new Verdict(
        gate,
        age.compareTo(most) <= 0,
        "the newest is of %s, %s before %s".formatted(at, words(age), asOf),
        0);
  }

  private static String words(Duration age) {
    if (age.isNegative()) {
      return "not";
    }
    String days = age.toDays() == 0 ? "" : age.toDays() + "d ";
    String hours = age.toHoursPart() == 0 ? "" : age.toHoursPart() + "h ";
    String minutes = age.toMinutesPart() == 0 ? "" : age.toMinutesPart() + "m ";
    String seconds = age.toSecondsPart() == 0 ? "" : age.toSecondsPart() + "s ";
    String all = (days + hours + minutes + seconds).strip();
    return all.isEmpty() ? "less than 1s" : all;
  }

  private Verdict rate(Gate gate, int i, @Nullable Row row) {
    boolean passed = true;
    List<String> found = new ArrayList<>();
    for (String part : parts(gate)) {
      long positive = row == null ? 0 : row.<Long>getAs("positive" + i + part);
      long values = row == null ? 0 : row.<Long>getAs("values" + i + part);
      passed &= within(gate, positive, values);
      found.add(
          "%s%s: %,d of %,d values"
              .formatted(
                  part.isEmpty() ? "" : part + " ", share(positive, values), positive, values));
    }
    return new Verdict(gate, passed, String.join("; ", found), 0);
  }

  private Function<Batch, Verdict> unique(Gate gate) {
    List<Column> keys = uniqueBy(gate);
    List<Column> groups = new ArrayList<>(keys);
    groups.add(tick.as(TICK));
    Map<Long, Row> found = new HashMap<>();
    for (Row row :
        rows.where(allThere(keys))
            .groupBy(groups.toArray(Column[]::new))
            .agg(count(lit(1)).as("rows_of_one"))
            .where(col("rows_of_one").gt(1))
            .groupBy(TICK)
            .agg(count(lit(1)).as("groups"), sum("rows_of_one").as("failing"))
            .collectAsList()) {
      found.put(row.getAs(TICK), row);
    }
    return batch -> {
      Row row = found.get(key(batch));
      return row == null
          ? new Verdict(gate, true, "none twice", 0)
          : new Verdict(
              gate,
              false,
              "%,d of them more than once, in %,d rows"
                  .formatted(row.<Long>getAs("groups"), row.<Long>getAs("failing")),
              row.<Long>getAs("failing"));
    };
  }

  private static List<Column> uniqueBy(Gate gate) {
    return gate.kind() == Gate.Kind.UNIQUE
        ? List.of(of(gate))
        : gate.names().stream().map(name -> SparkPlans.named(name.name())).toList();
  }

  private static Column allThere(List<Column> columns) {
    return columns.stream().map(Column::isNotNull).reduce(lit(true), Column::and);
  }

  private Function<Batch, Verdict> drift(Gate gate) {
    Drift drift = new Drift(reference.apply(gate), String.valueOf(gate.column()), type(gate));
    Map<Long, Double> found = drift.of(rows, tick);
    double most = gate.max() == null ? 0 : gate.max().doubleValue();
    return batch -> {
      double index = found.getOrDefault(key(batch), drift.ofNothing());
      return new Verdict(gate, index <= most, round(index), 0);
    };
  }

  private Function<Batch, Verdict> leakage(Gate gate) {
    List<String> ranked =
        Arrays.stream(rows.schema().fields())
            .filter(field -> features.contains(field.name()))
            .filter(field -> GateTypes.isRanked(field.dataType()))
            .map(field -> field.name())
            .toList();
    List<Leakage.Ranking> found = Leakage.of(rows, positive(gate), ranked);
    double most = gate.max() == null ? 1 : gate.max().doubleValue();
    List<Leakage.Ranking> telling = found.stream().filter(each -> each.auc() > most).toList();
    String shown =
        (telling.isEmpty() ? found.stream().limit(1) : telling.stream())
            .map(each -> "%s %s".formatted(each.column(), round(each.auc())))
            .collect(Collectors.joining(", "));
    return batch ->
        new Verdict(gate, telling.isEmpty(), shown.isEmpty() ? "no labelled row" : shown, 0);
  }

  private static String share(long some, long all) {
    return all == 0
        ? "0"
        : BigDecimal.valueOf(some)
            .divide(BigDecimal.valueOf(all), new MathContext(6, RoundingMode.HALF_EVEN))
            .stripTrailingZeros()
            .toPlainString();
  }

  private static String round(double value) {
    return new BigDecimal(value)
        .round(new MathContext(6, RoundingMode.HALF_EVEN))
        .stripTrailingZeros()
        .toPlainString();
  }

  /**
   * A few rows that are not as a gate asks, as text: their keys and times, in no order.
   *
   * @param shown the columns to show
   * @return none where it can't be told of single rows
   */
  public List<String> examples(Verdict verdict, Batch batch, List<String> shown) {
    Gate gate = verdict.gate();
    if (verdict.passed() || verdict.failing() == 0 || shown.isEmpty()) {
      return List.of();
    }
    Dataset<Row> bad =
        switch (gate.kind()) {
          case RANGE, IN, NULLS -> of(batch).where(violation(gate));
          case UNIQUE, UNIQUE_BY -> twice(gate, batch);
          case ROWS, CHANGE, FRESHNESS, RATE, DRIFT, LEAKAGE -> of(batch).limit(0);
        };
    return bad
        .select(shown.stream().map(SparkPlans::named).toArray(Column[]::new))
        .limit(EXAMPLES)
        .collectAsList()
        .stream()
        .map(row -> words(row, shown))
        .toList();
  }

  private Dataset<Row> of(Batch batch) {
    return rows.where(tick.equalTo(lit(key(batch))));
  }

  private Dataset<Row> twice(Gate gate, Batch batch) {
    List<Column> keys = uniqueBy(gate);
    Dataset<Row> there = of(batch).where(allThere(keys));
    return there
        .withColumn(
            "tidemark_twice", count(lit(1)).over(Window.partitionBy(keys.toArray(Column[]::new))))
        .where(col("tidemark_twice").gt(1));
  }

  private static String words(Row row, List<String> columns) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      Object value = row.get(i);
      boolean time = row.schema().apply(i).dataType() instanceof TimestampType;
      values.add(
          "%s = %s"
              .formatted(
                  columns.get(i), time && value instanceof Timestamp at ? at.toInstant() : value));
    }
    return String.join(", ", values);
  }
}
