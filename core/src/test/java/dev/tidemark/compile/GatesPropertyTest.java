package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tidemark.definition.Gate;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.definition.Span;
import dev.tidemark.testkit.SparkTest;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Verdicts on random rows beside those of plain Java over lists. */
@SparkTest
class GatesPropertyTest {
  private static final int CASES = 12;
  private static final Origin HERE = new Origin(new SourceFile("a.conf", "a"), 1, 1, 1);
  private static final Instant T = Instant.parse("2024-03-01T00:00:00Z");

  private static final StructType SCHEMA =
      new StructType()
          .add("k", DataTypes.LongType)
          .add("event_time", DataTypes.TimestampType)
          .add("v", DataTypes.DoubleType)
          .add("s", DataTypes.StringType)
          .add("b", DataTypes.BooleanType)
          .add("at", DataTypes.TimestampType);

  private final SparkSession session;

  GatesPropertyTest(SparkSession session) {
    this.session = session;
  }

  private record Line(
      long k,
      Instant tick,
      @Nullable Double v,
      @Nullable String s,
      @Nullable Boolean b,
      @Nullable Instant at) {
    Row row() {
      return RowFactory.create(
          k, Timestamp.from(tick), v, s, b, at == null ? null : Timestamp.from(at));
    }
  }

  private static List<Line> lines(Random random, int most) {
    List<Line> lines = new ArrayList<>();
    int all = random.nextInt(most + 1);
    for (int i = 0; i < all; i++) {
      lines.add(
          new Line(
              random.nextInt(6),
              T.plus(Duration.ofDays(random.nextInt(2))),
              random.nextInt(5) == 0 ? null : (Double) (random.nextInt(9) / 2.0),
              random.nextInt(5) == 0 ? null : "abcdef".substring(random.nextInt(6)).substring(0, 1),
              random.nextInt(5) == 0 ? null : (Boolean) random.nextBoolean(),
              random.nextInt(5) == 0 ? null : T.minusSeconds(random.nextInt(5) * 3600L)));
    }
    return lines;
  }

  private Dataset<Row> rows(List<Line> lines, int partitions) {
    return session
        .createDataFrame(lines.stream().map(Line::row).toList(), SCHEMA)
        .repartition(partitions);
  }

  private static Gate gate(
      Gate.Kind kind,
      @Nullable String column,
      @Nullable Double min,
      @Nullable Double max,
      String... names) {
    return new Gate(
        kind,
        column,
        min == null ? null : BigDecimal.valueOf(min),
        max == null ? null : BigDecimal.valueOf(max),
        Arrays.stream(names).map(name -> new Named(name, HERE)).toList(),
        kind == Gate.Kind.FRESHNESS ? new Span(Duration.ofHours(2), "2h", HERE) : null,
        kind == Gate.Kind.DRIFT ? new Named("m", HERE) : null,
        false,
        false,
        HERE);
  }

  /** What a gate asks, and how many lines are not so: -1 where it is no matter of lines. */
  private record Asked(
      Gate gate, Predicate<List<Line>> passes, Function<List<Line>, Long> failing) {}

  private static long count(List<Line> lines, Predicate<Line> which) {
    return lines.stream().filter(which).count();
  }

  private static Asked ofEach(Gate gate, Predicate<Line> wrong) {
    return new Asked(gate, lines -> count(lines, wrong) == 0, lines -> count(lines, wrong));
  }

  private static Asked ofShare(
      Gate gate, double max, Predicate<Line> some, Predicate<Line> all, boolean counts) {
    return new Asked(
        gate,
        lines -> count(lines, some) <= max * count(lines, all),
        lines -> counts ? count(lines, some) : 0L);
  }

  private static Asked unique(Gate gate, Function<Line, @Nullable Object> key) {
    return new Asked(gate, lines -> twice(lines, key) == 0, lines -> twice(lines, key));
  }

  private static long twice(List<Line> lines, Function<Line, @Nullable Object> key) {
    Map<Object, Long> counts = new HashMap<>();
    for (Line line : lines) {
      Object of = key.apply(line);
      if (of != null) {
        counts.merge(of, 1L, Long::sum);
      }
    }
    return counts.values().stream().filter(n -> n > 1).mapToLong(Long::longValue).sum();
  }

  private static List<Asked> asked() {
    return List.of(
        ofEach(gate(Gate.Kind.RANGE, "v", 1.5, null), l -> l.v() != null && l.v() < 1.5),
        ofEach(gate(Gate.Kind.RANGE, "k", null, 4.5), l -> l.k() > 4.5),
        ofEach(
            gate(Gate.Kind.IN, "s", null, null, "a", "b", "c", "d", "e"), l -> "f".equals(l.s())),
        ofEach(
            gate(Gate.Kind.IN, "v", null, null, "0", "0.5", "1", "1.5", "2.0"),
            l -> l.v() != null && l.v() > 2),
        ofShare(gate(Gate.Kind.NULLS, "s", null, 0.25), 0.25, l -> l.s() == null, l -> true, true),
        ofShare(
            gate(Gate.Kind.RATE, "b", null, 0.5),
            0.5,
            l -> Boolean.TRUE.equals(l.b()),
            l -> l.b() != null,
            false),
        ofShare(
            gate(Gate.Kind.RATE, "v", null, 0.75),
            0.75,
            l -> l.v() != null && l.v() > 0,
            l -> l.v() != null,
            false),
        unique(gate(Gate.Kind.UNIQUE, "v", null, null), Line::v),
        unique(
            gate(Gate.Kind.UNIQUE_BY, null, null, null, "k", "s"),
            l -> l.s() == null ? null : List.of(l.k(), l.s())),
        new Asked(
            gate(Gate.Kind.FRESHNESS, "at", null, null),
            lines ->
                lines.stream()
                    .map(Line::at)
                    .filter(Objects::nonNull)
                    .anyMatch(at -> !at.isBefore(T.minus(Duration.ofHours(2)))),
            lines -> 0L),
        new Asked(gate(Gate.Kind.ROWS, null, 5.0, null), lines -> lines.size() >= 5, lines -> 0L));
  }

  @Test
  void verdicts_are_those_of_plain_java() {
    List<Asked> asked = asked();
    List<Gate> gates = asked.stream().map(Asked::gate).toList();
    for (int seed = 0; seed < CASES; seed++) {
      Random random = new Random(seed);
      List<Line> lines = lines(random, 3 + 3 * seed);
      boolean byTick = random.nextBoolean();
      Dataset<Row> rows = rows(lines, 1 + random.nextInt(4)).persist();
      List<Instant> ticks = new ArrayList<>();
      if (byTick) {
        ticks.addAll(List.of(T, T.plus(Duration.ofDays(1)), T.plus(Duration.ofDays(2))));
      } else {
        ticks.add(null);
      }
      List<Gates.Batch> batches = new ArrayList<>();
      for (Instant tick : ticks) {
        List<Line> of = of(lines, tick);
        batches.add(
            new Gates.Batch(
                tick,
                of.size(),
                Map.of("s", new Gates.Nulls(count(of, l -> l.s() == null), "")),
                T,
                null));
      }
      List<List<Gates.Verdict>> found =
          Gates.of(rows, gates, byTick, gate -> rows).verdicts(batches);
      for (int i = 0; i < ticks.size(); i++) {
        List<Line> of = of(lines, ticks.get(i));
        for (int g = 0; g < asked.size(); g++) {
          Gates.Verdict verdict = found.get(i).get(g);
          String as = "seed %d, tick %s, %s: %s".formatted(seed, ticks.get(i), verdict, of);
          assertThat(verdict.passed()).as(as).isEqualTo(asked.get(g).passes().test(of));
          assertThat(verdict.failing()).as(as).isEqualTo(asked.get(g).failing().apply(of));
        }
      }
      rows.unpersist();
    }
  }

  private static List<Line> of(List<Line> lines, @Nullable Instant tick) {
    return lines.stream().filter(l -> tick == null || l.tick().equals(tick)).toList();
  }

  @Test
  void leakage_is_the_share_of_pairs_that_a_column_ranks_rightly() {
    for (int seed = 0; seed < CASES; seed++) {
      Random random = new Random(seed);
      List<Line> lines = lines(random, 30);
      for (Leakage.Ranking ranking :
          Leakage.of(rows(lines, 3), functions.col("b"), List.of("v", "k", "at"))) {
        Function<Line, @Nullable Double> value =
            switch (ranking.column()) {
              case "v" -> Line::v;
              case "k" -> l -> (double) l.k();
              default -> l -> l.at() == null ? null : (Double) (double) l.at().getEpochSecond();
            };
        double ranked = auc(lines, l -> orLeast(value.apply(l)));
        double there = auc(lines, l -> value.apply(l) == null ? 0 : 1);
        assertThat(ranking.auc())
            .as("seed %d: %s of %s", seed, ranking, lines)
            .isCloseTo(
                Math.max(Math.max(ranked, 1 - ranked), Math.max(there, 1 - there)), within(1e-12));
      }
    }
  }

  private static double orLeast(@Nullable Double value) {
    return value == null ? Double.NEGATIVE_INFINITY : value;
  }

  private static double auc(List<Line> lines, Function<Line, Number> score) {
    double wins = 0;
    long pairs = 0;
    for (Line positive : lines) {
      for (Line negative : lines) {
        if (Boolean.TRUE.equals(positive.b()) && Boolean.FALSE.equals(negative.b())) {
          pairs++;
          int order =
              Double.compare(
                  score.apply(positive).doubleValue(), score.apply(negative).doubleValue());
          wins += order > 0 ? 1 : order == 0 ? 0.5 : 0;
        }
      }
    }
    return pairs == 0 ? 0.5 : wins / pairs;
  }

  @Test
  void drift_is_the_index_over_the_deciles_of_the_reference() {
    for (int seed = 0; seed < CASES; seed++) {
      Random random = new Random(seed);
      List<Line> before = lines(random, 60);
      List<Line> now = lines(random, 60);
      List<Double> edges = new ArrayList<>();
      List<Double> sorted = before.stream().map(Line::v).filter(Objects::nonNull).sorted().toList();
      for (int k = 1; k < 10 && !sorted.isEmpty(); k++) {
        double edge = sorted.get((int) Math.ceil(k * sorted.size() / 10.0) - 1);
        if (!edges.contains(edge)) {
          edges.add(edge);
        }
      }
      Function<Line, Integer> bin =
          l -> l.v() == null ? -1 : (int) edges.stream().filter(e -> l.v() > e).count();
      double expected = index(before, now, bin);
      Drift drift = new Drift(rows(before, 3), "v", DataTypes.DoubleType);
      double found = drift.of(rows(now, 2), functions.lit(0L)).getOrDefault(0L, drift.ofNothing());
      assertThat(found).as("seed %d", seed).isCloseTo(expected, within(1e-12));
      Drift text = new Drift(rows(before, 3), "s", DataTypes.StringType);
      assertThat(text.of(rows(now, 2), functions.lit(0L)).getOrDefault(0L, text.ofNothing()))
          .as("seed %d", seed)
          .isCloseTo(
              index(before, now, l -> l.s() == null ? -1 : position(before, l.s())), within(1e-12));
      assertThat(drift.of(rows(before, 4), functions.lit(0L)).getOrDefault(0L, 0.0)).isZero();
    }
  }

  private static int position(List<Line> before, String value) {
    return before.stream().anyMatch(l -> value.equals(l.s())) ? value.charAt(0) : 1000;
  }

  private static double index(List<Line> before, List<Line> now, Function<Line, Integer> bin) {
    Map<Integer, double[]> shares = new TreeMap<>();
    before.forEach(l -> shares.computeIfAbsent(bin.apply(l), b -> new double[2])[0]++);
    now.forEach(l -> shares.computeIfAbsent(bin.apply(l), b -> new double[2])[1]++);
    double index = 0;
    for (double[] share : shares.values()) {
      double p = Math.max(share[0] / Math.max(before.size(), 1), 0.0001);
      double q = Math.max(share[1] / Math.max(now.size(), 1), 0.0001);
      index += (q - p) * Math.log(q / p);
    }
    return index;
  }
}
