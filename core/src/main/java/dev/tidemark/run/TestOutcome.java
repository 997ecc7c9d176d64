package dev.tidemark.run;

import dev.tidemark.definition.DefinitionTest;
import dev.tidemark.definition.Problem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a test of definitions.
 *
 * @param failure why it could not be run; null: it could
 * @param columns that are shown of a row that differs: keys and time, then what was expected
 * @param differences none if it passed
 * @param seconds that it took
 */
public record TestOutcome(
    DefinitionTest test,
    @Nullable TaskFailure failure,
    List<String> columns,
    List<Difference> differences,
    double seconds) {

  /** In what way a row differs. */
  public enum Kind {
    /** Values of it differ. */
    DIFFERENT,
    /** It is expected, and not there. */
    MISSING,
    /** It is there, and not expected. */
    UNEXPECTED
  }

  /**
   * A row that differs.
   *
   * @param cells one a column
   */
  public record Difference(Kind kind, List<Cell> cells) {
    public Difference {
      cells = List.copyOf(cells);
    }
  }

  /**
   * A value of a row, as text, numbers, booleans, lists, maps or null.
   *
   * @param expected null as well where nothing is said of it
   * @param actual null as well where there is no row
   * @param differs whether the two are told apart
   */
  public record Cell(@Nullable Object expected, @Nullable Object actual, boolean differs) {}

  public TestOutcome {
    columns = List.copyOf(columns);
    differences = Collections.unmodifiableList(new ArrayList<>(differences));
  }

  /** True if it ran and nothing differs. */
  public boolean passed() {
    return failure == null && differences.isEmpty();
  }

  /** What is wrong with it; none if it passed, or merely differs. */
  public List<Problem> problems() {
    return failure == null ? List.of() : failure.problems();
  }
}
