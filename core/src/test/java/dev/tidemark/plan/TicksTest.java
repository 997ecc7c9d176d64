package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which ticks are the latest at some instant of a span. */
class TicksTest {
  private static final Instant FIRST = Instant.parse("2024-01-01T06:00:00Z");
  private static final Ticks HOURLY = new Ticks(FIRST, Duration.ofHours(1));

  private static List<Instant> latest(Ticks ticks, Instant from, Instant to) {
    return ticks.latestAt(from, to).stream().map(Interval::start).toList();
  }

  @Test
  void a_tick_is_the_latest_at_its_own_instant_and_until_the_next() {
    Instant second = FIRST.plusSeconds(3_600);
    assertThat(latest(HOURLY, second, second)).containsExactly(second);
    assertThat(latest(HOURLY, second.minusNanos(1_000), second)).containsExactly(FIRST, second);
    assertThat(latest(HOURLY, second.minusNanos(1_000), second.minusNanos(1_000)))
        .containsExactly(FIRST);
  }

  @Test
  void before_the_first_there_is_none() {
    assertThat(latest(HOURLY, Instant.EPOCH, FIRST.minusNanos(1_000))).isEmpty();
    assertThat(latest(HOURLY, Instant.EPOCH, FIRST)).containsExactly(FIRST);
  }

  @Test
  void they_are_those_found_by_asking_at_every_instant() {
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      Ticks ticks = new Ticks(Instant.ofEpochSecond(20), Duration.ofSeconds(1 + random.nextInt(9)));
      int from = random.nextInt(60);
      int to = from + random.nextInt(40);
      TreeSet<Instant> expected = new TreeSet<>();
      for (int at = from; at <= to; at++) {
        Instant tick = null;
        for (Instant next = ticks.first();
            !next.isAfter(Instant.ofEpochSecond(at));
            next = next.plus(ticks.every())) {
          tick = next;
        }
        if (tick != null) {
          expected.add(tick);
        }
      }
      assertThat(latest(ticks, Instant.ofEpochSecond(from), Instant.ofEpochSecond(to)))
          .containsExactlyElementsOf(expected);
    }
  }
}
