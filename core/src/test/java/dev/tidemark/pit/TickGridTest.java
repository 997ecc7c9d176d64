package dev.tidemark.pit;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Cells of time: no window of any tick begins or ends within one. */
@SparkTest
class TickGridTest {
  private final SparkSession session;

  TickGridTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void every_cell_ends_at_the_first_bound_that_is_not_before_its_events() {
    Random random = new Random(7);
    for (int round = 0; round < 5; round++) {
      long origin = random.nextInt(1_000) - 500L;
      long every = 1L + random.nextInt(60);
      List<Long> windows = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        windows.add(1L + random.nextInt(200));
      }
      TreeSet<Long> bounds = new TreeSet<>();
      for (long tick = -100; tick <= 100; tick++) {
        long at = origin + tick * every;
        bounds.add(at);
        windows.forEach(window -> bounds.add(at - window));
      }
      TickGrid grid = TickGrid.of(origin, every, windows, null);
      List<Long> times = new ArrayList<>();
      for (long time = origin - 20; time < origin + 20; time++) {
        times.add(time);
      }
      List<Row> cells =
          session
              .createDataset(times, Encoders.LONG())
              .select(col("value"), grid.cellOf(col("value")), grid.tickFrom(col("value")))
              .collectAsList();
      for (Row cell : cells) {
        long time = cell.getLong(0);
        assertThat(cell.getLong(1)).as("%s, %d", grid, time).isEqualTo(bounds.ceiling(time));
        assertThat(cell.getLong(2)).isEqualTo(grid.tickFrom(time));
        assertThat(grid.tickFrom(time)).isBetween(time, time + every - 1);
        assertThat(grid.tickUntil(time)).isBetween(time - every + 1, time);
        assertThat(Math.floorMod(grid.tickFrom(time) - origin, every)).isZero();
        assertThat(Math.floorMod(grid.tickUntil(time) - origin, every)).isZero();
      }
    }
  }

  @Test
  void all_that_is_not_after_the_base_is_one_cell() {
    TickGrid grid = TickGrid.of(0, 10, List.of(), 20L);
    assertThat(
            session
                .createDataset(List.of(-1_000L, 20L, 21L, 30L, 31L), Encoders.LONG())
                .select(grid.cellOf(col("value")))
                .as(Encoders.LONG())
                .collectAsList())
        .containsExactly(20L, 20L, 30L, 30L, 40L);
  }
}
