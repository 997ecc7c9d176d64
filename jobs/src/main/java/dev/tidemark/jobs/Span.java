package dev.tidemark.jobs;

import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Schedule;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --start} and {@code --end}. */
final class Span {
  @Option(
      names = "--start",
      paramLabel = "TIME",
      description = "The first instant of the interval, or a date for midnight UTC.")
  @Nullable Bound start;

  @Option(
      names = "--end",
      paramLabel = "TIME",
      description = "The first instant after it, or a date for midnight UTC.")
  @Nullable Bound end;

  /**
   * One end of the interval.
   *
   * @param instant null for the placeholder of every interval
   */
  record Bound(String text, @Nullable Instant instant) {
    static Bound parse(String text) {
      boolean placeholder = text.equals(Schedule.START) || text.equals(Schedule.END);
      return new Bound(text, placeholder ? null : Instants.parse(text));
    }
  }

  /** True for {@code --start '{{start}}' --end '{{end}}'}: not one interval is meant, but any. */
  boolean isPlaceholder() {
    return start != null
        && end != null
        && start.text().equals(Schedule.START)
        && end.text().equals(Schedule.END);
  }

  boolean isGiven() {
    return start != null || end != null;
  }

  /**
   * The interval.
   *
   * @throws RefusedException if it is not given, or has nothing in it
   */
  Interval required() {
    if (start == null || end == null) {
      throw new RefusedException(
          Status.REFUSED,
          "give --start and --end: the interval is [start, end), such as --start 2024-03-01 --end 2024-03-08");
    }
    Instant first = start.instant();
    Instant last = end.instant();
    if (first == null || last == null) {
      throw new RefusedException(
          Status.REFUSED,
          "--start %s --end %s: placeholders are for `plan`, as --start '%s' --end '%s'; here give instants or dates"
              .formatted(start.text(), end.text(), Schedule.START, Schedule.END));
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
