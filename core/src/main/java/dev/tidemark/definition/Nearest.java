package dev.tidemark.definition;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Did you mean: the known names nearest to one that is not known, by Damerau-Levenshtein distance.
 */
public final class Nearest {
  private static final int MOST = 3;

  private Nearest() {}

  /** At most three of {@code known}, nearest first; empty where none is near. */
  public static List<String> to(String wrong, Collection<String> known) {
    String needle = wrong.toLowerCase(Locale.ROOT);
    int bound = Math.max(2, needle.length() / 3);
    record Near(String name, int distance) {}
    return known.stream()
        .distinct()
        .map(name -> new Near(name, distance(needle, name.toLowerCase(Locale.ROOT))))
        .filter(near -> near.distance() <= bound)
        .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::name))
        .limit(MOST)
        .map(Near::name)
        .toList();
  }

  /** Optimal string alignment: insert, delete, replace, or swap two neighbours, each costs 1. */
  private static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(last[j], row[j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      int[] free = beforeLast;
      beforeLast = last;
      last = row;
      row = free;
    }
    return last[b.length()];
  }
}
