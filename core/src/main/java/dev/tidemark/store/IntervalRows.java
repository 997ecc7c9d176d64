package dev.tidemark.store;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.rand;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.plan.Interval;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
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
 * @param keys the key columns, by which the rows of a file are sorted; may be empty
 */
public record IntervalRows(
    Dataset<Row> rows, List<Interval> intervals, List<Long> counts, List<String> keys) {
  static final String EVENT_TIME = "event_time";

  /** More would be more of the table on the driver. */
  static final int ASKED_TOGETHER = 50;

  public IntervalRows {
    intervals = List.copyOf(intervals);
    counts = List.copyOf(counts);
    keys = List.copyOf(keys);
    if (intervals.isEmpty() || intervals.size() != counts.size()) {
      throw new IllegalArgumentException("one count for each interval");
    }
  }

  /** Rows of one interval, which are not looked at yet. */
  static IntervalRows of(Dataset<Row> rows, Interval interval) {
    return new IntervalRows(rows, List.of(interval), List.of(0L), List.of());
  }

  /** How many rows a day has, as far as the counts tell. */
  double rowsOfADay() {
    long all = counts.stream().mapToLong(Long::longValue).sum();
    long span = micros(last().end()) - micros(first().start());
    return all * (double) ChronoUnit.DAYS.getDuration().toNanos() / 1_000 / Math.max(1, span);
  }

  /**
   * The span of an interval and of those that are committed after it, {@value #ASKED_TOGETHER} in
   * all: what there is of them is asked of the table together.
   */
  Interval ahead(Interval interval) {
    int last = Math.min(intervals.indexOf(interval) + ASKED_TOGETHER, intervals.size()) - 1;
    return new Interval(interval.start(), intervals.get(last).end());
  }

  private Interval first() {
    return intervals.get(0);
  }

  private Interval last() {
    return intervals.get(intervals.size() - 1);
  }

  /**
   * Rows in partitions that each hold one interval's only: their tasks write its files.
   *
   * @param rowsOfAFile more rows than this make another file
   */
  Dataset<Row> partitioned(long rowsOfAFile) {
    if (intervals.size() == 1) {
      return sorted(rows.coalesce(files(counts.get(0), rowsOfAFile)));
    }
    int most = counts.stream().mapToInt(count -> files(count, rowsOfAFile)).max().orElseThrow();
    return most == 1
        ? sorted(rows.repartitionById(intervals.size(), number()))
        : partitioned(most, floor(rand(0).multiply(lit(most))));
  }

  /**
   * The same, with the rows of an interval in some partitions.
   *
   * @param part in which of them, from 0 on
   */
  Dataset<Row> partitioned(int parts, Column part) {
    Column id = number().multiply(lit(parts)).plus(part).cast("int");
    return sorted(rows.repartitionById(intervals.size() * parts, id));
  }

  /**
   * Rows that stay of a file which holds some of an interval of these: those of the others each in
   * a partition of their own, since they are to be replaced next.
   */
  Dataset<Row> apart(Dataset<Row> kept) {
    Column time = col(EVENT_TIME);
    Column ours = time.geq(lit(first().start())).and(time.lt(lit(last().end())));
    Column id = when(ours, number()).otherwise(lit(intervals.size()));
    return sorted(kept.repartitionById(intervals.size() + 1, id));
  }

  private Dataset<Row> sorted(Dataset<Row> partitions) {
    if (keys.isEmpty()) {
      return partitions;
    }
    List<Column> order = new ArrayList<>();
    keys.forEach(key -> order.add(col(Columns.quoted(key))));
    order.add(col(EVENT_TIME));
    return partitions.sortWithinPartitions(order.toArray(Column[]::new));
  }

  private static int files(long count, long rowsOfAFile) {
    return Math.toIntExact(Math.max(1, (count + rowsOfAFile - 1) / rowsOfAFile));
  }

  private Column number() {
    long start = micros(first().start());
    long length = micros(first().end()) - start;
    return floor(unix_micros(col(EVENT_TIME)).minus(lit(start)).divide(lit(length))).cast("int");
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
    return Interval.micros(instant);
  }
}
