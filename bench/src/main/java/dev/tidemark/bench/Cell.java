package dev.tidemark.bench;

import java.util.List;

/** What was found for one workload and number of keys. */
public record Cell(
    String workload,
    long keys,
    long spineRows,
    List<Times> times,
    List<Agreement> agreements,
    List<Bar.Verdict> bars) {
  public Cell {
    times = List.copyOf(times);
    agreements = List.copyOf(agreements);
    bars = List.copyOf(bars);
  }

  /** Whether nobody failed and all results are the same. */
  public boolean isSound() {
    return times.stream().noneMatch(each -> each.outcome() == Times.Outcome.FAILED)
        && agreements.stream().allMatch(Agreement::isFull);
  }
}
