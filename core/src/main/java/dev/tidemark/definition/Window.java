package dev.tidemark.definition;

import org.jspecify.annotations.Nullable;

/**
 * A window of event time that ends at the as-of time: (T − length, T].
 *
 * @param length null for {@code unbounded}
 * @param origin where it is written
 */
public record Window(@Nullable Span length, Origin origin) {

  /** What it adds to the feature's name: {@code 7d}, {@code unbounded}. */
  public String suffix() {
    return length == null ? "unbounded" : length.text();
  }
}
