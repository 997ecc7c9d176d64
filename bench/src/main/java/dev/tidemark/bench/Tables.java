package dev.tidemark.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * Makes the bench's tables, each once, and registers them with both engines.
 *
 * <p>Every value is a function of the row's number alone, so that the same sizes are the same data
 * anywhere. No two events of a table have the same time, as DuckDB's {@code ASOF} takes any of
 * those that do. Every tenth row of a spine asks at the very instant of an event of its key, so
 * that the ends of windows are put to the test.
 */
final class Tables {
  private static final long START_MICROS = 1_700_000_000_000_000L;
  private static final long SPAN_MICROS = 365L * 86_400_000_000L;
  // Greater than any number of rows, so that multiplying by it permutes them.
  private static final long PRIME = 2_654_435_761L;
  private static final String UNIFORM =
      "(shiftrightunsigned(xxhash64(%s, %dL), 11) / 9007199254740992D)";

  private final SparkSession session;
  private final Duck duck;
  private final Path root;
  private final Map<String, Table> known = new LinkedHashMap<>();

  Tables(SparkSession session, Duck duck, Path root) {
    this.session = session;
    this.duck = duck;
    this.root = root;
  }

  /**
   * How keys are drawn.
   *
   * @param skew the exponent of Zipf's law; 0 draws all equally often
   * @param hot the share of rows that has key 0, apart from those that draw it
   */
  record Keys(long count, double skew, double hot) {
    Keys(long count, double skew) {
      this(count, skew, 0);
    }

    String folder() {
      return "keys=%d,skew=%s".formatted(count, skew) + (hot == 0 ? "" : ",hot=" + hot);
    }

    String draw(String row, long seed) {
      return hot == 0
          ? drawn(row, seed)
          : "IF(%s < %sD, 0L, %s)".formatted(UNIFORM.formatted(row, ~seed), hot, drawn(row, seed));
    }

    /** Zipf's law by inverse transform, with the sum over keys as an integral. */
    private String drawn(String row, long seed) {
      if (skew == 0) {
        return "pmod(xxhash64(%s, %dL), %dL)".formatted(row, seed, count);
      }
      String uniform = UNIFORM.formatted(row, seed);
      String rank =
          skew == 1
              ? "pow(%dD, %s)".formatted(count + 1, uniform)
              : "pow(1D + %s * (pow(%dD, %sD) - 1D), %sD)"
                  .formatted(uniform, count + 1, 1 - skew, 1 / (1 - skew));
      return "least(%dL, greatest(0L, CAST(%s AS BIGINT) - 1L))".formatted(count - 1, rank);
    }
  }

  /** Events: {@code k} bigint, {@code event_time} timestamp, {@code amount} double. */
  Table events(Keys keys, long rows) {
    return table(
        keys,
        "events-" + rows,
        rows,
        4,
        keys.draw("id", 1) + " AS k",
        at("id", rows, 0) + " AS event_time",
        amount(3) + " AS amount");
  }

  /** Other events of more columns: as those, and {@code items} bigint, {@code price} double. */
  Table group(Keys keys, long rows, int number) {
    return table(
        keys,
        "group%d-%d".formatted(number, rows),
        rows,
        4,
        keys.draw("id", 100L * number + 1) + " AS k",
        at("id", rows, number) + " AS event_time",
        amount(100 * number + 3) + " AS amount",
        "pmod(xxhash64(id, %dL), 1000L) AS items".formatted(100L * number + 4),
        amount(100 * number + 5) + " AS price");
  }

  /**
   * A spine: {@code k} bigint, {@code t} timestamp, {@code id} bigint from 0.
   *
   * @param events how many rows the events have at whose times some of it asks
   */
  Table spine(Keys keys, long rows, long events) {
    String event = "pmod(xxhash64(id, 13L), %dL)".formatted(events);
    String micros =
        "timestamp_micros(%dL + pmod(xxhash64(id, 12L), %dL))".formatted(START_MICROS, SPAN_MICROS);
    return table(
        keys,
        "spine-%d-of-%d".formatted(rows, events),
        rows,
        2,
        "IF(id %% 10 = 0, %s, %s) AS k".formatted(keys.draw(event, 1), keys.draw("id", 11)),
        "IF(id %% 10 = 0, %s, %s) AS t".formatted(at(event, events, 0), micros),
        "id");
  }

  private static String at(String row, long rows, int seed) {
    long step = SPAN_MICROS / rows;
    if (step == 0) {
      throw new IllegalArgumentException(rows + " events do not all find a microsecond of a year");
    }
    return "timestamp_micros(%dL + pmod((%s) * %dL + %dL, %dL) * %dL + pmod(xxhash64(%s, 2L), %dL))"
        .formatted(START_MICROS, row, PRIME, 7919L * seed, rows, step, row, step);
  }

  private static String amount(int seed) {
    return "pmod(xxhash64(id, %dL), 100000L) / 100D".formatted(seed);
  }

  private Table table(Keys keys, String name, long rows, int files, String... columns) {
    String sqlName = (name + "_" + keys.folder()).replaceAll("\\W", "_");
    Table table = known.get(sqlName);
    if (table == null) {
      Path folder = root.resolve(keys.folder()).resolve(name);
      // Spark's mark of a write that was finished.
      if (!Files.exists(folder.resolve("_SUCCESS"))) {
        session
            .range(0, rows, 1, files)
            .selectExpr(columns)
            .write()
            .mode(SaveMode.Overwrite)
            .parquet(folder.toString());
      }
      table = new Table(sqlName, folder, rows);
      session.read().parquet(folder.toString()).createOrReplaceTempView(sqlName);
      duck.view(table);
      known.put(sqlName, table);
    }
    return table;
  }
}
