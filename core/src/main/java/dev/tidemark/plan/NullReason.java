package dev.tidemark.plan;

import java.util.Locale;

/** Why a feature is null in a row; the first that fits, in this order. See docs/time.md. */
public enum NullReason {
  /** A key of the row is null. */
  KEY_NULL,
  /** The view has no event of the key with event time up to T. */
  NO_HISTORY,
  /** The feature has events in its span, but none of them is visible at T. */
  NOT_YET_AVAILABLE,
  /** The feature has no event in its span: its value has expired, or the window is empty. */
  OUTSIDE_SPAN,
  /** The feature has visible events, and null is what they say. */
  NULL_AT_SOURCE;

  /** As in manifests. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
