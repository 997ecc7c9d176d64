package dev.tidemark.run;

import dev.tidemark.compile.CompiledTest;
import dev.tidemark.compile.Compiler;
import dev.tidemark.compile.TestCompiler;
import dev.tidemark.definition.DefinitionTest;
import dev.tidemark.pit.Engine;
import dev.tidemark.plan.Graph;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
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

  /** Runs one test; whatever is wrong with it is in the outcome. */
  public TestOutcome run(DefinitionTest test) {
    long start = System.nanoTime();
    try {
      CompiledTest compiled = compiler.compile(test);
      ExpectedRows expected = new ExpectedRows(compiled.keys(), compiled.expected());
      List<TestOutcome.Difference> differences =
          expected.differences(compiled.rows().collectAsList());
      return new TestOutcome(test, null, expected.columns(), differences, since(start));
    } catch (Exception e) {
      TaskFailure failure = Failures.of(e, "nothing was written");
      return new TestOutcome(test, failure, List.of(), List.of(), since(start));
    }
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
