package dev.tidemark.pit.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Random spines and events against a loop over all of them. */
class SlotsTest {
  private static final long[] WINDOWS = {3, 10, Slots.UNBOUNDED, 1};

  private record Event(int key, long time, long value) {}

  private static final class Spine {
    private final int[] keys;
    private final long[] times;
    private final int keyCount;

    private Spine(int[] keys, long[] times, int keyCount) {
      this.keys = keys;
      this.times = times;
      this.keyCount = keyCount;
    }

    static Spine random(Random random) {
      int rows = random.nextInt(60);
      int keyCount = 1 + random.nextInt(4);
      int[] keys = new int[rows];
      long[] times = new long[rows];
      for (int row = 0; row < rows; row++) {
        keys[row] = random.nextInt(keyCount + 1) - 1;
        times[row] = random.nextInt(40) - 20L;
      }
      return new Spine(keys, times, keyCount);
    }

    SpineIndex index() {
      return new SpineIndex(keys, times, keys.length, keyCount);
    }
  }

  @Test
  void every_row_with_a_key_has_its_place() {
    Random random = new Random(3);
    for (int round = 0; round < 300; round++) {
      Spine spine = Spine.random(random);
      SpineIndex index = spine.index();
      Set<Integer> seen = new HashSet<>();
      for (int key = 0; key < index.keys(); key++) {
        for (int asked = index.firstAsked(key); asked < index.firstAsked(key + 1); asked++) {
          if (asked > index.firstAsked(key)) {
            assertThat(index.time(asked)).isGreaterThan(index.time(asked - 1));
          }
          for (int place = index.firstRow(asked); place < index.firstRow(asked + 1); place++) {
            int row = index.row(place);
            assertThat(spine.keys[row]).isEqualTo(key);
            assertThat(spine.times[row]).isEqualTo(index.time(asked));
            assertThat(seen.add(row)).isTrue();
          }
        }
      }
      for (int row = 0; row < spine.keys.length; row++) {
        assertThat(seen.contains(row)).isEqualTo(spine.keys[row] >= 0);
      }
    }
  }

  @Test
  void a_window_is_the_run_of_slots_that_holds_its_events() {
    Random random = new Random(5);
    for (int round = 0; round < 300; round++) {
      Spine spine = Spine.random(random);
      SpineIndex index = spine.index();
      Slots slots = new Slots(index, WINDOWS);
      Counts counts = new Counts();
      Extremes extremes = new Extremes();
      counts.reserve(slots.count());
      extremes.reserve(slots.count());
      List<Event> events = events(random, spine.keyCount);
      for (Event event : events) {
        int slot = slots.slotOf(event.key(), event.time());
        if (slot >= 0) {
          assertThat(index.time(slots.askedAt(slot))).isGreaterThanOrEqualTo(event.time());
          counts.add(slot);
          extremes.add(slot, event.value());
        }
      }
      counts.seal(slots.count());
      Slots.Cursor cursor = slots.new Cursor();
      for (int key = 0; key < index.keys(); key++) {
        cursor.open(key);
        Extremes.Run run = extremes.new Run();
        run.open(slots.firstSlot(key));
        for (int asked = index.firstAsked(key); asked < index.firstAsked(key + 1); asked++) {
          cursor.move(asked);
          run.end(cursor.to());
          long time = index.time(asked);
          for (int window = 0; window < WINDOWS.length; window++) {
            long length = WINDOWS[window];
            int of = key;
            List<Event> inWindow =
                events.stream()
                    .filter(event -> event.key() == of && event.time() <= time)
                    .filter(event -> length == Slots.UNBOUNDED || event.time() > time - length)
                    .toList();
            assertThat(counts.between(cursor.from(window), cursor.to())).isEqualTo(inWindow.size());
            assertThat(run.from(cursor.from(window)))
                .isEqualTo(inWindow.stream().mapToLong(Event::value).max().orElse(Extremes.NONE));
          }
        }
      }
    }
  }

  @Test
  void a_span_counts_at_its_asked_times_and_at_no_other() {
    Random random = new Random(9);
    for (int round = 0; round < 300; round++) {
      SpineIndex index = Spine.random(random).index();
      Spans spans = new Spans(index, 2, 100);
      Counts counts = new Counts();
      int[][] expected = new int[2][index.askedCount()];
      for (int i = 0; i < 40; i++) {
        int key = random.nextInt(index.keys());
        int size = index.firstAsked(key + 1) - index.firstAsked(key);
        if (size == 0) {
          continue;
        }
        int from = index.firstAsked(key) + random.nextInt(size);
        int to = from + 1 + random.nextInt(index.firstAsked(key + 1) - from);
        int window = random.nextInt(2);
        int count = spans.cover(key, window, from, to);
        assertThat(count).isLessThanOrEqualTo(2 * 32);
        counts.reserve(spans.end());
        for (int j = 0; j < count; j++) {
          counts.add(spans.slot(j));
        }
        for (int asked = from; asked < to; asked++) {
          expected[window][asked]++;
        }
      }
      for (int key = 0; key < index.keys(); key++) {
        for (int asked = index.firstAsked(key); asked < index.firstAsked(key + 1); asked++) {
          for (int window = 0; window < 2; window++) {
            int count = spans.at(key, window, asked);
            long found = 0;
            for (int i = 0; i < count; i++) {
              found += counts.in(spans.slot(i));
            }
            assertThat(found).isEqualTo(expected[window][asked]);
          }
        }
      }
    }
  }

  @Test
  void keys_keep_their_numbers() {
    LongKeys keys = new LongKeys();
    Random random = new Random(1);
    List<Long> all = new ArrayList<>(List.of(0L, -1L, Long.MIN_VALUE, Long.MAX_VALUE));
    for (int i = 0; i < 5000; i++) {
      all.add(random.nextLong());
    }
    for (int i = 0; i < all.size(); i++) {
      assertThat(keys.find(all.get(i))).isEqualTo(-1);
      assertThat(keys.add(all.get(i))).isEqualTo(i);
    }
    for (int i = 0; i < all.size(); i++) {
      assertThat(keys.add(all.get(i))).isEqualTo(i);
      assertThat(keys.find(all.get(i))).isEqualTo(i);
    }
    assertThat(keys.count()).isEqualTo(all.size());
  }

  private static List<Event> events(Random random, int keyCount) {
    List<Event> events = new ArrayList<>();
    for (int i = random.nextInt(80); i > 0; i--) {
      events.add(
          new Event(random.nextInt(keyCount), random.nextInt(60) - 40L, random.nextInt(1000)));
    }
    return events;
  }
}
