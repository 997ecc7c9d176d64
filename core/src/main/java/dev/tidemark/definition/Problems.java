package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects problems, so that all are told at once. */
public final class Problems {
  private static final Comparator<Problem> BY_PLACE =
      Comparator.comparing(
          Problem::origin,
          Comparator.nullsFirst(
              Comparator.comparing((Origin o) -> o.file().name())
                  .thenComparingInt(Origin::line)
                  .thenComparingInt(Origin::column)));

  private final List<Problem> found = new ArrayList<>();

  /** Adds a problem without a hint. */
  public void add(@Nullable Origin origin, String what) {
    found.add(new Problem(origin, what, null));
  }

  /** Adds a problem with what to do about it. */
  public void add(@Nullable Origin origin, String what, @Nullable String hint) {
    found.add(new Problem(origin, what, hint));
  }

  /** Adds a problem whose hint names those of {@code known} that are nearest to {@code wrong}. */
  public void addNearest(
      @Nullable Origin origin, String what, String wrong, Collection<String> known) {
    List<String> nearest = Nearest.to(wrong, known);
    found.add(
        new Problem(
            origin, what, nearest.isEmpty() ? null : "nearest: " + String.join(", ", nearest)));
  }

  public void addAll(Collection<Problem> problems) {
    found.addAll(problems);
  }

  public boolean isEmpty() {
    return found.isEmpty();
  }

  /** The problems so far, by file, line and column, each once. */
  public List<Problem> sorted() {
    return found.stream().distinct().sorted(BY_PLACE).toList();
  }

  /**
   * Throws what was collected.
   *
   * @throws DefinitionException if there is any problem
   */
  public void throwIfAny() {
    if (!found.isEmpty()) {
      throw new DefinitionException(sorted());
    }
  }
}
