package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.rand;
import static org.apache.spark.sql.functions.unix_micros;

import dev.tidemark.plan.Interval;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Rows of consecutive intervals of one length.
 *
 * @param rows each in one of the intervals by its {@code event_time}
 * @param intervals in order, the next begins where one ends
 * @param counts how many rows each has
 */
public record IntervalRows(Dataset<Row> rows, List<Interval> intervals, List<Long> counts) {
  static final String EVENT_TIME = "event_time";

  /** More rows than this make another file. */
  private static final long ROWS_OF_A_FILE = 4_000_000;

  public IntervalRows {
    intervals = List.copyOf(intervals);
    counts = List.copyOf(counts);
    if (intervals.isEmpty() || intervals.size() != counts.size()) {
      throw new IllegalArgumentException("one count for each interval");
    }
  }

  /** Rows of one interval, which are not looked at yet. */
  static IntervalRows of(Dataset<Row> rows, Interval interval) {
    return new IntervalRows(rows, List.of(interval), List.of(0L));
  }

  /** Rows in partitions that each hold one interval's only: their tasks write its files. */
  Dataset<Row> partitioned() {
    if (intervals.size() == 1) {
      return rows.coalesce(files(counts.get(0)));
    }
    int most = counts.stream().mapToInt(IntervalRows::files).max().orElseThrow();
    Column number = number(intervals.get(0)).cast("int");
    Column id =
        most == 1
            ? number
            : number.multiply(lit(most)).plus(floor(rand(0).multiply(lit(most)))).cast("int");
    return rows.repartitionById(intervals.size() * most, id);
  }

  private static int files(long count) {
    return Math.toIntExact(Math.max(1, (count + ROWS_OF_A_FILE - 1) / ROWS_OF_A_FILE));
  }

  private static Column number(Interval first) {
    long start = micros(first.start());
    long length = micros(first.end()) - start;
    return floor(unix_micros(col(EVENT_TIME)).minus(lit(start)).divide(lit(length)));
  }

  /** The interval that holds an instant. */
  Interval intervalOf(Instant instant) {
    return intervals.stream()
        .filter(interval -> !instant.isBefore(interval.start()) && instant.isBefore(interval.end()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "a row at %s, which is in no interval of %s".formatted(instant, intervals)));
  }

  private static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }
}
