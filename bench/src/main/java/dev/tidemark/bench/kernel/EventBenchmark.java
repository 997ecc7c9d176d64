package dev.tidemark.bench.kernel;

import dev.tidemark.pit.kernel.ExactSums;
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

/** What an event costs; an operation is one event. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class EventBenchmark {

  /** The slots, and where each event goes; one that no row sees goes to slot 0. */
  @State(Scope.Benchmark)
  public static class Placed {
    private Slots slots = new Slots(new SpineIndex(new int[0], new long[0], 0, 0), Rows.WINDOWS);
    private final int[] slotOf = new int[Rows.EVENTS];
    private final ExactSums exact = new ExactSums();
    private double[] plain = new double[0];

    @Setup(Level.Trial)
    public void place(Rows rows) {
      slots = rows.slots();
      for (int event = 0; event < Rows.EVENTS; event++) {
        slotOf[event] = Math.max(0, slots.slotOf(rows.eventKey[event], rows.eventTime[event]));
      }
      exact.reserve(slots.count());
      plain = new double[slots.count()];
    }
  }

  @Benchmark
  @OperationsPerInvocation(Rows.EVENTS)
  public long findSlot(Rows rows, Placed placed) {
    long sum = 0;
    for (int event = 0; event < Rows.EVENTS; event++) {
      sum += placed.slots.slotOf(rows.eventKey[event], rows.eventTime[event]);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(Rows.EVENTS)
  public ExactSums addExactly(Rows rows, Placed placed) {
    for (int event = 0; event < Rows.EVENTS; event++) {
      placed.exact.add(placed.slotOf[event], rows.amount[event]);
    }
    return placed.exact;
  }

  /** The same with rounding: what exactness costs is the difference. */
  @Benchmark
  @OperationsPerInvocation(Rows.EVENTS)
  public double[] addPlainly(Rows rows, Placed placed) {
    for (int event = 0; event < Rows.EVENTS; event++) {
      placed.plain[placed.slotOf[event]] += rows.amount[event];
    }
    return placed.plain;
  }
}
