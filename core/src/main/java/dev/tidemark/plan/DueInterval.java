package dev.tidemark.plan;

import java.time.Instant;

/**
 * An interval that is to be computed.
 *
 * @param interval from one tick to the next
 * @param reason why
 * @param because in words
 */
public record DueInterval(Interval interval, Reason reason, String because) {

  /** Why an interval is due. */
  public enum Reason {
    /** It was never computed, or its table is gone. */
    MISSING,
    /** It was computed from other inputs, or by another definition. */
    STALE,
    /** It is as it should be, and asked for all the same. */
    FORCED
  }

  /** The as-of time of its rows. */
  public Instant tick() {
    return interval.start();
  }
}
