package dev.tidemark.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a file holds, reading it ends, with definitions or with problems. */
class RobustnessTest {
  private static final List<String> TOKENS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "=",
          ":",
          ",",
          "\n",
          "\r\n",
          "\t",
          " ",
          ".",
          "\"",
          "\"\"\"",
          "#",
          "//",
          "${",
          "${?",
          "+=",
          "$",
          "\\",
          "\0",
          "\uFEFF",
          "\uD83D\uDE00",
          "é",
          "include \"x.conf\"\n",
          "include file(\"a.conf\")\n",
          "null",
          "true",
          "1e999",
          "-1",
          "7d",
          "unbounded",
          "a",
          "b",
          "entities.customer",
          "sources.payments.v1",
          "feature-views",
          "features",
          "training-sets",
          "keys",
          "event-time",
          "static",
          "windows",
          "aggregate",
          "value",
          "tests",
          "given",
          "${a}",
          "${sources.payments.v1}",
          "${?feature-views.customer_spend.v1}",
          "__tidemark_x");

  @TempDir private Path folder = Path.of("");
  private ProjectFolder project = new ProjectFolder(folder);

  @BeforeEach
  void makeProject() {
    project = new ProjectFolder(folder);
  }

  @Test
  void random_bytes_are_read_or_refused() {
    everyOne(600, random -> bytes(random, random.nextInt(200)));
  }

  @Test
  void random_sequences_of_tokens_are_read_or_refused() {
    everyOne(
        1_200,
        random -> {
          StringBuilder text = new StringBuilder();
          for (int i = random.nextInt(60); i > 0; i--) {
            text.append(TOKENS.get(random.nextInt(TOKENS.size())));
          }
          return text.toString().getBytes(StandardCharsets.UTF_8);
        });
  }

  @Test
  void the_design_example_with_mistakes_is_read_or_refused() throws IOException {
    String example = Files.readString(Path.of("src/test/resources/design/definitions/design.conf"));
    everyOne(800, random -> mutated(example, random).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void an_environment_with_mistakes_is_read_or_refused() {
    String example =
        """
        providers {
          lake { format = iceberg, catalog = tidemark, warehouse = ".tidemark/warehouse", options { token = ${?T}, a.b = 1 } }
          delta { format = delta, warehouse = ".tidemark/delta", database = features }
        }
        write-to = [lake, delta], registry = lake
        spark { "spark.sql.shuffle.partitions" = 8, ui { enabled = false } }
        """;
    project.file("definitions/a.conf", "entities.customer { keys { id = bigint } }");
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      project.file("env/prod.conf", mutated(example, random));
      project.problems("prod");
    }
  }

  private static String mutated(String example, Random random) {
    StringBuilder text = new StringBuilder(example);
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + random.nextInt(30));
      switch (random.nextInt(5)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
        case 2 -> text.replace(at, end, TOKENS.get(random.nextInt(TOKENS.size())));
        case 3 -> text.insert(at, text.substring(at, end));
        default -> text.insert(random.nextInt(text.length()), text.substring(at, end));
      }
    }
    return text.toString();
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** The seed of a failing input is in the message, so that it can be had again. */
  private void everyOne(int cases, Function<Random, byte[]> input) {
    for (int seed = 0; seed < cases; seed++) {
      byte[] content = input.apply(new Random(seed));
      try {
        read(content);
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        fail("seed " + seed + ":\n" + new String(content, StandardCharsets.UTF_8), e);
      }
    }
  }

  private void read(byte[] content) {
    project.file("definitions/a.conf", content);
    project.problems("local");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[",
        "a{",
        "a=[",
        "a=[{",
        "{a:",
        "${",
        "\"",
        "\"\"\"",
        "a.",
        "#{\n",
        "a=${b}{",
        "a=",
        "include \"b\"\n",
        ",",
        "}",
        "]",
        "\\",
        "a=b ",
        "a+=",
        "[]",
        "a=1\n",
        "sources.a.v1{b{"
      })
  void ten_thousand_of_anything_are_read_or_refused(String token) {
    project.file("definitions/a.conf", token.repeat(10_000));
    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> project.problems("local"));
  }

  @Test
  void nesting_is_refused_long_before_the_stack_ends() {
    assertThatThrownBy(() -> project.definitions("a" + "{a".repeat(10_000)))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("nested more than");
  }

  @Test
  void a_value_of_a_megabyte_is_a_value() {
    Definitions read =
        project.definitions(
            "entities.a { keys { id = int }, description = \"" + "x".repeat(1 << 20) + "\" }");
    assertThat(read.entities().get(0).about().description()).hasSize(1 << 20);
  }

  @Test
  void a_file_of_many_megabytes_is_no_definition() {
    assertThatThrownBy(() -> project.definitions("#".repeat(9 << 20)))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("more than a definition file can have");
  }

  @Test
  void a_long_chain_of_substitutions_is_followed_or_refused() {
    StringBuilder text = new StringBuilder("sources.s0.v1 { table = t, event-time = t }\n");
    for (int i = 1; i < 1_000; i++) {
      text.append("sources.s%d.v1 = ${sources.s%d.v1}\n".formatted(i, i - 1));
    }
    project.file("definitions/a.conf", text.toString());
    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> project.problems("local"));
  }

  @Test
  void values_that_double_at_each_step_are_refused_before_they_fill_the_memory() {
    StringBuilder text = new StringBuilder("sources.a.v1 { properties { p = x\n");
    for (int i = 0; i < 100; i++) {
      text.append("p = ${?sources.a.v1.properties.p}${?sources.a.v1.properties.p}\n");
    }
    project.file("definitions/a.conf", text.append("}}").toString());
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> assertThat(project.problems("local")).contains("the substitutions would make"));
  }

  @Test
  void a_thousand_definitions_are_read_in_seconds() {
    StringBuilder text = new StringBuilder("entities.customer { keys { id = bigint } }\n");
    for (int i = 0; i < 1_000; i++) {
      text.append(
          """
          sources.s%1$d.v1 { table = raw.s%1$d, event-time = at, delay = 1h, owner = me }
          feature-views.f%1$d.v1 { entity = customer, source = sources.s%1$d.v1
            features { a { value = x }, b { aggregate = "sum(y)", windows = [1d, 7d, 30d] } } }
          feature-views.f%1$d.v2 = ${feature-views.f%1$d.v1} { ttl = 7d }
          """
              .formatted(i));
    }
    Definitions read =
        assertTimeoutPreemptively(
            Duration.ofSeconds(30), () -> project.definitions(text.toString()));
    assertThat(read.featureViews()).hasSize(2_000);
  }

  @Test
  void line_ends_tabs_and_a_byte_order_mark_make_no_difference() {
    String text =
        "entities.customer {\n\tkeys {\n\t\tid = bigint\n\t}\n\tdescription = \"\"\"two\nlines\"\"\"\n}\n";
    Entity unix = project.definitions(text).entities().get(0);
    Entity windows = project.definitions("\uFEFF" + text.replace("\n", "\r\n")).entities().get(0);
    assertThat(windows.keys().get(0).type()).isEqualTo(unix.keys().get(0).type());
    assertThat(windows.keys().get(0).origin().line()).isEqualTo(3);
    assertThat(windows.keys().get(0).origin().column()).isEqualTo(3);
    assertThatThrownBy(() -> project.definitions("\tentities.customer {\r\n\t\tkyes { }\r\n}\r\n"))
        .hasMessageContaining("2 | \t\tkyes { }\n    | \t\t^^^^");
  }

  @Test
  void other_encodings_are_refused() {
    project.file("definitions/a.conf", "owner = é".getBytes(StandardCharsets.ISO_8859_1));
    project.file("definitions/b.conf", "a = 1".getBytes(StandardCharsets.UTF_16));
    assertThat(project.problems("local"))
        .contains("definitions/a.conf is not UTF-8 text")
        .contains("definitions/b.conf is not UTF-8 text");
  }

  @Test
  void a_project_without_definitions_is_told_what_to_do() {
    assertThat(project.problems("local")).contains("no definitions in").contains("tidemark init");
    assertThatThrownBy(() -> ProjectReader.read(folder.resolve("none"), "local"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("no project folder");
    project.file("definitions", "a file");
    assertThat(project.problems("local")).contains("no definitions in");
  }
}
