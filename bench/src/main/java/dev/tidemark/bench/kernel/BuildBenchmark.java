package dev.tidemark.bench.kernel;

import dev.tidemark.pit.kernel.Slots;
import dev.tidemark.pit.kernel.SpineIndex;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** What is built of a spine before the first event; an operation is one of its rows. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class BuildBenchmark {

  @Benchmark
  @OperationsPerInvocation(Rows.SPINE)
  public SpineIndex index(Rows rows) {
    return rows.index();
  }

  @Benchmark
  @OperationsPerInvocation(Rows.SPINE)
  public Slots indexAndSlots(Rows rows) {
    return rows.slots();
  }
}
