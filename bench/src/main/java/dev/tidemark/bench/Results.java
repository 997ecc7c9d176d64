package dev.tidemark.bench;

import java.util.List;

/** Everything a bench found, as its JSON has it. */
public record Results(Setting setting, Grid grid, List<Cell> cells) {
  /**
   * Where it ran.
   *
   * @param at when it began, an instant of ISO 8601
   */
  public record Setting(
      String at,
      String machine,
      int processors,
      long heapMegabytes,
      String java,
      String spark,
      String duckdb) {}

  public Results {
    cells = List.copyOf(cells);
  }

  public boolean isSound() {
    return cells.stream().allMatch(Cell::isSound);
  }
}
