package dev.tidemark.jobs;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Nearest;
import dev.tidemark.definition.Problem;
import dev.tidemark.run.TaskFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Why a command did not do what it was asked.
 *
 * @param status with its exit code
 * @param problems what is wrong, at least one
 * @param advice the last line for a person, or empty
 */
record Failure(Status status, List<Problem> problems, String advice) {

  private static final String DEBUG = "run again with --debug for the stack trace";

  Failure {
    problems = List.copyOf(problems);
  }

  /** One problem that has no place in a file. */
  static Failure of(Status status, String what, String advice) {
    return new Failure(status, List.of(new Problem(null, what, null)), advice);
  }

  /** What an exception means to the person who ran the command. */
  static Failure of(Throwable thrown) {
    if (thrown instanceof DefinitionException definition) {
      int count = definition.problems().size();
      return new Failure(
          Status.REFUSED, definition.problems(), count == 1 ? "" : count + " problems");
    }
    if (thrown instanceof TaskFailure failure) {
      return of(failure);
    }
    if (thrown instanceof RefusedException refused) {
      return of(refused.status(), String.valueOf(refused.getMessage()), "");
    }
    return of(Status.FAILED, sentence(thrown), DEBUG);
  }

  private static Failure of(TaskFailure failure) {
    Status status = Status.of(failure.exitCode().code());
    int count = failure.problems().size();
    String advice = status == Status.FAILED ? DEBUG : count == 1 ? "" : count + " problems";
    return new Failure(status, failure.problems(), advice);
  }

  /** What is wrong with the arguments. */
  static Failure of(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    String help = "see `%s --help`".formatted(command.getCommandSpec().qualifiedName());
    if (wrong instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      String argument = unmatched.getUnmatched().get(0);
      boolean option = argument.startsWith("-");
      boolean root = command.getParent() == null;
      List<String> known = new ArrayList<>();
      if (option) {
        command.getCommandSpec().optionsMap().keySet().forEach(known::add);
      } else if (root) {
        known.addAll(command.getSubcommands().keySet());
      }
      String name =
          argument.contains("=") ? argument.substring(0, argument.indexOf('=')) : argument;
      List<String> nearest = Nearest.to(name, known);
      String what =
          option
              ? "no option `%s`".formatted(name)
              : root
                  ? "no command `%s`".formatted(name)
                  : "one argument too many: `%s`".formatted(name);
      return new Failure(
          Status.REFUSED,
          List.of(
              new Problem(
                  null, what, nearest.isEmpty() ? null : "nearest: " + String.join(", ", nearest))),
          help);
    }
    return of(Status.REFUSED, String.valueOf(wrong.getMessage()), help);
  }

  /** The first line of the innermost message that says anything. */
  private static String sentence(Throwable thrown) {
    Throwable deepest = thrown;
    while (deepest.getCause() != null && deepest.getCause() != deepest) {
      deepest = deepest.getCause();
    }
    String said = deepest.getMessage();
    String kind = deepest.getClass().getSimpleName();
    String line = said == null || said.isBlank() ? "" : said.lines().findFirst().orElse("");
    return line.isEmpty() ? kind : kind + ": " + line;
  }

  /** The same with every text as it may be told. */
  Failure told(UnaryOperator<String> open) {
    return new Failure(
        status,
        problems.stream()
            .map(
                problem ->
                    new Problem(
                        problem.origin(),
                        open.apply(problem.what()),
                        problem.hint() == null ? null : open.apply(problem.hint())))
            .toList(),
        advice);
  }

  /** For a person, on stderr. */
  String render() {
    StringBuilder out = new StringBuilder();
    for (Problem problem : problems) {
      out.append(problem.origin() == null ? "error: " : "").append(problem.render()).append('\n');
    }
    if (!advice.isEmpty()) {
      out.append(advice).append('\n');
    }
    return out.toString();
  }
}
