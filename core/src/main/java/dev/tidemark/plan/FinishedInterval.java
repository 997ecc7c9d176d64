package dev.tidemark.plan;

import java.util.List;
import java.util.Map;

/**
 * An interval that a view's tables hold.
 *
 * @param runId of the run that made it
 * @param definition the hash that the view had
 * @param parts see {@link Graph#parts}, as they were
 * @param inputs the states of the sources that were read
 */
public record FinishedInterval(
    Interval interval,
    String runId,
    Fingerprint definition,
    Map<String, String> parts,
    List<InputSnapshot> inputs) {
  public FinishedInterval {
    parts = Map.copyOf(parts);
    inputs = List.copyOf(inputs);
  }
}
