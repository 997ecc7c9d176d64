package dev.tidemark.pit.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DirectoryTest {
  private final Random random = new Random(7);

  @Test
  void finds_in_every_list_what_a_binary_search_finds() {
    List<LongSupplier> draws =
        List.of(
            () -> random.nextLong(1000),
            random::nextLong,
            // Clustered: most in one part.
            () -> random.nextInt(50) == 0 ? random.nextLong() : random.nextLong(5_000),
            () -> (long) Math.exp(random.nextDouble() * 43));
    List<long[]> lists = new ArrayList<>();
    for (int length : new int[] {0, 1, 2, 127, 128, 129, 130, 255, 256, 1000}) {
      for (LongSupplier draw : draws) {
        lists.add(LongStream.generate(draw).limit(length).sorted().distinct().toArray());
      }
    }
    lists.add(LongStream.range(0, 200).map(i -> Long.MIN_VALUE + i).toArray());
    lists.add(LongStream.range(0, 200).map(i -> Long.MAX_VALUE - 199 + i).toArray());
    lists.add(
        LongStream.range(0, 140)
            .map(i -> i < 70 ? Long.MIN_VALUE + i : Long.MAX_VALUE - 139 + i)
            .toArray());
    int[] firstOf = new int[lists.size() + 1];
    for (int list = 0; list < lists.size(); list++) {
      firstOf[list + 1] = firstOf[list] + lists.get(list).length;
    }
    long[] values = lists.stream().flatMapToLong(Arrays::stream).toArray();
    Directory directory = new Directory(values, firstOf);
    for (int list = 0; list < lists.size(); list++) {
      int from = firstOf[list];
      int to = firstOf[list + 1];
      for (long value : asked(lists.get(list))) {
        assertThat(directory.first(list, from, to, value))
            .as("list %d, value %d", list, value)
            .isEqualTo(Search.first(values, from, to, value));
      }
    }
  }

  private long[] asked(long[] list) {
    return LongStream.concat(
            LongStream.concat(
                Arrays.stream(list).flatMap(value -> LongStream.of(value - 1, value, value + 1)),
                LongStream.of(Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE)),
            random.longs(20))
        .toArray();
  }
}
