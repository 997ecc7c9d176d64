package dev.tidemark.run;

import dev.tidemark.compile.Compiler;
import dev.tidemark.compile.TestCompiler;
import dev.tidemark.definition.DefinitionTest;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.pit.Engine;
import dev.tidemark.plan.Graph;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Runs the tests of a project: each computes its features with the engine that builds tables, over
 * the few rows that it gives itself. Nothing is read of sources but their columns, and nothing is
 * written.
 */
public final class DefinitionTests implements AutoCloseable {
  /**
   * For a handful of rows planning and generating code take longer than all else; none of these
   * changes a result.
   */
  private static final Map<String, String> FOR_FEW_ROWS =
      Map.of(
          "spark.sql.shuffle.partitions",
          "1",
          "spark.sql.adaptive.enabled",
          "false",
          "spark.sql.codegen.wholeStage",
          "false",
          "spark.sql.codegen.factoryMode",
          "NO_CODEGEN",
          Compiler.NULL_REASONS,
          "false");

  private final SparkSession session;
  private final TestCompiler compiler;
  private final Map<String, @Nullable String> before = new LinkedHashMap<>();

  /**
   * @param session has other settings until this is closed
   * @param root relative paths are relative to it
   */
  public DefinitionTests(SparkSession session, Path root, Graph graph) {
    this.session = session;
    FOR_FEW_ROWS.forEach(
        (setting, value) -> {
          before.put(setting, session.conf().get(setting, null));
          session.conf().set(setting, value);
        });
    this.compiler =
        new TestCompiler(
            session, root, graph, new Compiler(session, root, graph, Engine.of(session)));
  }

  /**
   * Runs tests; whatever is wrong with one is in its outcome.
   *
   * @param told hears how many are done, between two queries
   * @return one a test, in order
   */
  public List<TestOutcome> run(List<DefinitionTest> tests, IntConsumer told) {
    Map<String, TestOutcome> outcomes = new HashMap<>();
    Map<ResourceName, List<TestCompiler.Written>> together = new LinkedHashMap<>();
    List<TestCompiler.Written> alone = new ArrayList<>();
    for (DefinitionTest test : tests) {
      long start = System.nanoTime();
      try {
        TestCompiler.Written written = compiler.read(test);
        if (compiler.standsAlone(written)) {
          together.computeIfAbsent(test.of().to(), none -> new ArrayList<>()).add(written);
        } else {
          alone.add(written);
        }
      } catch (Exception e) {
        outcomes.put(test.name(), failed(test, e, since(start)));
      }
    }
    for (List<TestCompiler.Written> all : together.values()) {
      told.accept(outcomes.size());
      outcomes.putAll(together(all));
    }
    for (TestCompiler.Written written : alone) {
      told.accept(outcomes.size());
      outcomes.put(written.test().name(), alone(written));
    }
    return tests.stream().map(test -> Objects.requireNonNull(outcomes.get(test.name()))).toList();
  }

  /** All tests of a view in one query; one by one if it fails, to tell whose fault it is. */
  private Map<String, TestOutcome> together(List<TestCompiler.Written> tests) {
    Map<String, TestOutcome> outcomes = new HashMap<>();
    if (tests.size() > 1) {
      long start = System.nanoTime();
      try {
        Dataset<Row> rows = compiler.rows(tests);
        Map<Integer, List<Row>> found =
            rows.collectAsList().stream()
                .collect(Collectors.groupingBy(row -> row.<Integer>getAs(TestCompiler.NUMBER)));
        double each = since(start) / tests.size();
        for (int i = 0; i < tests.size(); i++) {
          DefinitionTest test = tests.get(i).test();
          List<Row> of = found.getOrDefault(i, List.of());
          outcomes.put(test.name(), compared(test, rows.schema(), of, each));
        }
        return outcomes;
      } catch (Exception e) {
        outcomes.clear();
      }
    }
    tests.forEach(test -> outcomes.put(test.test().name(), alone(test)));
    return outcomes;
  }

  private TestOutcome alone(TestCompiler.Written written) {
    long start = System.nanoTime();
    try {
      Dataset<Row> rows = compiler.rows(written);
      List<Row> found = rows.collectAsList();
      return compared(written.test(), rows.schema(), found, since(start));
    } catch (Exception e) {
      return failed(written.test(), e, since(start));
    }
  }

  private TestOutcome compared(
      DefinitionTest test, StructType columns, List<Row> found, double seconds) {
    try {
      ExpectedRows expected =
          new ExpectedRows(compiler.keys(test), compiler.expected(test, columns));
      return new TestOutcome(test, null, expected.columns(), expected.differences(found), seconds);
    } catch (Exception e) {
      return failed(test, e, seconds);
    }
  }

  private static TestOutcome failed(DefinitionTest test, Exception e, double seconds) {
    TaskFailure failure = Failures.of(e, "nothing was written");
    return new TestOutcome(test, failure, List.of(), List.of(), seconds);
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Puts the session's settings back. */
  @Override
  public void close() {
    before.forEach(
        (setting, value) -> {
          if (value == null) {
            session.conf().unset(setting);
          } else {
            session.conf().set(setting, value);
          }
        });
  }
}
