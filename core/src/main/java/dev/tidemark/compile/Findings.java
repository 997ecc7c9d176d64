package dev.tidemark.compile;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Problems;
import java.util.ArrayList;
import java.util.List;

/**
 * What compiling finds: mistakes in definitions, inputs that are not there, and what is merely
 * strange.
 */
final class Findings {
  private final Problems mistakes = new Problems();
  private final Problems missing = new Problems();
  private final List<Problem> warnings = new ArrayList<>();

  Problems mistakes() {
    return mistakes;
  }

  Problems missing() {
    return missing;
  }

  void warn(Problem warning) {
    warnings.add(warning);
  }

  List<Problem> warnings() {
    return warnings.stream().distinct().toList();
  }

  /**
   * Throws what was found.
   *
   * @throws DefinitionException for mistakes, with missing inputs beside them
   * @throws InputNotReadyException if inputs are missing and nothing else is wrong
   */
  void throwIfAny() {
    if (!mistakes.isEmpty()) {
      mistakes.addAll(missing.sorted());
      mistakes.throwIfAny();
    }
    if (!missing.isEmpty()) {
      throw new InputNotReadyException(missing.sorted());
    }
  }
}
