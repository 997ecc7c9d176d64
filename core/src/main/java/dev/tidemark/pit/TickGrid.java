package dev.tidemark.pit;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.when;

import java.util.List;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.jspecify.annotations.Nullable;

/**
 * Time, cut into cells so that every window of every tick is a run of whole cells.
 *
 * <p>Ticks are evenly spaced, so the bounds T and T - w of all ticks repeat from tick to tick: they
 * cut each step between two ticks at the same places. A cell is the time after one bound up to and
 * with the next, and is named by that bound. All numbers are UTC microseconds.
 *
 * @param originMicros any tick
 * @param everyMicros from one tick to the next, positive
 * @param cuts the bounds in a step, counted from the tick before it: rising, the last is {@code
 *     everyMicros}
 * @param baseMicros a bound; all that is not later is one cell; null: there is no such cell
 */
public record TickGrid(
    long originMicros, long everyMicros, List<Long> cuts, @Nullable Long baseMicros) {
  public TickGrid {
    cuts = List.copyOf(cuts);
  }

  /**
   * The grid for windows of these lengths.
   *
   * @param windowsMicros without those that have no bound
   */
  public static TickGrid of(
      long originMicros, long everyMicros, Iterable<Long> windowsMicros, @Nullable Long base) {
    TreeSet<Long> cuts = new TreeSet<>();
    cuts.add(everyMicros);
    for (Long window : windowsMicros) {
      long before = Math.floorMod(-window, everyMicros);
      cuts.add(before == 0 ? everyMicros : before);
    }
    return new TickGrid(originMicros, everyMicros, List.copyOf(cuts), base);
  }

  /** The first tick that is not before a time. */
  public long tickFrom(long micros) {
    return micros + Math.floorMod(originMicros - micros, everyMicros);
  }

  /** The last tick that is not after a time. */
  public long tickUntil(long micros) {
    return micros - Math.floorMod(micros - originMicros, everyMicros);
  }

  /** The same of a {@code bigint} column. */
  public Column tickFrom(Column micros) {
    return micros.plus(pmod(lit(originMicros).minus(micros), lit(everyMicros)));
  }

  /** The bound that names the cell of a time. */
  Column cellOf(Column micros) {
    // In (0, every], since a bound belongs to the cell before it.
    Column within = pmod(micros.minus(lit(originMicros + 1)), lit(everyMicros)).plus(lit(1L));
    Column cut = lit(everyMicros);
    for (int i = cuts.size() - 2; i >= 0; i--) {
      cut = when(within.leq(lit(cuts.get(i))), lit(cuts.get(i))).otherwise(cut);
    }
    Column cell = micros.minus(within).plus(cut);
    return baseMicros == null
        ? cell
        : when(micros.leq(lit(baseMicros)), lit(baseMicros)).otherwise(cell);
  }
}
