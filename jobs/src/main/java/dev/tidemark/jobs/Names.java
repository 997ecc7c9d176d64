package dev.tidemark.jobs;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code NAME... | --all}. */
final class Names {
  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "Names with their variant, such as fraud.v1.")
  List<String> names = new ArrayList<>();

  @Option(names = "--all", description = "All that the project defines.")
  boolean all;

  /** True if neither names nor {@code --all} are given. */
  boolean areNone() {
    return names.isEmpty() && !all;
  }

  /**
   * The names given; empty for all.
   *
   * @throws RefusedException if neither or both are given
   */
  List<String> orAll() {
    if (names.isEmpty() != all) {
      throw new RefusedException(
          Status.REFUSED,
          all
              ? "names and --all together: give either"
              : "nothing to work on: give a NAME, or --all");
    }
    return List.copyOf(names);
  }
}
