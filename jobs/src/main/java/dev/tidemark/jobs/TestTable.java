package dev.tidemark.jobs;

import dev.tidemark.definition.DefinitionTest;
import dev.tidemark.definition.Problem;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.run.TestOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What differs in a test, as a table: each row that is there, and below it what was expected. */
final class TestTable {
  private TestTable() {}

  /** How many rows differ, in words. */
  static String brief(TestOutcome outcome) {
    int rows = outcome.differences().size();
    return rows == 1 ? "1 row differs" : "%,d rows differ".formatted(rows);
  }

  /** Problems or differences, each line ending with a line feed. */
  static String of(TestOutcome outcome, int width) {
    if (outcome.failure() != null) {
      return outcome.problems().stream()
          .map(Problem::render)
          .collect(Collectors.joining("\n", "", "\n"));
    }
    List<String> header = new ArrayList<>(List.of(""));
    outcome.columns().forEach(column -> header.add(title(column)));
    List<List<String>> lines = new ArrayList<>();
    for (TestOutcome.Difference difference : outcome.differences()) {
      switch (difference.kind()) {
        case DIFFERENT -> {
          lines.add(line("found", difference, false));
          lines.add(line("expected", difference, true));
        }
        case MISSING -> lines.add(line("missing", difference, true));
        case UNEXPECTED -> lines.add(line("not expected", difference, false));
      }
    }
    return Grid.rows(header, lines, width);
  }

  private static String title(String column) {
    return column.equals(ResolvedTrainingSet.EVENT_TIME) ? DefinitionTest.AS_OF : column;
  }

  /** Below what was found stands only what should have been found in its place. */
  private static List<String> line(
      String title, TestOutcome.Difference difference, boolean expected) {
    List<String> cells = new ArrayList<>(List.of(title));
    for (TestOutcome.Cell cell : difference.cells()) {
      boolean below = expected && difference.kind() == TestOutcome.Kind.DIFFERENT;
      cells.add(
          below && !cell.differs() ? "" : Values.cell(expected ? cell.expected() : cell.actual()));
    }
    return cells;
  }
}
