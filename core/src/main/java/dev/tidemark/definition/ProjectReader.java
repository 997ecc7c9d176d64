package dev.tidemark.definition;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a project folder: {@code definitions/**.conf}, all together, {@code env/NAME.conf}, and
 * {@code policy.conf} where there is one.
 *
 * <p>Environment variables are resolved in environment files only, so that definitions mean the
 * same on every machine.
 */
public final class ProjectReader {
  private static final String ENDING = ".conf";
  private static final String POLICY = "policy.conf";

  /** What an environment may be called, so that it names a file of its folder. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");

  private ProjectReader() {}

  /**
   * Reads definitions and one environment.
   *
   * @param folder the project
   * @param environment such as {@code local}; without a file for it, {@code local} is an embedded
   *     Iceberg catalog in {@code .tidemark/}
   * @throws DefinitionException with every problem of every file
   */
  public static Project read(Path folder, String environment) {
    Path root = root(folder);
    Problems problems = new Problems();
    Definitions definitions = definitions(root, problems);
    Environment read = environment(root, environment, problems);
    Policy policy = policy(root, problems);
    problems.throwIfAny();
    if (definitions == null || read == null) {
      throw new IllegalStateException("neither read nor refused: " + root);
    }
    return new Project(root, definitions, read, policy);
  }

  /**
   * Reads definitions without an environment.
   *
   * @throws DefinitionException with every problem of every file
   */
  public static Definitions readDefinitions(Path folder) {
    Path root = root(folder);
    Problems problems = new Problems();
    Definitions definitions = definitions(root, problems);
    problems.throwIfAny();
    if (definitions == null) {
      throw new IllegalStateException("neither read nor refused: " + root);
    }
    return definitions;
  }

  private static Path root(Path folder) {
    Path root = folder.toAbsolutePath().normalize();
    if (!Files.isDirectory(root)) {
      Problems problems = new Problems();
      problems.add(
          null,
          "no project folder %s".formatted(folder),
          "give one with --project, or make one with `tidemark init`");
      problems.throwIfAny();
    }
    return root;
  }

  private static @Nullable Definitions definitions(Path root, Problems problems) {
    List<Path> files = confFiles(root.resolve("definitions"), problems);
    if (files.isEmpty()) {
      problems.add(
          null,
          "no definitions in %s".formatted(root),
          "write them in definitions/*.conf, or make a first one with `tidemark init`");
      return null;
    }
    Map<String, Integer> once = new LinkedHashMap<>();
    for (Kind kind : Kind.values()) {
      once.put(kind.key(), kind == Kind.ENTITY ? 2 : 3);
    }
    once.put(Language.TESTS, 2);
    HoconFiles.Merged merged =
        HoconFiles.read(root, files, HoconFiles.Use.DEFINITIONS, once, problems);
    if (merged == null) {
      return null;
    }
    Definitions read = new DefinitionsReader(problems).read(node(root, files.get(0), merged));
    if (read.isEmpty() && problems.isEmpty()) {
      problems.add(
          null,
          "the files in %s define nothing".formatted(root.resolve("definitions")),
          "start with entities, sources and feature-views, or with `tidemark init` in an empty folder");
    }
    return read;
  }

  private static @Nullable Environment environment(Path root, String name, Problems problems) {
    Path folder = root.resolve("env");
    Path file = folder.resolve((NAME.matcher(name).matches() ? name : "") + ENDING);
    if (!Files.exists(file)) {
      if (name.equals("local")) {
        return EnvironmentReader.embedded(
            name, new Origin(new SourceFile("env/local.conf", ""), 1, 1, 1));
      }
      List<String> known = new ArrayList<>(List.of("local"));
      for (Path other : confFiles(folder, problems)) {
        String base = String.valueOf(other.getFileName());
        known.add(base.substring(0, base.length() - ENDING.length()));
      }
      problems.add(
          null,
          "no environment `%s`: there is no file env/%s%s".formatted(name, name, ENDING),
          "known: " + String.join(", ", known.stream().distinct().toList()));
      return null;
    }
    HoconFiles.Merged merged =
        HoconFiles.read(root, List.of(file), HoconFiles.Use.ENVIRONMENT, Map.of(), problems);
    return merged == null
        ? null
        : new EnvironmentReader(problems).read(name, node(root, file, merged));
  }

  private static Policy policy(Path root, Problems problems) {
    Path file = root.resolve(POLICY);
    if (!Files.exists(file)) {
      return Policy.NONE;
    }
    HoconFiles.Merged merged =
        HoconFiles.read(
            root,
            List.of(file),
            HoconFiles.Use.DEFINITIONS,
            Map.of("roles", 2, "rules", 2),
            problems);
    return merged == null ? Policy.NONE : new PolicyReader(problems).read(node(root, file, merged));
  }

  private static Node node(Path root, Path first, HoconFiles.Merged merged) {
    String name = root.relativize(first).toString().replace('\\', '/');
    Origin top = new Origin(new SourceFile(name, ""), 1, 1, 1);
    return Node.root(merged.root(), merged.places(), top);
  }

  /** All files with the ending, at any depth, by path; none if there is no such folder. */
  private static List<Path> confFiles(Path folder, Problems problems) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(file -> file.toString().endsWith(ENDING))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      problems.add(
          null,
          "the folder %s can't be read: %s".formatted(folder, e.getMessage()),
          "it and all folders in it must be such as you may read");
      return List.of();
    }
  }
}
