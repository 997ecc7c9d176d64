package dev.tidemark.plan;

import java.util.ArrayList;
import java.util.List;

/** Tells which intervals are due and why, those with one reason together. */
final class DueWords {
  private DueWords() {}

  static List<String> of(List<DueInterval> due) {
    List<String> lines = new ArrayList<>();
    int first = 0;
    for (int i = 1; i <= due.size(); i++) {
      if (i == due.size() || !due.get(i).because().equals(due.get(first).because())) {
        lines.add(line(due.subList(first, i)));
        first = i;
      }
    }
    lines.add("computed together, and committed one by one, oldest first");
    return lines;
  }

  private static String line(List<DueInterval> same) {
    Interval all =
        new Interval(same.get(0).interval().start(), same.get(same.size() - 1).interval().end());
    return same.size() == 1
        ? "1 in %s: %s".formatted(all, same.get(0).because())
        : "%,d in %s: %s".formatted(same.size(), all, same.get(0).because());
  }
}
