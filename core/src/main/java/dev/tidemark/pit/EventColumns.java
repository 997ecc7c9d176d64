package dev.tidemark.pit;

/**
 * The columns that every Dataset of events carries beside those of its source. All times are {@code
 * timestamp}, UTC microseconds.
 */
public final class EventColumns {
  /** What starts the name of every column that Tidemark adds, and of no column that a user has. */
  public static final String RESERVED_PREFIX = "__tidemark_";

  /** {@code timestamp}: when the fact happened. A row where it is null is never visible. */
  public static final String EVENT_TIME = RESERVED_PREFIX + "event_time";

  /**
   * {@code timestamp}: when the row could be known by its source's {@code available-at}; its event
   * time where the source has none. Decides between corrections.
   */
  public static final String AVAILABLE_TIME = RESERVED_PREFIX + "available_time";

  /**
   * {@code timestamp}: the greatest of available time and event time + delay; null if the available
   * time is null, and then the row is never visible.
   */
  public static final String VISIBLE_FROM = RESERVED_PREFIX + "visible_from";

  /** {@code boolean}, never null: the row ends its key's value and counts in no aggregate. */
  public static final String DELETED = RESERVED_PREFIX + "deleted";

  /**
   * {@code binary}, in few Datasets: what the events of a cell came to, as {@link Folding#fold} has
   * written it. The row stands for all of them. Null: the row is an event.
   */
  static final String STATE = RESERVED_PREFIX + "state";

  private EventColumns() {}
}
