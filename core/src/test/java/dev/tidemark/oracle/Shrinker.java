package dev.tidemark.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Makes a failing case small: it leaves out rows and questions for as long as the case still fails.
 *
 * <p>All ways to leave something out of the rows are tried at once, since a run costs about the
 * same for one case as for many.
 */
public final class Shrinker {
  private static final int RUNS = 60;

  /** Which of some cases fail. */
  public interface Failing {
    List<Boolean> of(Rules rules, List<Case> cases);
  }

  /** A case and the rules that it fails under. */
  public record Found(Rules rules, Case rows) {
    @Override
    public String toString() {
      return rules + "\n" + rows;
    }
  }

  private final Failing failing;
  private int runs;

  public Shrinker(Failing failing) {
    this.failing = failing;
  }

  /** A case that fails like this one, with no row or question that could be left out. */
  public Found shrink(Found found) {
    Found smallest = found;
    boolean smaller = true;
    while (smaller && runs < RUNS) {
      Found next = fewerRows(fewerQuestions(smallest));
      smaller = !next.equals(smallest);
      smallest = next;
    }
    return smallest;
  }

  private Found fewerQuestions(Found found) {
    Found smallest = found;
    int i = 0;
    while (smallest.rules().questions().size() > 1
        && i < smallest.rules().questions().size()
        && runs < RUNS) {
      List<Question> fewer = new ArrayList<>(smallest.rules().questions());
      fewer.remove(i);
      Found next = new Found(smallest.rules().withQuestions(fewer), smallest.rows());
      if (fails(next.rules(), List.of(next.rows())).get(0)) {
        smallest = next;
      } else {
        i++;
      }
    }
    return smallest;
  }

  private Found fewerRows(Found found) {
    Case smallest = found.rows();
    boolean smaller = true;
    while (smaller && runs < RUNS) {
      Case rows = smallest;
      List<Case> candidates = new ArrayList<>();
      candidates.addAll(without(rows.events(), rows::withEvents));
      if (rows.spine().size() > 1) {
        candidates.addAll(without(rows.spine(), rows::withSpine));
      }
      List<Boolean> fails = fails(found.rules(), candidates);
      int first = fails.indexOf(true);
      smaller = first >= 0;
      smallest = smaller ? candidates.get(first) : rows;
    }
    return new Found(found.rules(), smallest);
  }

  /** Without a half, without a quarter, and so on to without one. */
  private static <T> List<Case> without(List<T> rows, Function<List<T>, Case> made) {
    List<Case> cases = new ArrayList<>();
    for (int size = (rows.size() + 1) / 2; size > 0; size = size == 1 ? 0 : (size + 1) / 2) {
      for (int from = 0; from < rows.size(); from += size) {
        int start = from;
        int end = from + size;
        cases.add(
            made.apply(
                IntStream.range(0, rows.size())
                    .filter(i -> i < start || i >= end)
                    .<T>mapToObj(rows::get)
                    .toList()));
      }
    }
    return cases;
  }

  private List<Boolean> fails(Rules rules, List<Case> cases) {
    runs++;
    return cases.isEmpty() ? List.of() : failing.of(rules, cases);
  }
}
