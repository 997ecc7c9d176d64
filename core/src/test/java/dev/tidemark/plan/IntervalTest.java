package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class IntervalTest {
  @Test
  void microseconds_are_exact_for_every_year_that_may_be_written() {
    assertThat(Interval.micros(Instant.EPOCH)).isZero();
    assertThat(Interval.micros(Instant.parse("1969-12-31T23:59:59.999999Z"))).isEqualTo(-1);
    assertThat(Interval.micros(Instant.parse("2024-03-01T00:00:00.000001Z")))
        .isEqualTo(1_709_251_200_000_001L);
    assertThat(Interval.micros(Instant.parse("9999-12-31T23:59:59.999999Z")))
        .isEqualTo(253_402_300_799_999_999L);
    assertThat(Interval.micros(Instant.parse("0001-01-01T00:00:00Z")))
        .isEqualTo(-62_135_596_800_000_000L);
  }
}
