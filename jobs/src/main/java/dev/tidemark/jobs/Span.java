package dev.tidemark.jobs;

import dev.tidemark.plan.Interval;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --start} and {@code --end}. */
final class Span {
  @Option(
      names = "--start",
      paramLabel = "TIME",
      description = "The first instant of the interval, or a date for midnight UTC.")
  @Nullable Instant start;

  @Option(
      names = "--end",
      paramLabel = "TIME",
      description = "The first instant after it, or a date for midnight UTC.")
  @Nullable Instant end;

  boolean isGiven() {
    return start != null || end != null;
  }

  /**
   * The interval.
   *
   * @throws RefusedException if it is not given, or has nothing in it
   */
  Interval required() {
    Instant first = start;
    Instant last = end;
    if (first == null || last == null) {
      throw new RefusedException(
          Status.REFUSED,
          "give --start and --end: the interval is [start, end), such as --start 2024-03-01 --end 2024-03-08");
    }
    if (!first.isBefore(last)) {
      throw new RefusedException(
          Status.REFUSED,
          "--end is not after --start: %s, %s; the interval is [start, end)"
              .formatted(last, first));
    }
    return new Interval(first, last);
  }
}
