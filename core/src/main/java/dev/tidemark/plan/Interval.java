package dev.tidemark.plan;

import java.time.Instant;

/**
 * A half-open span of time, {@code [start, end)}, UTC.
 *
 * @param start first instant
 * @param end first instant after it
 */
public record Interval(Instant start, Instant end) {
  public Interval {
    if (!start.isBefore(end)) {
      throw new IllegalArgumentException("an interval ends after it starts: " + start + ", " + end);
    }
  }

  /** True if an instant is in both. */
  public boolean overlaps(Interval other) {
    return start.isBefore(other.end) && other.start.isBefore(end);
  }

  /** True if every instant of another is in it. */
  public boolean covers(Interval other) {
    return !other.start.isBefore(start) && !other.end.isAfter(end);
  }

  /**
   * Whole microseconds since 1970. Java's own count of them overflows for instants after 2262.
   *
   * @throws ArithmeticException for an instant some 292,000 years away
   */
  public static long micros(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000);
  }

  @Override
  public String toString() {
    return "[" + start + ", " + end + ")";
  }
}
