package dev.tidemark.pit;

/**
 * A range of instants, both ends included.
 *
 * @param firstMicros UTC microseconds
 * @param lastMicros UTC microseconds
 */
public record TimeRange(long firstMicros, long lastMicros) {
  public TimeRange {
    if (firstMicros > lastMicros) {
      throw new IllegalArgumentException(firstMicros + " is after " + lastMicros);
    }
  }

  /** The least range that holds both. */
  TimeRange and(TimeRange other) {
    return new TimeRange(
        Math.min(firstMicros, other.firstMicros), Math.max(lastMicros, other.lastMicros));
  }
}
