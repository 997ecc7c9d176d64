package dev.tidemark.definition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a source or transformation says of time, of equal times, and of rows that take back others
 * (the contract of time).
 *
 * @param isStatic true for a plain dimension table; then {@code eventTime} is null
 * @param eventTime a column or expression: when the row's fact happened
 * @param availableAt a column or expression: the row is used at no instant before it
 * @param delay the row is used from event time + delay on
 * @param timeZone an IANA zone for event and available times written without one
 * @param tieBreak columns; at equal event time the greatest wins, in this order, nulls lowest
 * @param deletedWhen a condition; such a row leaves no value
 * @param rowKey columns; of the visible rows with the same values here only that with the greatest
 *     available time counts
 */
public record TimeRules(
    boolean isStatic,
    @Nullable Sql eventTime,
    @Nullable Sql availableAt,
    @Nullable Span delay,
    @Nullable Named timeZone,
    List<Named> tieBreak,
    @Nullable Sql deletedWhen,
    List<Named> rowKey) {

  public TimeRules {
    tieBreak = List.copyOf(tieBreak);
    rowKey = List.copyOf(rowKey);
  }
}
