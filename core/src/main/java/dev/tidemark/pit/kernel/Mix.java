package dev.tidemark.pit.kernel;

/** Spreads numbers over all bits. */
public final class Mix {
  private Mix() {}

  /** The finalizer of MurmurHash3 (Austin Appleby, public domain). */
  public static long of(long value) {
    long mixed = value;
    mixed = (mixed ^ (mixed >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
