package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What the documentation tells people to type is what the tools take. */
class DocsTest {
  private static final Path ROOT = Subprocess.root();

  /** What may stand in a block of shell beside Tidemark's own commands, and what tries it. */
  private static final Map<String, String> TRIED =
      Map.of(
          "./mvnw verify", ".ci/run",
          "./mvnw -DskipTests package", "the launcher, before LauncherIT");

  /** Pages that are followed line by line, with all that stands in their blocks. */
  private static final Map<String, String> FOLLOWED =
      Map.of("docs/orchestrators/airflow.md", "AirflowIT");

  /** One line of a fenced {@code sh} block. */
  record Shell(String file, int line, String command) {
    @Override
    public String toString() {
      return file + ":" + line + ": " + command;
    }
  }

  @Test
  void every_command_in_the_documentation_is_understood() throws IOException {
    List<Shell> all = documented();
    assertThat(all).hasSizeGreaterThan(10);
    List<String> wrong = new ArrayList<>();
    for (Shell shell : all) {
      String[] words = words(shell.command());
      if (words[0].equals("tidemark") || words[0].equals("jobs/bin/tidemark")) {
        reject(shell.toString(), Arrays.copyOfRange(words, 1, words.length), wrong);
      } else if (words[0].equals("spark-submit")) {
        reject(shell.toString(), afterJar(words), wrong);
      } else if (!TRIED.containsKey(shell.command()) && !FOLLOWED.containsKey(shell.file())) {
        wrong.add(shell + "\n  no test tries it");
      }
    }
    assertThat(String.join("\n", wrong)).isEmpty();
  }

  @Test
  void every_example_of_the_help_is_understood() {
    List<String> wrong = new ArrayList<>();
    CommandLine root = Commands.create(Terminal.ofProcess(Map.of()));
    Stream.concat(Stream.of(root), root.getSubcommands().values().stream())
        .flatMap(command -> Arrays.stream(command.getCommandSpec().usageMessage().footer()))
        .map(String::strip)
        .filter(example -> example.startsWith("tidemark "))
        // What stands behind three spaces or a shell's operator is not for us.
        .map(example -> example.split("   | [>|&]", 2)[0].strip())
        .forEach(
            example -> {
              String[] words = words(example);
              reject(example, Arrays.copyOfRange(words, 1, words.length), wrong);
            });
    assertThat(String.join("\n", wrong)).isEmpty();
  }

  @Test
  void the_first_test_command_of_the_readme_is_what_ci_runs() throws IOException {
    Path readme = ROOT.resolve("README.md");
    assertThat(commands(readme)).extracting(Shell::command).contains("./mvnw verify");
    assertThat(Files.readString(ROOT.resolve(".ci/run"))).contains("exec ./mvnw verify\n");
  }

  @Test
  void every_link_to_a_file_leads_somewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path file : pages()) {
      java.util.regex.Matcher link =
          java.util.regex.Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)")
              .matcher(Files.readString(file));
      while (link.find()) {
        if (!Files.exists(file.resolveSibling(link.group(1)))) {
          broken.add(ROOT.relativize(file) + ": " + link.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static void reject(String where, String[] arguments, List<String> wrong) {
    try {
      Commands.create(Terminal.ofProcess(Map.of())).parseArgs(arguments);
    } catch (ParameterException e) {
      wrong.add(where + "\n  " + e.getMessage());
    }
  }

  private static String[] afterJar(String[] words) {
    for (int i = 0; i < words.length; i++) {
      if (words[i].endsWith(".jar")) {
        return Arrays.copyOfRange(words, i + 1, words.length);
      }
    }
    return new String[] {"no jar"};
  }

  /** Splits at spaces; the documentation quotes nothing with a space in it. */
  private static String[] words(String command) {
    return command.replace("'", "").split(" +", -1);
  }

  private static List<Shell> documented() throws IOException {
    List<Shell> all = new ArrayList<>();
    for (Path page : pages()) {
      all.addAll(commands(page));
    }
    return all;
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  private static List<Shell> commands(Path page) throws IOException {
    List<Shell> found = new ArrayList<>();
    List<String> lines = Files.readAllLines(page);
    boolean inside = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.startsWith("```")) {
        inside = !inside && line.equals("```sh");
      } else if (inside && !line.isEmpty() && !line.startsWith("#")) {
        found.add(new Shell(ROOT.relativize(page).toString(), i + 1, line));
      }
    }
    return found;
  }
}
