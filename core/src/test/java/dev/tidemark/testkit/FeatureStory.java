package dev.tidemark.testkit;

import dev.tidemark.compile.CompiledTrainingSet;
import dev.tidemark.compile.Compiler;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.pit.ReferenceEngine;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * A project in a test, from HOCON to rows: {@code given} tables, {@code define} definitions over
 * them, {@code expect} a training set.
 *
 * <p>Given tables are temporary views, which definitions read as {@code table = name}.
 */
public final class FeatureStory {
  private final SparkSession session;
  private final Path folder;

  public FeatureStory(SparkSession session) {
    this.session = session;
    this.folder = TestFolders.create("story");
    try {
      Files.createDirectories(folder.resolve("definitions"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The project's folder, for files. */
  public Path folder() {
    return folder;
  }

  /** A table; see {@link TextTable}. */
  public FeatureStory given(String name, String table) {
    TextTable.parse(session, table).createOrReplaceTempView(name);
    return this;
  }

  /** A file of the project. */
  public FeatureStory file(String name, String text) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** The definitions, all of them. */
  public FeatureStory define(String hocon) {
    return file("definitions/story.conf", hocon);
  }

  public Project project() {
    return ProjectReader.read(folder, "local");
  }

  public Compiler compiler(Graph graph) {
    return new Compiler(session, folder, graph, new ReferenceEngine());
  }

  /** Compiles a training set. */
  public CompiledTrainingSet compile(String name, @Nullable Instant asOf) {
    Project project = project();
    Graph graph = Graph.of(project.definitions());
    Plan plan = Planner.build(graph, project.environment(), List.of(name), asOf);
    Task.BuildTrainingSet task =
        plan.tasks().get(0).match(build -> build, materialize -> null, l -> null, s -> null);
    Compiler compiler = compiler(graph);
    PinnedSources sources = PinnedSources.current();
    return compiler.trainingSet(task.trainingSet(), compiler.asOf(task, sources), sources);
  }

  /** The rows of a training set. */
  public Dataset<Row> build(String name) {
    return compile(name, null).joined().within(null);
  }

  /** The rows of a feature view at its ticks in an interval. */
  public Dataset<Row> materialize(String name, String start, String end) {
    Project project = project();
    Graph graph = Graph.of(project.definitions());
    Interval interval = new Interval(Instant.parse(start), Instant.parse(end));
    Plan plan = Planner.materialize(graph, project.environment(), List.of(name), interval);
    Task.MaterializeInterval task =
        plan.tasks().get(0).match(build -> null, materialize -> materialize, l -> null, s -> null);
    return compiler(graph).view(task, PinnedSources.current()).rows();
  }

  /** Builds a training set and compares it; see {@link TextTable#assertRows}. */
  public void expect(String name, String table) {
    TextTable.assertRows(build(name), table);
  }
}
