package dev.tidemark.definition;

import java.time.Duration;

/**
 * A fixed length of time as written, such as {@code 7d}: a positive whole number of {@code us},
 * {@code ms}, {@code s}, {@code m}, {@code h}, {@code d} (24 hours) or {@code w} (7 days).
 *
 * @param duration its length, whole microseconds
 * @param text as written, which also names a window's column
 * @param origin where
 */
public record Span(Duration duration, String text, Origin origin) {

  /** Its length in microseconds. */
  public long micros() {
    return Math.addExact(
        Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1_000);
  }

  @Override
  public String toString() {
    return text;
  }
}
