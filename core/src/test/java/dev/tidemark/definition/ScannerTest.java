package dev.tidemark.definition;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever Typesafe Config reads has the place where it is written. */
class ScannerTest {
  @TempDir private Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a = 1",
        "{ a = 1 }",
        "\uFEFFa = 1",
        "a . b = 1",
        "\"a\" b = 1",
        "a \"b\" = 1",
        "a b.c d = 1",
        "a\n{ x = 1 }",
        "a = # comment\n 5",
        "a // comment = 2\n = 5",
        "a = x // comment",
        "a = \"x // no comment\" # comment",
        "1.5 = x",
        "a\u00A0= 1",
        "a = [1] [2]",
        "a = [ { x = 1 } { y = 2 } ]",
        "a.\"b.c\".d = 1",
        "a = { x = 1 } { y = 2 }",
        "a=1\r\nb=2\r\n",
        "a : { b : 1 }\n\"c\":[1,\n2\n,3]",
        "a = \"\"\"x\n\"y\"\"\"\"\nb = 1",
        "a = \"\"\"\"\"\"\nb = \"\"",
        "a = \t\u000B5",
        "b { x = 1, y = [1] }, a = ${b} { y = ${b.y} [2], z = 3 }",
        "b { x { y = 1 } }, a = ${ b . x }, a = ${b.x}",
        "a = foo bar ${b} baz, b = 5",
        "a += 1, a += 2",
        "a = [1], a = ${a} [2]",
        "a = {x = 1}, a = ${a} {y = 2}",
        "a = \"\\u0041\\n\\\"\"",
        "\"\\\"\" = 1",
        "a = \"\uD83D\uDE00\", \uD83D\uDE00 = b",
        "a { b { c = 1 } }, a.b.d = 2, a { b.e = 3 }",
        "x = null, y = true, z = 1e5",
        "a = ${?nothing}, b = [${?nothing}, 1]",
        "\"\" = 1",
        "include_me = 1\nincludes = 2",
      })
  void places_are_those_of_typesafe_config(String text) {
    check(text, true);
  }

  @Test
  void places_are_those_of_typesafe_config_for_random_texts() {
    Random random = new Random(20240501);
    int accepted = 0;
    for (int i = 0; i < 2_000; i++) {
      accepted += check(randomText(random), false) ? 1 : 0;
    }
    assertThat(accepted).isGreaterThan(500);
  }

  private static String randomText(Random random) {
    // What is referred to is not written over: self-reference has its own cases above.
    StringBuilder text = new StringBuilder("r { x = 1, y = [1, 2] }, l = [8, 9], t = q\n");
    int fields = 1 + random.nextInt(5);
    for (int i = 0; i < fields; i++) {
      field(random, text, 0);
      text.append(any(random, "\n", ",", ", ", "\n\n# c = 3\n", " // x { \n", "\r\n", "\n,\n"));
    }
    return text.toString();
  }

  private static void field(Random random, StringBuilder text, int depth) {
    int names = 1 + random.nextInt(3);
    for (int i = 0; i < names; i++) {
      text.append(i == 0 ? any(random, "", " ", "\t") : any(random, ".", " . ", "."));
      text.append(
          any(random, "a", "b", "c", "\"a\"", "\"d.e\"", "f g", "\"h\" i", "n7", "-", "\"\""));
    }
    int kind = random.nextInt(depth > 3 ? 6 : 10);
    if (kind > 7) {
      text.append(any(random, "", " ", "\n", " = ", ":", " # c\n"));
      object(random, text, depth);
    } else if (kind == 7) {
      text.append(any(random, " = ", ":", " += ", "\n=\n"));
      list(random, text, depth);
    } else {
      text.append(any(random, "=", " = ", ":", " += ", " = # c\n"));
      scalar(random, text);
    }
  }

  private static void object(Random random, StringBuilder text, int depth) {
    text.append(any(random, "{", "{ ", "{\n", "${?u} {", "${r} { ", "{ x = 1 } {", "{ # }\n"));
    int fields = random.nextInt(3);
    for (int i = 0; i < fields; i++) {
      field(random, text, depth + 1);
      text.append(any(random, "\n", ", ", ",\n", " # }\n"));
    }
    text.append(any(random, "}", " }", "\n}"));
  }

  private static void list(Random random, StringBuilder text, int depth) {
    text.append(any(random, "[", "[ ", "[\n", "${?u} [", "${l} [", "[9] [", "[ # ]\n"));
    int elements = random.nextInt(3);
    for (int i = 0; i < elements; i++) {
      if (random.nextInt(4) == 0) {
        object(random, text, depth + 1);
      } else {
        scalar(random, text);
      }
      text.append(any(random, "\n", ", ", ",\n", " # ]\n"));
    }
    text.append(any(random, "]", " ]", "\n]"));
  }

  private static void scalar(Random random, StringBuilder text) {
    int parts = 1 + random.nextInt(2);
    for (int i = 0; i < parts; i++) {
      text.append(i == 0 ? "" : any(random, " ", ""));
      text.append(
          any(
              random,
              "1",
              "x",
              "true",
              "null",
              "x y",
              "\"q\"",
              "\"{ # ${\"",
              "\"\"\"t\n} \"\"\"\"",
              "${t}",
              "${?r.x}",
              "${?u.v}",
              "${ t }",
              "\"\\\"\\\\\"",
              "7d",
              "\uD83D\uDE00",
              "a-b_c",
              "\"\""));
    }
  }

  private static String any(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** True if Typesafe Config accepts the text; then everything in it must have a place. */
  private boolean check(String text, boolean must) {
    Path file = new ProjectFolder(folder).file("x.conf", text).root().resolve("x.conf");
    Problems problems = new Problems();
    HoconFiles.Merged merged =
        HoconFiles.read(folder, List.of(file), HoconFiles.Use.DEFINITIONS, Map.of(), problems);
    boolean read =
        merged != null
            && problems.sorted().stream()
                .allMatch(
                    problem ->
                        problem.what().contains("written twice")
                            || problem.what().contains("nothing is defined"));
    if (must) {
      assertThat(read).as("%s: %s", text, problems.sorted()).isTrue();
    }
    if (read) {
      object(Objects.requireNonNull(merged).root(), merged.places().top(), text, List.of());
    }
    return read;
  }

  private static void object(
      ConfigObject object, Places.Place place, String text, List<String> path) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      List<String> longer = new ArrayList<>(path);
      longer.add(entry.getKey());
      Places.Place child = place.child(entry.getKey());
      assertThat(child).as("%s in\n%s", longer, text).isNotNull();
      Origin key = Objects.requireNonNull(Objects.requireNonNull(child).key());
      // White space around a dot belongs to the name, but not to its place.
      assertThat(unquoted(textAt(key)).strip())
          .as("%s in\n%s", longer, text)
          .isEqualTo(entry.getKey().strip());
      value(entry.getValue(), child, text, longer);
    }
  }

  private static void value(ConfigValue value, Places.Place place, String text, List<String> path) {
    if (!isResolved(value)) {
      return;
    }
    if (value.valueType() == ConfigValueType.OBJECT) {
      object((ConfigObject) value, place, text, path);
    } else if (value.valueType() == ConfigValueType.LIST) {
      ConfigList list = (ConfigList) value;
      assertThat(place.elements()).as("%s in\n%s", path, text).hasSize(list.size());
      for (int i = 0; i < list.size(); i++) {
        List<String> longer = new ArrayList<>(path);
        longer.add("[" + i + "]");
        value(list.get(i), place.elements().get(i), text, longer);
      }
    } else if (value.valueType() != ConfigValueType.NULL) {
      Scanned.Value written = place.written();
      assertThat(written).as("%s in\n%s", path, text).isNotNull();
      Scanned.Text literal = Objects.requireNonNull(written).text();
      if (literal != null && literal.content().indexOf('\\') < 0) {
        assertThat(literal.content())
            .as("%s in\n%s", path, text)
            .isEqualTo(value.atKey("x").getString("x"));
      }
    }
  }

  private static boolean isResolved(ConfigValue value) {
    try {
      value.unwrapped();
      return true;
    } catch (com.typesafe.config.ConfigException.NotResolved e) {
      return false;
    }
  }

  private static String textAt(Origin origin) {
    String line = origin.file().line(origin.line());
    int start = origin.column() - 1;
    return line.substring(
        Math.min(start, line.length()), Math.min(start + origin.length(), line.length()));
  }

  /** A name as written, without quotes. */
  private static String unquoted(String key) {
    return key.replace("\\\"", "\0").replace("\"", "").replace('\0', '"');
  }
}
