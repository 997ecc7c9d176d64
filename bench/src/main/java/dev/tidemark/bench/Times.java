package dev.tidemark.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How long a formulation took.
 *
 * @param seconds of each run that counts, in their order; empty unless {@code outcome} is {@link
 *     Outcome#MEASURED}
 * @param limitSeconds after which runs were cancelled
 * @param failure what went wrong; empty if nothing did
 */
public record Times(
    String formulation, Outcome outcome, List<Double> seconds, int limitSeconds, String failure) {

  /** How the runs ended. */
  public enum Outcome {
    MEASURED,
    TIMED_OUT,
    FAILED
  }

  public Times {
    seconds = List.copyOf(seconds);
  }

  public boolean isMeasured() {
    return outcome == Outcome.MEASURED;
  }

  /** The median in JSON, which has no NaN; left out if it was not measured. */
  @JsonProperty("median")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Nullable Double measuredMedian() {
    return isMeasured() ? (Double) median() : null;
  }

  /** NaN if it was not measured. */
  public double median() {
    if (!isMeasured()) {
      return Double.NaN;
    }
    List<Double> sorted = seconds.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  public double least() {
    return seconds.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
  }

  public double greatest() {
    return seconds.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
  }
}
