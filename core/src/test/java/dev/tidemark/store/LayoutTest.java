package dev.tidemark.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testkit.SparkTest;
import java.util.Random;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A table is partitioned as its size asks. */
@SparkTest
class LayoutTest {
  private static final long FILE = 4_000_000;

  private final SparkSession session;

  LayoutTest(SparkSession session) {
    this.session = session;
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          0,         true,  year
          10000,     true,  year
          11000,     true,  month
          129000,    true,  month
          130000,    true,  day
          8000000,   true,  day
          9000000,   true,  'day, 4 buckets'
          9000000,   false, day
          30000000,  true,  'day, 8 buckets'
          1e12,      true,  'day, 512 buckets'
          """)
  void by_rows_of_a_day(double rowsOfADay, boolean hasBuckets, String layout) {
    assertThat(Layout.of(rowsOfADay, FILE, hasBuckets)).hasToString(layout);
  }

  @Test
  void a_layout_changes_only_when_the_size_is_another_by_more_than_half() {
    Random random = new Random(17);
    for (int i = 0; i < 10_000; i++) {
      double rows = Math.exp(random.nextDouble() * 20);
      Layout layout = Layout.of(rows, FILE, true);
      double other = rows * (0.5 + random.nextDouble() * 1.5);
      assertThat(layout.orBetter(other, FILE, true))
          .as("%s, then %s", rows, other)
          .isEqualTo(layout);
      Layout better = layout.orBetter(rows * 100, FILE, true);
      assertThat(better.orBetter(rows * 100, FILE, true)).isEqualTo(better);
    }
  }

  @Test
  void what_is_no_number_of_rows_is_told() {
    SparkSession own = session.newSession();
    own.conf().set(Layout.ROWS_OF_A_FILE, "many");
    assertThatThrownBy(() -> Layout.rowsOfAFile(own))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining("rows-of-a-file = many");
  }
}
