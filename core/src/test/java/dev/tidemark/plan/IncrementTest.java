package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whatever runs there are in whatever order, each tick sees every event of its look-back once:
 * singly, or in the state. Here an event is a number, and a state is a list of such.
 */
class IncrementTest {
  private static final Instant ORIGIN = Instant.parse("2024-01-01T00:00:00Z");
  private static final Duration EVERY = Duration.ofHours(24);
  private static final int TICKS = 120;

  /** An event, or a row of the state. */
  private record Event(int number, Instant time) {}

  /** A world in which sources get events, and runs come and go. */
  private static final class World {
    final Random random;
    final @Nullable Duration lookBack;
    final Duration longest;
    final List<Event> source = new ArrayList<>();
    List<Event> state = new ArrayList<>();
    @Nullable StateCoverage coverage;
    int folded;
    int helped;

    World(long seed) {
      random = new Random(seed);
      longest = Duration.ofHours(24L * (1 + random.nextInt(10)));
      lookBack = random.nextInt(4) == 0 ? null : longest;
    }

    void arrive() {
      int count = random.nextInt(20);
      for (int i = 0; i < count; i++) {
        // Between ticks and on them.
        Duration after = Duration.ofHours(12L * random.nextInt(2 * TICKS));
        source.add(new Event(source.size(), ORIGIN.plus(after)));
      }
    }

    void run(int firstTick, int lastTick, boolean tellable) {
      Instant first = ORIGIN.plus(EVERY.multipliedBy(firstTick));
      Instant last = ORIGIN.plus(EVERY.multipliedBy(lastTick));
      StateCoverage known = coverage;
      int had = known == null ? 0 : Integer.parseInt(known.made());
      Optional<Increment> found =
          Increment.of(
              new Increment.Asked(first, last, EVERY, lookBack, longest),
              known,
              tellable,
              "new",
              List.of());
      if (found.isEmpty()) {
        return;
      }
      Increment increment = found.get();
      List<Event> seen = new ArrayList<>(singly(increment, first));
      List<Event> news = news(increment, known, had);
      folded += news.size();
      List<Event> states = new ArrayList<>();
      if (increment.start() != Increment.Start.EMPTY) {
        helped++;
        states.addAll(held(known));
      }
      states.addAll(news);
      StateCoverage next = increment.next();
      Instant base = next.base();
      // A cell is at its bound; those up to the base are one.
      states.replaceAll(
          event ->
              base != null && !event.time().isAfter(base)
                  ? new Event(event.number(), base)
                  : event);
      seen.addAll(states);
      for (int tick = firstTick; tick <= lastTick; tick++) {
        sees(ORIGIN.plus(EVERY.multipliedBy(tick)), seen);
      }
      state = states;
      coverage =
          new StateCoverage(
              String.valueOf(source.size()), List.of(), next.from(), next.through(), base);
    }

    private List<Event> singly(Increment increment, Instant first) {
      Instant until = increment.eventsUntil();
      return until == null || lookBack == null
          ? List.of()
          : source.stream().filter(event -> within(event, first.minus(lookBack), until)).toList();
    }

    private List<Event> news(Increment increment, @Nullable StateCoverage known, int had) {
      List<Event> news = new ArrayList<>();
      Instant until = increment.foldUntil();
      if (until != null) {
        source.stream()
            .filter(event -> within(event, increment.foldAfter(), until))
            .forEach(news::add);
      }
      if (known != null && increment.start() != Increment.Start.EMPTY) {
        source.subList(had, source.size()).stream()
            .filter(event -> within(event, known.from(), known.through()))
            .forEach(news::add);
      }
      return news;
    }

    private List<Event> held(@Nullable StateCoverage known) {
      return state.stream()
          .filter(
              event -> known == null || known.from() == null || event.time().isAfter(known.from()))
          .toList();
    }

    private static boolean within(Event event, @Nullable Instant after, Instant until) {
      return !event.time().isAfter(until) && (after == null || event.time().isAfter(after));
    }

    /** Every window of a tick, and all that is known where there is no bound. */
    private void sees(Instant tick, List<Event> seen) {
      List<Instant> starts = new ArrayList<>(List.of(tick.minus(longest)));
      if (lookBack == null) {
        starts.add(Instant.MIN);
      }
      for (Instant start : starts) {
        assertThat(numbers(seen, start, tick))
            .as("tick %s back to %s", tick, start)
            .isEqualTo(numbers(source, start, tick));
      }
    }

    private static List<Integer> numbers(List<Event> events, Instant after, Instant until) {
      return events.stream()
          .filter(event -> within(event, after, until))
          .map(Event::number)
          .sorted()
          .toList();
    }
  }

  @Test
  void every_tick_sees_each_event_once_whatever_ran_before() {
    int helped = 0;
    for (long seed = 0; seed < 300; seed++) {
      World world = new World(seed);
      int tick = 20;
      for (int run = 0; run < 20; run++) {
        world.arrive();
        int first =
            switch (world.random.nextInt(6)) {
              case 0 -> world.random.nextInt(TICKS - 10);
              case 1 -> tick + world.random.nextInt(40);
              default -> tick + 1;
            };
        int last = first + (world.random.nextInt(3) == 0 ? world.random.nextInt(9) : 0);
        world.run(first, last, world.random.nextInt(8) > 0);
        tick = Math.min(Math.max(tick, last), TICKS);
      }
      helped += world.helped;
    }
    assertThat(helped).isGreaterThan(1_000);
  }

  @Test
  void one_more_tick_folds_the_events_of_one_step() {
    World world = new World(1);
    for (int i = 0; i < 50; i++) {
      world.arrive();
    }
    world.run(50, 50, true);
    int before = world.folded;
    world.run(51, 51, true);
    Instant tick = ORIGIN.plus(EVERY.multipliedBy(51));
    long ofTheStep =
        world.source.stream().filter(event -> World.within(event, tick.minus(EVERY), tick)).count();
    assertThat(ofTheStep).isPositive();
    assertThat(world.folded - before).isEqualTo((int) ofTheStep);
  }

  @Test
  void a_state_of_later_ticks_is_left_as_it_is() {
    StateCoverage later = new StateCoverage("same", List.of(), day(50), day(60), null);
    assertThat(increment(day(50), later, true)).isEmpty();
    assertThat(increment(day(51), later, true)).isPresent();
    // What the sources got can't be told: only what is newer than the state may replace it.
    assertThat(increment(day(51), later, false)).isEmpty();
    assertThat(increment(day(60), later, false)).isPresent();
  }

  private static Instant day(int number) {
    return ORIGIN.plus(EVERY.multipliedBy(number));
  }

  private static Optional<Increment> increment(
      Instant tick, StateCoverage known, boolean tellable) {
    Duration ten = EVERY.multipliedBy(10);
    return Increment.of(
        new Increment.Asked(tick, tick, EVERY, ten, ten), known, tellable, "same", List.of());
  }
}
