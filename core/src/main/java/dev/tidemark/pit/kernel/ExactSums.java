package dev.tidemark.pit.kernel;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Sums without rounding: of the order and grouping of the additions nothing is left in the result.
 *
 * <p>A slot holds a fixed-point number of 192 bits in two's complement, whose lowest bit is worth
 * 2<sup>-96</sup>. Any double of magnitude 2<sup>-44</sup> to 2<sup>63</sup>, and many beside, adds
 * to it exactly, 2<sup>31</sup> of them cannot overflow it, and subtracting takes them out again
 * without residue, so that a run of slots is the difference of two prefix sums. Doubles outside are
 * summed exactly too, more slowly, as BigDecimals; infinities and NaN are counted. The result is
 * the exact sum, correctly rounded once (to nearest, ties to even).
 */
public final class ExactSums {
  private static final int LIMBS = 3;
  // The limbs of a slot and how many numbers were added to it stand side by side in memory.
  private static final int STRIDE = LIMBS + 1;
  private static final int COUNT = LIMBS;
  private static final int FRACTION = 96;
  private static final int HIGHEST_SHIFT = FRACTION + 63 - 53;
  private static final BigDecimal TWO = BigDecimal.valueOf(2);

  private long[] limbs = new long[0];
  private int slots;
  // Seldom needed.
  private final NavigableMap<Integer, BigDecimal> wide = new TreeMap<>();
  private final NavigableMap<Integer, int[]> specials = new TreeMap<>();

  public void reserve(int count) {
    if (count > slots) {
      slots = Growth.of(slots, count);
      limbs = Arrays.copyOf(limbs, Math.multiplyExact(slots, STRIDE));
    }
  }

  /** Adds a whole number, of which the fixed point holds 2<sup>31</sup>. */
  public void add(int slot, long value) {
    // value * 2^96 is value * 2^32 in the second limb and above.
    limbs[slot * STRIDE + COUNT]++;
    addAt(slot * STRIDE + 1, value << 32, value >> 32);
  }

  public void add(int slot, double value) {
    limbs[slot * STRIDE + COUNT]++;
    long bits = Double.doubleToRawLongBits(value);
    int exponent = (int) (bits >>> 52) & 0x7ff;
    if (exponent == 0x7ff) {
      specials
          .computeIfAbsent(slot, none -> new int[3])[Double.isNaN(value) ? 0 : value > 0 ? 1 : 2]++;
      return;
    }
    long mantissa = bits & 0xfffffffffffffL;
    mantissa = exponent == 0 ? mantissa : mantissa | 0x10000000000000L;
    if (mantissa == 0) {
      return;
    }
    int shift = Math.max(exponent, 1) - 1075 + FRACTION;
    if (shift < 0) {
      if (-shift > Long.numberOfTrailingZeros(mantissa)) {
        wide.merge(slot, new BigDecimal(value), BigDecimal::add);
        return;
      }
      mantissa >>>= -shift;
      shift = 0;
    } else if (shift > HIGHEST_SHIFT) {
      wide.merge(slot, new BigDecimal(value), BigDecimal::add);
      return;
    }
    int at = slot * STRIDE + (shift >>> 6);
    int bit = shift & 63;
    long low = mantissa << bit;
    long high = bit == 0 ? 0 : mantissa >>> (64 - bit);
    boolean top = (shift >>> 6) == 1;
    if (bits < 0) {
      subtract(at, low, high, top);
    } else {
      add(at, low, high, top);
    }
  }

  private void add(int at, long low, long high, boolean top) {
    long sum = limbs[at] + low;
    long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
    limbs[at] = sum;
    long next = limbs[at + 1];
    long sum1 = next + high;
    long carry1 = Long.compareUnsigned(sum1, high) < 0 ? 1 : 0;
    long sum2 = sum1 + carry;
    carry1 += carry == 1 && sum2 == 0 ? 1 : 0;
    limbs[at + 1] = sum2;
    if (!top) {
      limbs[at + 2] += carry1;
    }
  }

  private void subtract(int at, long low, long high, boolean top) {
    long before = limbs[at];
    limbs[at] = before - low;
    long borrow = Long.compareUnsigned(before, low) < 0 ? 1 : 0;
    long next = limbs[at + 1];
    long difference = next - high;
    long borrow1 = Long.compareUnsigned(next, high) < 0 ? 1 : 0;
    borrow1 += borrow == 1 && difference == 0 ? 1 : 0;
    limbs[at + 1] = difference - borrow;
    if (!top) {
      limbs[at + 2] -= borrow1;
    }
  }

  /** Adds a signed number to the two upper limbs. */
  private void addAt(int at, long low, long high) {
    long sum = limbs[at] + low;
    long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
    limbs[at] = sum;
    limbs[at + 1] += high + carry;
  }

  /** Writes a slot that is not sealed, for {@link #load}. */
  public void save(int slot, DataOutput out) throws IOException {
    for (int i = 0; i < STRIDE; i++) {
      out.writeLong(limbs[slot * STRIDE + i]);
    }
    BigDecimal more = wide.get(slot);
    int[] counts = specials.get(slot);
    out.writeByte((more == null ? 0 : 1) + (counts == null ? 0 : 2));
    if (more != null) {
      byte[] unscaled = more.unscaledValue().toByteArray();
      out.writeInt(more.scale());
      out.writeInt(unscaled.length);
      out.write(unscaled);
    }
    if (counts != null) {
      for (int count : counts) {
        out.writeInt(count);
      }
    }
  }

  /** Adds what {@link #save} wrote to a slot. */
  public void load(int slot, DataInput in) throws IOException {
    long[] saved = new long[STRIDE];
    for (int i = 0; i < STRIDE; i++) {
      saved[i] = in.readLong();
    }
    accumulate(limbs, slot * STRIDE, saved, 0);
    int flags = in.readByte();
    if ((flags & 1) != 0) {
      int scale = in.readInt();
      byte[] unscaled = new byte[in.readInt()];
      in.readFully(unscaled);
      wide.merge(slot, new BigDecimal(new BigInteger(unscaled), scale), BigDecimal::add);
    }
    if ((flags & 2) != 0) {
      int[] counts = specials.computeIfAbsent(slot, none -> new int[3]);
      for (int i = 0; i < counts.length; i++) {
        counts[i] += in.readInt();
      }
    }
  }

  /** All events of the first {@code count} slots are in; they can be asked for in runs now. */
  public void seal(int count) {
    for (int at = STRIDE; at < count * STRIDE; at += STRIDE) {
      accumulate(limbs, at, limbs, at - STRIDE);
    }
  }

  private static void accumulate(long[] into, int at, long[] from, int other) {
    long sum0 = into[at] + from[other];
    long carry = Long.compareUnsigned(sum0, into[at]) < 0 ? 1 : 0;
    into[at] = sum0;
    long sum1 = into[at + 1] + from[other + 1];
    long carry1 = Long.compareUnsigned(sum1, into[at + 1]) < 0 ? 1 : 0;
    long sum1c = sum1 + carry;
    carry1 += carry == 1 && sum1c == 0 ? 1 : 0;
    into[at + 1] = sum1c;
    into[at + 2] += from[other + 2] + carry1;
    into[at + COUNT] += from[other + COUNT];
  }

  /** What a run of slots adds up to. */
  public static final class Total {
    private final long[] limbs = new long[STRIDE];
    private final int[] special = new int[3];
    private BigDecimal wide = BigDecimal.ZERO;

    private void clear() {
      Arrays.fill(limbs, 0);
      Arrays.fill(special, 0);
      wide = BigDecimal.ZERO;
    }

    /** How many numbers were added. */
    public long count() {
      return limbs[COUNT];
    }

    /** The exact sum, rounded once; NaN where a NaN or both infinities are in it. */
    public double toDouble() {
      if (special[0] > 0 || (special[1] > 0 && special[2] > 0)) {
        return Double.NaN;
      }
      if (special[1] > 0 || special[2] > 0) {
        return special[1] > 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
      }
      return wide.signum() == 0 ? rounded() : exact().add(wide).doubleValue();
    }

    /** The sum where only whole numbers were added. */
    public BigInteger toInteger() {
      return bits().shiftRight(FRACTION);
    }

    /** Whether a sum of whole numbers is a {@code long}. */
    public boolean fitsLong() {
      // Of the 192 bits the upper 33 must be the sign.
      long high = limbs[2] >> 31;
      return high == 0 || high == -1;
    }

    /** The sum of whole numbers, modulo 2<sup>64</sup>. */
    public long toLong() {
      return (limbs[2] << 32) | (limbs[1] >>> 32);
    }

    private BigInteger bits() {
      byte[] bytes = new byte[8 * LIMBS];
      for (int limb = 0; limb < LIMBS; limb++) {
        for (int i = 0; i < 8; i++) {
          bytes[8 * (LIMBS - 1 - limb) + 7 - i] = (byte) (limbs[limb] >>> (8 * i));
        }
      }
      return new BigInteger(bytes);
    }

    private BigDecimal exact() {
      return new BigDecimal(bits()).divide(TWO.pow(FRACTION));
    }

    private double rounded() {
      long top = limbs[2];
      long middle = limbs[1];
      long low = limbs[0];
      boolean negative = top < 0;
      if (negative) {
        low = -low;
        middle = ~middle + (low == 0 ? 1 : 0);
        top = ~top + (low == 0 && middle == 0 ? 1 : 0);
      }
      if (top == 0 && middle == 0 && low == 0) {
        return 0;
      }
      // The 64 bits from the highest one that is set, and whether any is set below.
      int empty;
      if (top != 0) {
        empty = 0;
      } else {
        empty = middle != 0 ? 1 : 2;
        top = empty == 1 ? middle : low;
        middle = empty == 1 ? low : 0;
        low = 0;
      }
      int zeros = Long.numberOfLeadingZeros(top);
      long head = zeros == 0 ? top : (top << zeros) | (middle >>> (64 - zeros));
      boolean more = low != 0 || (zeros == 0 ? middle != 0 : (middle << zeros) != 0);
      long mantissa = head >>> 11;
      long rest = head & 0x7ff;
      if (rest > 0x400 || (rest == 0x400 && (more || (mantissa & 1) == 1))) {
        mantissa++;
      }
      int exponent = 191 - 64 * empty - zeros - 52 - FRACTION;
      double magnitude = Math.scalb((double) mantissa, exponent);
      return negative ? -magnitude : magnitude;
    }
  }

  /** Sets {@code total} to the sum of the sealed slots {@code [from, to)}. */
  public void between(int from, int to, Total total) {
    total.clear();
    if (to <= from) {
      return;
    }
    accumulate(total.limbs, 0, limbs, (to - 1) * STRIDE);
    if (from > 0) {
      int at = (from - 1) * STRIDE;
      long[] into = total.limbs;
      long borrow = Long.compareUnsigned(into[0], limbs[at]) < 0 ? 1 : 0;
      into[0] -= limbs[at];
      long difference = into[1] - limbs[at + 1];
      long borrow1 = Long.compareUnsigned(into[1], limbs[at + 1]) < 0 ? 1 : 0;
      borrow1 += borrow == 1 && difference == 0 ? 1 : 0;
      into[1] = difference - borrow;
      into[2] -= limbs[at + 2] + borrow1;
      into[COUNT] -= limbs[at + COUNT];
    }
    if (!wide.isEmpty()) {
      wide.subMap(from, to).values().forEach(value -> total.wide = total.wide.add(value));
    }
    if (!specials.isEmpty()) {
      specials.subMap(from, to).values().forEach(counts -> addSpecial(total, counts));
    }
  }

  /** Adds a slot that is not among the sealed to {@code total}. */
  public void addTo(Total total, int slot) {
    accumulate(total.limbs, 0, limbs, slot * STRIDE);
    BigDecimal more = wide.get(slot);
    if (more != null) {
      total.wide = total.wide.add(more);
    }
    int[] counts = specials.get(slot);
    if (counts != null) {
      addSpecial(total, counts);
    }
  }

  private static void addSpecial(Total total, int[] counts) {
    for (int i = 0; i < counts.length; i++) {
      total.special[i] += counts[i];
    }
  }
}
