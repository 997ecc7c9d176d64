package dev.tidemark.plan;

import java.io.Serializable;

/**
 * What tells why a feature is null: bits of a {@code bigint} column that is beside it.
 *
 * @param feature the feature's column
 * @param evidence the column that has the bits; never null
 * @param keyNull the bit that says whether a key is null
 * @param history the bit that says whether the view has an event of the key up to T
 * @param inSpan the bit that says whether the feature has an event in its span, visible or not
 * @param visible the bit that says whether it has a visible one there
 */
public record NullEvidence(
    String feature, String evidence, int keyNull, int history, int inSpan, int visible)
    implements Serializable {

  /** The reason that these bits give. */
  public NullReason reason(long bits) {
    if (isSet(bits, keyNull)) {
      return NullReason.KEY_NULL;
    }
    if (!isSet(bits, history)) {
      return NullReason.NO_HISTORY;
    }
    if (isSet(bits, visible)) {
      return NullReason.NULL_AT_SOURCE;
    }
    return isSet(bits, inSpan) ? NullReason.NOT_YET_AVAILABLE : NullReason.OUTSIDE_SPAN;
  }

  private static boolean isSet(long bits, int bit) {
    return (bits >>> bit & 1) != 0;
  }
}
