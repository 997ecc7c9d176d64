package dev.tidemark.oracle;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Small random rules and rows, the same for the same seed. Times come from a grid of hours and one
 * microsecond beside them, so that ties and the edges of windows are common; keys are few; nulls
 * are everywhere. Numbers are such that their sums are exact in any order.
 */
public final class RandomCases {
  private static final long HOUR = 3_600_000_000L;

  /** Clocks change in New York two hours later. */
  private static final long START =
      ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse("2024-03-10T05:00:00Z"));

  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("k", "bigint"),
          Map.entry("k2", "string"),
          Map.entry(Rules.AS_OF, "timestamp"),
          Map.entry(Rules.EVENT_TIME, "timestamp"),
          Map.entry("loaded", "timestamp"),
          Map.entry("op", "string"),
          Map.entry("id", "bigint"),
          Map.entry("part", "string"),
          Map.entry("n", "bigint"),
          Map.entry("x", "double"),
          Map.entry("m", "decimal(10,2)"),
          Map.entry("s", "string"),
          Map.entry("seq", "bigint"));

  private final Random random;
  private long seq;

  public RandomCases(long seed) {
    this.random = new Random(seed);
  }

  /** The Spark SQL type of a column of a spine or of events. */
  public static String typeOf(String column) {
    return String.valueOf(TYPES.get(column));
  }

  /** Rules for any case. */
  public Rules rules() {
    boolean timed = chance(9, 10);
    List<Question> questions = new ArrayList<>();
    int count = 2 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      // Two rows of a static source under a value are an error, and has a test of its own.
      questions.add(timed && chance(1, 2) ? latest() : windowed(timed));
    }
    TreeSet<String> values = new TreeSet<>();
    questions.forEach(q -> values.addAll(q.match(l -> List.of(l.column()), w -> List.of())));
    if (chance(1, 3)) {
      values.add("s"); // a value feature of the view that is not asked for
    }
    return new Rules(
        chance(2, 3) ? List.of("k") : List.of("k", "k2"),
        timed,
        timed && chance(1, 3),
        timed ? oneOf(0L, 0L, HOUR, 1L) : 0,
        chance(1, 2) ? "loaded" : null,
        oneOf(0L, 0L, HOUR, 1L),
        chance(1, 2) ? new Condition("op", Condition.Comparison.EQUAL, "D") : null,
        oneOf(List.<String>of(), List.of("loaded"), List.of("n"), List.of("s", "n")),
        List.copyOf(values),
        oneOf(List.<String>of(), List.of(), List.of("id"), List.of("id", "part")),
        chance(1, 3) ? condition() : null,
        questions);
  }

  /** At most 8 rows of a spine and 25 events. */
  public Case next() {
    List<Map<String, @Nullable Object>> spine = new ArrayList<>();
    int rows = 1 + random.nextInt(8);
    for (int i = 0; i < rows; i++) {
      spine.add(i > 0 && chance(1, 8) ? spine.get(0) : spineRow());
    }
    List<Map<String, @Nullable Object>> events = new ArrayList<>();
    int count = random.nextInt(26);
    for (int i = 0; i < count; i++) {
      events.add(i > 0 && chance(1, 12) ? events.get(i - 1) : event());
    }
    return new Case(spine, events);
  }

  private Map<String, @Nullable Object> spineRow() {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("k", orNull(8, key()));
    row.put("k2", orNull(8, oneOf("a", "b")));
    row.put(Rules.AS_OF, time());
    return row;
  }

  private Map<String, @Nullable Object> event() {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    long at = time();
    row.put("k", orNull(10, key()));
    row.put("k2", orNull(10, oneOf("a", "b")));
    row.put(Rules.EVENT_TIME, orNull(12, at));
    row.put("loaded", orNull(10, chance(1, 3) ? at : time()));
    row.put("op", orNull(6, chance(1, 3) ? "D" : "U"));
    row.put("id", orNull(8, (long) random.nextInt(4)));
    row.put("part", orNull(8, oneOf("p", "q")));
    row.put("n", orNull(4, (long) random.nextInt(4)));
    row.put("x", orNull(4, oneOf(-0.25, 0.0, 0.5, 2.75, Double.NaN)));
    row.put("m", orNull(4, oneOf(new BigDecimal("-1.50"), new BigDecimal("20.25"))));
    row.put("s", orNull(4, oneOf("a", "b", "c", "")));
    row.put("seq", seq++);
    return row;
  }

  private long key() {
    return 1L + random.nextInt(2);
  }

  private long time() {
    return START + random.nextInt(5) * HOUR + oneOf(-1, 0, 0, 0, 1);
  }

  private Question latest() {
    return new Question.Latest(
        oneOf("n", "x", "m", "s"),
        chance(1, 4) ? condition() : null,
        chance(1, 2) ? oneOf(HOUR, 2 * HOUR) : null,
        chance(1, 3));
  }

  private Question windowed(boolean timed) {
    Aggregate aggregate = oneOf(Aggregate.values());
    String column =
        switch (aggregate) {
          case SUM -> oneOf("n", "x", "m");
          case MEAN -> oneOf("n", "x");
          case MIN, MAX -> oneOf("n", "x", "m", "s");
          case COUNT, DISTINCT -> oneOf("n", "x", "s");
          case GREATEST_SEQ -> oneOf("n", "s");
          case TEXTS -> "s";
          case ROWS, EMPTY, SCORE, ABOVE_ONE, MEDIAN -> "n";
        };
    return new Question.Windowed(
        aggregate,
        column,
        chance(1, 4) ? condition() : null,
        chance(1, 5) ? oneOf("s", "n") : null,
        timed && chance(4, 5) ? oneOf(HOUR, 2 * HOUR, 3 * HOUR) : null,
        chance(1, 5) ? whenEmpty(aggregate, column) : null);
  }

  private static @Nullable Object whenEmpty(Aggregate aggregate, String column) {
    return switch (aggregate) {
      case ROWS, COUNT, DISTINCT, SCORE, ABOVE_ONE, MEDIAN -> -1L;
      case MEAN -> -1.0;
      case TEXTS -> "none";
      case EMPTY -> null;
      case SUM, MIN, MAX, GREATEST_SEQ ->
          switch (typeOf(column)) {
            case "bigint" -> -1L;
            case "double" -> -1.0;
            case "string" -> "none";
            default -> new BigDecimal("-1.00");
          };
    };
  }

  private Condition condition() {
    return switch (random.nextInt(4)) {
      case 0 -> new Condition("n", Condition.Comparison.GREATER, 0L);
      case 1 -> new Condition("x", Condition.Comparison.GREATER, 0.25);
      case 2 -> new Condition("s", Condition.Comparison.EQUAL, "a");
      default -> new Condition("n", Condition.Comparison.MISSING, 0L);
    };
  }

  private boolean chance(int of, int outOf) {
    return random.nextInt(outOf) < of;
  }

  private <T> @Nullable T orNull(int oneIn, T value) {
    return chance(1, oneIn) ? null : value;
  }

  @SafeVarargs
  private <T> T oneOf(T... values) {
    return values[random.nextInt(values.length)];
  }
}
