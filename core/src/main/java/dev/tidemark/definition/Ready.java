package dev.tidemark.definition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When a source holds all that belongs before an instant T, in its owner's word. All conditions
 * that are given must hold; there is at least one.
 *
 * @param partition the folder, below the source's path, of the last instant before T
 * @param successFile a file relative to the source's path, of the same instant
 * @param rows how many rows there must be before T
 * @param watermark what must have reached T
 * @param origin where
 */
public record Ready(
    @Nullable Named partition,
    @Nullable Named successFile,
    @Nullable AtLeast rows,
    @Nullable Watermark watermark,
    Origin origin) {

  /** What a template may have: parts of an instant. */
  public static final List<String> PLACEHOLDERS = List.of("date", "year", "month", "day", "hour");

  /**
   * At least so many rows.
   *
   * @param min 1 or more
   * @param within of those with an event time in [T - within, T); null: of all before T
   */
  public record AtLeast(long min, @Nullable Span within) {}

  /**
   * The greatest of the rows' times must be at or after T - late.
   *
   * @param of {@code event-time}, {@code available-at}, or an expression
   * @param late null: nothing
   */
  public record Watermark(Sql of, @Nullable Span late) {
    /** True for the source's own event time. */
    public boolean isEventTime() {
      return of.text().equals("event-time");
    }

    /** True for the source's own available time. */
    public boolean isAvailableAt() {
      return of.text().equals("available-at");
    }
  }
}
