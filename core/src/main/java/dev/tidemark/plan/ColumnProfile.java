package dev.tidemark.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the values of a column are like.
 *
 * @param rows how many rows there are
 * @param nulls how many of them have none
 * @param distinct about how many different values there are; null where they can't be compared
 * @param min the least, as text; null where there is none
 * @param max the greatest, as text; null where there is none
 * @param mean of numbers
 * @param deviation the standard deviation of numbers
 * @param histogram null where nothing can be counted
 */
public record ColumnProfile(
    long rows,
    long nulls,
    @Nullable Long distinct,
    @Nullable String min,
    @Nullable String max,
    @Nullable Double mean,
    @Nullable Double deviation,
    @Nullable Histogram histogram) {

  /**
   * How often values occur.
   *
   * @param isNumeric true: {@code labels} are the edges of equally wide bins, one more than counts,
   *     the greatest value is in the last; false: they are values, the most frequent first
   */
  public record Histogram(boolean isNumeric, List<String> labels, List<Long> counts) {
    public Histogram {
      labels = List.copyOf(labels);
      counts = List.copyOf(counts);
    }
  }
}
