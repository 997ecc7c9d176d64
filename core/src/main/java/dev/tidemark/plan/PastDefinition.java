package dev.tidemark.plan;

import java.util.Map;

/**
 * A definition from which intervals were made that a view's tables hold.
 *
 * @param definition the hash that the view had
 * @param parts see {@link Graph#parts}, as they were
 * @param first the earliest of those intervals
 * @param outside how many of them are not in the span that was asked for
 */
public record PastDefinition(
    Fingerprint definition, Map<String, String> parts, Interval first, long outside) {
  public PastDefinition {
    parts = Map.copyOf(parts);
  }
}
