package dev.tidemark.compile;

import dev.tidemark.definition.Problem;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Tables or files that a definition names and that are not there, or can't be read, as yet: a later
 * try may succeed.
 */
public final class InputNotReadyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  public InputNotReadyException(List<Problem> problems) {
    super(problems.stream().map(Problem::render).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  public List<Problem> problems() {
    return problems;
  }
}
