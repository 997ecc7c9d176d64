package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.definition.Environment;
import dev.tidemark.testkit.ProjectSession;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * One run of the command line in this process.
 *
 * @param code the exit code
 * @param out what was printed on stdout
 * @param err what was printed on stderr
 */
record Cli(int code, String out, String err) {

  /** Runs a command as in a script: nobody is looking. It fails if it opens Spark. */
  static Cli run(String... arguments) {
    return run(
        (environment, root) -> {
          throw new AssertionError("no Spark for this command");
        },
        arguments);
  }

  /** Runs a command on a session of its own in the Spark that tests share. */
  static Cli run(SparkSession shared, String... arguments) {
    return run((environment, root) -> ProjectSession.open(shared, environment, root), arguments);
  }

  /**
   * Runs a command on a project, on such a session.
   *
   * @param command as it is typed, without the project
   */
  static Cli run(SparkSession shared, Path project, String command) {
    return run(shared, (command + " --project " + project).split(" ", -1));
  }

  /**
   * The same, with environment variables.
   *
   * @param variables all that there are
   */
  static Cli run(SparkSession shared, Path project, Map<String, String> variables, String command) {
    return startedBy(variables, shared, project, command);
  }

  /**
   * Runs a command that an orchestrator started.
   *
   * @param variables in which it tells where to report to
   * @param shared null: it fails if it opens Spark
   */
  static Cli startedBy(
      Map<String, String> variables, @Nullable SparkSession shared, Path project, String command) {
    return run(
        (environment, root) -> {
          if (shared == null) {
            throw new AssertionError("no Spark for this command");
          }
          return ProjectSession.open(shared, environment, root);
        },
        variables,
        (command + " --project " + project).split(" ", -1));
  }

  private static Cli run(
      BiFunction<Environment, Path, SparkSession> sessions, String... arguments) {
    return run(sessions, Map.of(), arguments);
  }

  private static Cli run(
      BiFunction<Environment, Path, SparkSession> sessions,
      Map<String, String> variables,
      String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            Terminal.DEFAULT_COLUMNS,
            false);
    Cancellation cancellation = new Cancellation();
    int code =
        new Main(terminal, cancellation, new Spark(sessions, cancellation, variables), variables)
            .run(List.of(arguments));
    return new Cli(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Runs a command as it is typed: arguments with spaces between them, empty for none. */
  static Cli line(String command) {
    return run(command.isEmpty() ? new String[0] : command.split(" ", -1));
  }

  /** The project that {@code init} writes, in a folder of its own. */
  static Path shop(Path folder) {
    Path project = folder.resolve("shop");
    assertThat(run("init", "--project", project.toString()).code()).isZero();
    return project;
  }

  /** The same, with its tables in one of the formats. */
  static Path shop(Path folder, String format) {
    Path shop = shop(folder);
    write(
        shop,
        "env/local.conf",
        format.equals("delta")
            ? "providers { lake { format = delta, warehouse = \".tidemark/delta\", database = features } }"
            : "providers { lake { format = iceberg, catalog = tidemark, warehouse = \".tidemark/warehouse\", database = features } }");
    return shop;
  }

  /** Puts one file in place of another of a project. */
  static void write(Path project, String file, String text) {
    try {
      Path path = project.resolve(file);
      Files.createDirectories(path.toAbsolutePath().getParent());
      Files.writeString(path, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes a file of a project. */
  static void replace(Path project, String file, String old, String text) {
    try {
      String before = Files.readString(project.resolve(file));
      assertThat(before).contains(old);
      write(project, file, before.replace(old, text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last line on stdout, which is always JSON. */
  JsonNode json() {
    assertThat(out).endsWith("\n");
    List<String> lines = out.lines().toList();
    return parse(lines.get(lines.size() - 1));
  }

  /** What people read: stdout without its last line. */
  String text() {
    List<String> lines = out.lines().toList();
    return String.join("\n", lines.subList(0, lines.size() - 1));
  }

  static JsonNode parse(String json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(json, e);
    }
  }

  /** Fails with everything that was printed unless the code is the one given. */
  Cli exits(int expected) {
    assertThat(code).as("exit code%nstdout:%n%s%nstderr:%n%s", out, err).isEqualTo(expected);
    return this;
  }
}
