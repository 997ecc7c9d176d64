package dev.tidemark.pit.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactSumsTest {
  private static final int SLOTS = 7;

  /** Magnitudes of money, of probabilities, of both ends of the fixed point, and of all doubles. */
  private enum Sizes {
    MONEY,
    SHARES,
    EDGES,
    ANY;

    double next(Random random) {
      double sign = random.nextBoolean() ? 1 : -1;
      return switch (this) {
        case MONEY -> sign * random.nextInt(10_000_000) / 100;
        case SHARES -> sign * random.nextDouble();
        case EDGES -> sign * Math.scalb(1 + random.nextDouble(), random.nextInt(110) - 46);
        case ANY -> {
          double value = Double.longBitsToDouble(random.nextLong());
          yield Double.isFinite(value) ? value : 0;
        }
      };
    }
  }

  @Test
  void every_run_of_slots_is_the_exact_sum_rounded_once() {
    Random random = new Random(7);
    for (int round = 0; round < 400; round++) {
      Sizes sizes = Sizes.values()[round % Sizes.values().length];
      List<List<Double>> values = new ArrayList<>();
      ExactSums sums = new ExactSums();
      sums.reserve(SLOTS);
      for (int slot = 0; slot < SLOTS; slot++) {
        values.add(new ArrayList<>());
        for (int i = random.nextInt(6); i > 0; i--) {
          double value = sizes.next(random);
          values.get(slot).add(value);
          sums.add(slot, value);
        }
      }
      sums.seal(SLOTS);
      ExactSums.Total total = new ExactSums.Total();
      for (int from = 0; from <= SLOTS; from++) {
        for (int to = from; to <= SLOTS; to++) {
          BigDecimal exact = BigDecimal.ZERO;
          for (List<Double> slot : values.subList(from, to)) {
            for (double value : slot) {
              exact = exact.add(new BigDecimal(value));
            }
          }
          sums.between(from, to, total);
          assertThat(total.toDouble()).isEqualTo(exact.doubleValue());
        }
      }
    }
  }

  @Test
  void the_order_of_additions_leaves_no_trace() {
    Random random = new Random(11);
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      values.add(Sizes.EDGES.next(random));
    }
    double first = sum(values);
    for (int i = 0; i < 20; i++) {
      Collections.shuffle(values, random);
      assertThat(sum(values)).isEqualTo(first);
    }
  }

  @Test
  void what_goes_in_and_out_again_leaves_no_residue() {
    ExactSums sums = new ExactSums();
    sums.reserve(3);
    sums.add(0, 1e17);
    sums.add(0, 0.1);
    sums.add(1, 0.3);
    sums.add(2, -0.3);
    sums.seal(3);
    ExactSums.Total total = new ExactSums.Total();
    sums.between(1, 3, total);
    assertThat(total.toDouble()).isEqualTo(0.0);
    sums.between(1, 2, total);
    assertThat(total.toDouble()).isEqualTo(0.3);
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.MIN_VALUE,
        Double.MAX_VALUE,
        -0.0
      })
  void special_values_are_in_the_runs_that_hold_them_and_in_no_other(double value) {
    ExactSums sums = new ExactSums();
    sums.reserve(3);
    sums.add(0, 1.0);
    sums.add(1, value);
    sums.add(2, 2.0);
    sums.seal(3);
    ExactSums.Total total = new ExactSums.Total();
    sums.between(0, 3, total);
    assertThat(total.toDouble()).isEqualTo(Double.valueOf(1.0 + value + 2.0));
    sums.between(2, 3, total);
    assertThat(total.toDouble()).isEqualTo(2.0);
  }

  @Test
  void both_infinities_are_no_number() {
    assertThat(sum(List.of(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY))).isNaN();
  }

  @Test
  void whole_numbers_are_summed_beyond_a_long() {
    Random random = new Random(13);
    for (int round = 0; round < 200; round++) {
      ExactSums sums = new ExactSums();
      sums.reserve(1);
      BigInteger exact = BigInteger.ZERO;
      for (int i = 0; i < 1 + round % 5; i++) {
        long value = random.nextLong() >> random.nextInt(64);
        sums.add(0, value);
        exact = exact.add(BigInteger.valueOf(value));
      }
      sums.seal(1);
      ExactSums.Total total = new ExactSums.Total();
      sums.between(0, 1, total);
      assertThat(total.toInteger()).isEqualTo(exact);
      assertThat(total.fitsLong()).isEqualTo(exact.bitLength() < 64);
      assertThat(total.toLong()).isEqualTo(exact.longValue());
      assertThat(total.toDouble()).isEqualTo(exact.doubleValue());
    }
  }

  private static double sum(List<Double> values) {
    ExactSums sums = new ExactSums();
    sums.reserve(1);
    values.forEach(value -> sums.add(0, value));
    sums.seal(1);
    ExactSums.Total total = new ExactSums.Total();
    sums.between(0, 1, total);
    return total.toDouble();
  }
}
