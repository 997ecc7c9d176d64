package dev.tidemark.bench;

import java.util.List;
import java.util.Set;

/**
 * What is measured, and how often.
 *
 * @param events rows of each table of events
 * @param spine rows of the spine
 * @param keys how many keys there are; each workload is measured with every number
 * @param skew the exponent of Zipf's law by which keys are drawn; 0: all equally often
 * @param runs how many are reported, after {@code warmUp} that are not
 * @param timeoutSeconds a run that takes longer is cancelled, and not tried again
 * @param threads that each engine may use
 * @param partitions into which Spark shuffles
 * @param sink what becomes of results in the runs that count; in those before, all are written
 */
public record Grid(
    long events,
    long spine,
    List<Long> keys,
    double skew,
    List<Workload> workloads,
    Set<Rival> rivals,
    int runs,
    int warmUp,
    int timeoutSeconds,
    int threads,
    int partitions,
    Sink sink) {

  /** What becomes of a result. */
  public enum Sink {
    /** Written to Parquet. */
    PARQUET,
    /** Computed in full and kept nowhere, or by DuckDB in memory, which has no other way. */
    MEMORY;

    /** As the command line has it. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Whose formulations are measured. */
  public enum Rival {
    TIDEMARK,
    SPARK,
    DUCKDB;

    /** As the command line has it. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public Grid {
    keys = List.copyOf(keys);
    workloads = List.copyOf(workloads);
    rivals = Set.copyOf(rivals);
    if (events < 1 || spine < 1 || runs < 1 || warmUp < 0 || timeoutSeconds < 1 || threads < 1) {
      throw new IllegalArgumentException(
          "nothing to measure: " + events + " events, " + runs + " runs");
    }
    if (sink == Sink.MEMORY && warmUp == 0) {
      throw new IllegalArgumentException(
          "results that are kept nowhere cannot be compared; give --warm-up 1 or more");
    }
  }

  /** Every workload and rival, in seconds. */
  public static Grid smoke() {
    return new Grid(
        20_000,
        2_000,
        List.of(200L),
        0.8,
        List.of(Workload.values()),
        Set.of(Rival.values()),
        1,
        0,
        60,
        2,
        2,
        Sink.PARQUET);
  }
}
