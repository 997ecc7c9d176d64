package dev.tidemark.plan;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a run makes a view's rows of its state, and what the state is afterwards. Nothing of Spark:
 * only which events are where.
 *
 * @param start how the new state begins
 * @param foldAfter single events that are later are folded; null: all, however old
 * @param foldUntil and none that is later; null: none is folded but what the sources got
 * @param eventsUntil events of the look-back up to this are read singly, being older than the
 *     state; null: none
 * @param next the state after it
 */
public record Increment(
    Start start,
    @Nullable Instant foldAfter,
    @Nullable Instant foldUntil,
    @Nullable Instant eventsUntil,
    StateCoverage next) {

  /** More ticks than these behind the one cell of all old events, and they are put into it. */
  static final int MOST_BEHIND_BASE = 32;

  /** How the new state begins. */
  public enum Start {
    /** With nothing. */
    EMPTY,
    /** With the rows that there are; what is folded is added to them. */
    ADDING,
    /** With the rows that there are, which are folded again together with what is new. */
    FOLDING_AGAIN
  }

  /**
   * What ticks ask for.
   *
   * @param first tick
   * @param last tick
   * @param every from one to the next
   * @param lookBack how far back they look; null: without bound
   * @param longest the longest window that has a bound
   */
  public record Asked(
      Instant first, Instant last, Duration every, @Nullable Duration lookBack, Duration longest) {}

  /** Whether there is anything to gain: ticks that look back hardly further than to the last. */
  public static boolean isWorthwhile(Duration every, @Nullable Duration lookBack) {
    return lookBack == null || lookBack.compareTo(every.multipliedBy(2)) > 0;
  }

  /**
   * The increment of some consecutive ticks.
   *
   * @param known what the state holds, made in the same way; null: there is none
   * @param tellable whether it can be told which events came to the sources since
   * @param made see {@link StateCoverage}
   * @param inputs the sources' states that are read
   * @return nothing where the state is of later ticks: it stays as it is, and does not help
   */
  public static Optional<Increment> of(
      Asked asked,
      @Nullable StateCoverage known,
      boolean tellable,
      String made,
      List<InputSnapshot> inputs) {
    if (known == null) {
      return Optional.of(fresh(asked, made, inputs));
    }
    if (isLater(asked, known, tellable)) {
      return Optional.empty();
    }
    return Optional.of(
        tellable && reaches(asked, known)
            ? further(asked, known, inputs)
            : fresh(asked, made, inputs));
  }

  private static boolean isLater(Asked asked, StateCoverage known, boolean tellable) {
    if (!tellable) {
      return asked.last().isBefore(known.through());
    }
    if (known.from() != null) {
      return !known.from().isBefore(asked.last());
    }
    return known.base() != null && asked.first().minus(asked.longest()).isBefore(known.base());
  }

  private static boolean reaches(Asked asked, StateCoverage known) {
    Duration lookBack = asked.lookBack();
    return lookBack == null || known.through().isAfter(asked.first().minus(lookBack));
  }

  private static Increment fresh(Asked asked, String made, List<InputSnapshot> inputs) {
    Duration lookBack = asked.lookBack();
    if (lookBack == null) {
      Instant base = asked.first().minus(asked.longest());
      return new Increment(
          Start.EMPTY,
          null,
          asked.last(),
          null,
          new StateCoverage(made, inputs, null, asked.last(), base));
    }
    Instant from = asked.last().minus(lookBack);
    return new Increment(
        Start.EMPTY,
        from,
        asked.last(),
        asked.first().isBefore(asked.last()) ? from : null,
        new StateCoverage(made, inputs, from, asked.last(), null));
  }

  private static Increment further(Asked asked, StateCoverage known, List<InputSnapshot> inputs) {
    boolean ahead = asked.last().isAfter(known.through());
    Instant through = ahead ? asked.last() : known.through();
    Instant base = known.base();
    Instant from = known.from();
    Instant eventsUntil = null;
    Start start = Start.ADDING;
    Duration lookBack = asked.lookBack();
    if (from != null && lookBack != null) {
      eventsUntil = asked.first().minus(lookBack).isBefore(from) ? from : null;
      Instant needed = through.minus(lookBack);
      from = needed.isAfter(from) ? needed : from;
    } else if (base != null && ahead) {
      Instant next = asked.first().minus(asked.longest());
      if (next.isAfter(base.plus(asked.every().multipliedBy(MOST_BEHIND_BASE)))) {
        base = next;
        start = Start.FOLDING_AGAIN;
      }
    }
    return new Increment(
        start,
        known.through(),
        ahead ? asked.last() : null,
        eventsUntil,
        new StateCoverage(known.made(), inputs, from, through, base));
  }
}
