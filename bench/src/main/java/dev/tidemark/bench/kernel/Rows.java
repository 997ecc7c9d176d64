package dev.tidemark.bench.kernel;

import dev.tidemark.pit.kernel.Slots;
import dev.tidemark.pit.kernel.SpineIndex;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One partition of a bench's spine and events, as the kernel sees them: an eighth of a million rows
 * and some of their events, in random order.
 */
@State(Scope.Benchmark)
public class Rows {
  static final int SPINE = 125_000;
  static final int EVENTS = 1_000_000;
  static final long[] WINDOWS = {days(1), days(7), days(30), days(90)};

  private static final long YEAR = days(365);

  /** An eighth of 100,000 keys and of 2,000. */
  @Param({"12500", "250"})
  public int keys;

  int[] spineKey = new int[SPINE];
  long[] spineTime = new long[SPINE];
  int[] eventKey = new int[EVENTS];
  long[] eventTime = new long[EVENTS];
  double[] amount = new double[EVENTS];

  @Setup(Level.Trial)
  public void fill() {
    SplittableRandom random = new SplittableRandom(1);
    for (int row = 0; row < SPINE; row++) {
      spineKey[row] = random.nextInt(keys);
      spineTime[row] = random.nextLong(YEAR);
    }
    for (int event = 0; event < EVENTS; event++) {
      eventKey[event] = random.nextInt(keys);
      eventTime[event] = random.nextLong(YEAR);
      amount[event] = random.nextInt(100_000) / 100.0;
    }
  }

  SpineIndex index() {
    return new SpineIndex(spineKey, spineTime, SPINE, keys);
  }

  Slots slots() {
    return new Slots(index(), WINDOWS);
  }

  private static long days(int count) {
    return count * 86_400_000_000L;
  }
}
