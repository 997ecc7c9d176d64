package dev.tidemark.bench.kernel;

import dev.tidemark.pit.kernel.ExactSums;
import dev.tidemark.pit.kernel.Extremes;
import dev.tidemark.pit.kernel.Slots;
import dev.tidemark.pit.kernel.SpineIndex;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** What a row's windows cost after the last event; an operation is one row, four windows. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SweepBenchmark {

  /** Slots that all events are in. */
  @State(Scope.Benchmark)
  public static class Filled {
    private SpineIndex index = new SpineIndex(new int[0], new long[0], 0, 0);
    private Slots slots = new Slots(index, Rows.WINDOWS);
    private final ExactSums sums = new ExactSums();
    private final Extremes extremes = new Extremes();
    private final ExactSums.Total total = new ExactSums.Total();

    @Setup(Level.Trial)
    public void fill(Rows rows) {
      index = rows.index();
      slots = new Slots(index, Rows.WINDOWS);
      sums.reserve(slots.count());
      extremes.reserve(slots.count());
      for (int event = 0; event < Rows.EVENTS; event++) {
        int slot = slots.slotOf(rows.eventKey[event], rows.eventTime[event]);
        if (slot >= 0) {
          sums.add(slot, rows.amount[event]);
          extremes.add(slot, (long) rows.amount[event]);
        }
      }
      sums.seal(slots.count());
    }
  }

  @Benchmark
  @OperationsPerInvocation(Rows.SPINE)
  public void bounds(Filled filled, Blackhole hole) {
    Slots.Cursor cursor = filled.slots.new Cursor();
    for (int key = 0; key < filled.index.keys(); key++) {
      cursor.open(key);
      for (int asked = filled.index.firstAsked(key);
          asked < filled.index.firstAsked(key + 1);
          asked++) {
        cursor.move(asked);
        hole.consume(cursor.to());
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(Rows.SPINE)
  public void sums(Filled filled, Blackhole hole) {
    Slots.Cursor cursor = filled.slots.new Cursor();
    for (int key = 0; key < filled.index.keys(); key++) {
      cursor.open(key);
      for (int asked = filled.index.firstAsked(key);
          asked < filled.index.firstAsked(key + 1);
          asked++) {
        cursor.move(asked);
        for (int window = 0; window < Rows.WINDOWS.length; window++) {
          filled.sums.between(cursor.from(window), cursor.to(), filled.total);
          hole.consume(filled.total.toDouble());
        }
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(Rows.SPINE)
  public void greatest(Filled filled, Blackhole hole) {
    Slots.Cursor cursor = filled.slots.new Cursor();
    Extremes.Run run = filled.extremes.new Run();
    for (int key = 0; key < filled.index.keys(); key++) {
      cursor.open(key);
      run.open(filled.slots.firstSlot(key));
      for (int asked = filled.index.firstAsked(key);
          asked < filled.index.firstAsked(key + 1);
          asked++) {
        cursor.move(asked);
        run.end(cursor.to());
        for (int window = 0; window < Rows.WINDOWS.length; window++) {
          hole.consume(run.from(cursor.from(window)));
        }
      }
    }
  }
}
