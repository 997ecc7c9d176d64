package dev.tidemark.jobs;

import dev.tidemark.definition.DefinitionTest;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.definition.Resource;
import dev.tidemark.plan.Graph;
import dev.tidemark.run.DefinitionTests;
import dev.tidemark.run.ExitCode;
import dev.tidemark.run.TaskFailure;
import dev.tidemark.run.TestOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the tests that stand in definition files. */
@CommandLine.Command(
    name = "test",
    description = {
      "Run the tests of definition files: given rows in the place of the sources, the features that "
          + "the engine makes of them, and the features that are expected.",
      "",
      "No rows of sources are read, only their columns where they declare no schema; nothing is "
          + "written. It ends with exit code 3 if a test fails, and with that of the error if one "
          + "can't be run."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark test",
      "  tidemark test customer_spend.v1                  the tests of one view",
      "  tidemark test --only window                      those with a word in their name",
      "  tidemark test --junit target/tidemark.xml        for a CI server"
    })
final class TestCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "Views and training sets whose tests to run (default: all).")
  List<String> names = new ArrayList<>();

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      description = "Only tests with this in their name.")
  @Nullable String only;

  @Option(
      names = "--junit",
      paramLabel = "FILE",
      description = "Write the outcome there too, as JUnit's XML.")
  @Nullable Path junit;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    List<DefinitionTest> tests = chosen(project);
    List<TestOutcome> outcomes = List.of();
    if (!tests.isEmpty()) {
      try (DefinitionTests running = spark.tests(project, graph, report)) {
        report.progress(
            "running %,d %s".formatted(tests.size(), tests.size() == 1 ? "test" : "tests"));
        outcomes = running.run(tests, done -> spark.checkpoint());
      }
    }
    outcomes.forEach(outcome -> report.say(line(outcome, report.terminal())));
    Path file = junit;
    if (file != null) {
      write(file, JUnitReport.of(outcomes));
    }
    report.document(document(outcomes));
    report.say(total(outcomes));
    throwIfAny(outcomes);
  }

  private List<DefinitionTest> chosen(Project project) {
    Resources resources = new Resources(project.definitions());
    List<String> of = names.stream().map(resources::find).map(Resource::id).toList();
    String part = only;
    return project.definitions().tests().stream()
        .filter(test -> of.isEmpty() || of.contains(test.of().toString()))
        .filter(test -> part == null || test.name().contains(part))
        .sorted(
            Comparator.comparing((DefinitionTest test) -> test.origin().file().name())
                .thenComparing(test -> test.origin().line()))
        .toList();
  }

  private static String line(TestOutcome outcome, Terminal terminal) {
    DefinitionTest test = outcome.test();
    if (outcome.passed()) {
      return "ok    " + test.name();
    }
    return "%s %s%n      %s, %s:%d%n%s"
        .formatted(
            outcome.failure() == null ? "FAIL " : "ERROR",
            test.name(),
            test.of(),
            test.origin().file().name(),
            test.origin().line(),
            TestTable.of(outcome, terminal.columns() - 6).indent(6).stripTrailing());
  }

  private static String total(List<TestOutcome> outcomes) {
    if (outcomes.isEmpty()) {
      return "no tests; `tidemark test --help` and docs/language.md tell how they are written";
    }
    long passed = outcomes.stream().filter(TestOutcome::passed).count();
    long errors = outcomes.stream().filter(outcome -> outcome.failure() != null).count();
    long failed = outcomes.size() - passed - errors;
    return "%n%,d of %,d tests passed%s%s"
        .formatted(
            passed,
            outcomes.size(),
            failed == 0 ? "" : ", %,d failed".formatted(failed),
            errors == 0 ? "" : ", %,d could not be run".formatted(errors))
        .strip();
  }

  /** Errors weigh more: what can't be run proves nothing. */
  private static void throwIfAny(List<TestOutcome> outcomes) {
    List<TaskFailure> errors =
        outcomes.stream().map(TestOutcome::failure).filter(Objects::nonNull).toList();
    if (!errors.isEmpty()) {
      throw new TaskFailure(
          errors.get(0).exitCode(),
          errors.stream().flatMap(error -> error.problems().stream()).distinct().toList(),
          errors.get(0));
    }
    List<Problem> failed =
        outcomes.stream()
            .filter(outcome -> !outcome.passed())
            .map(
                outcome ->
                    new Problem(
                        outcome.test().origin(),
                        "the test `%s` failed: %s"
                            .formatted(outcome.test().name(), TestTable.brief(outcome)),
                        null))
            .toList();
    if (!failed.isEmpty()) {
      throw new TaskFailure(ExitCode.GATE, failed, null);
    }
  }

  private static void write(Path file, String text) {
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new RefusedException(
          Status.REFUSED, "can't write --junit %s: %s".formatted(file, e.getMessage()));
    }
  }

  private static Map<String, @Nullable Object> document(List<TestOutcome> outcomes) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("passed", outcomes.stream().filter(TestOutcome::passed).count());
    document.put(
        "failed",
        outcomes.stream()
            .filter(outcome -> outcome.failure() == null && !outcome.passed())
            .count());
    document.put("errors", outcomes.stream().filter(outcome -> outcome.failure() != null).count());
    document.put("tests", outcomes.stream().map(TestCommand::document).toList());
    return document;
  }

  private static Map<String, @Nullable Object> document(TestOutcome outcome) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", outcome.test().name());
    fields.put("of", outcome.test().of().toString());
    fields.put("file", outcome.test().origin().file().name());
    fields.put("line", outcome.test().origin().line());
    fields.put(
        "status", outcome.passed() ? "passed" : outcome.failure() == null ? "failed" : "error");
    fields.put("seconds", Summary.rounded(outcome.seconds()));
    fields.put("problems", outcome.problems().stream().map(Summary::problem).toList());
    fields.put(
        "differences",
        outcome.differences().stream().map(each -> document(outcome.columns(), each)).toList());
    return fields;
  }

  private static Map<String, @Nullable Object> document(
      List<String> columns, TestOutcome.Difference difference) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("kind", difference.kind().name().toLowerCase(java.util.Locale.ROOT));
    Map<String, @Nullable Object> expected = new LinkedHashMap<>();
    Map<String, @Nullable Object> actual = new LinkedHashMap<>();
    List<String> differing = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      TestOutcome.Cell cell = difference.cells().get(i);
      expected.put(columns.get(i), cell.expected());
      actual.put(columns.get(i), cell.actual());
      if (cell.differs()) {
        differing.add(columns.get(i));
      }
    }
    fields.put("columns", differing);
    fields.put("expected", difference.kind() == TestOutcome.Kind.UNEXPECTED ? null : expected);
    fields.put("actual", difference.kind() == TestOutcome.Kind.MISSING ? null : actual);
    return fields;
  }
}
