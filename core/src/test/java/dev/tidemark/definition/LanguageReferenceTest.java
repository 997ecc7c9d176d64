package dev.tidemark.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The tables of {@code docs/language.md} are those of the language. {@code -Dgolden.update=true}
 * writes them.
 */
class LanguageReferenceTest {
  private static final Path PAGE = Path.of("..", "docs", "language.md");

  private static final Pattern TABLE =
      Pattern.compile("<!-- keys of ([a-z -]+) -->\n(.*?)<!-- end -->", Pattern.DOTALL);

  @Test
  void every_key_of_the_language_is_in_the_reference() throws IOException {
    String page = Files.readString(PAGE);
    Map<String, Shape> shapes = shapes();
    StringBuilder current = new StringBuilder();
    Matcher table = TABLE.matcher(page);
    while (table.find()) {
      Shape shape = shapes.remove(table.group(1));
      assertThat(shape).as("`%s` in %s", table.group(1), PAGE).isNotNull();
      if (shape != null) {
        String written =
            "<!-- keys of %s -->\n%s<!-- end -->".formatted(shape.title(), keys(shape));
        table.appendReplacement(current, Matcher.quoteReplacement(written));
      }
    }
    table.appendTail(current);
    assertThat(shapes.keySet()).as("kinds without a table in %s", PAGE).isEmpty();
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, current);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(current.toString());
  }

  private static String keys(Shape shape) {
    StringBuilder rows = new StringBuilder("\n| key | value | |\n|---|---|---|\n");
    for (Shape.Key key : shape.keys()) {
      rows.append(
          "| `%s`%s | %s | %s |\n"
              .formatted(
                  key.name(), key.required() ? " (required)" : "", value(key.type()), key.says()));
    }
    rows.append('\n');
    for (Shape.Rule rule : shape.rules()) {
      rows.append("- ").append(rule(rule)).append('\n');
    }
    return rows.append(shape.rules().isEmpty() ? "" : "\n").toString().replace("\n\n\n", "\n\n");
  }

  private static String value(ValueType type) {
    if (type instanceof ValueType.ObjectOf object) {
      return "an object, see [%s](#%s)"
          .formatted(object.shape().title(), object.shape().title().replace(' ', '-'));
    }
    if (type instanceof ValueType.MapOf map) {
      return "names, each with: " + value(map.value());
    }
    if (type instanceof ValueType.ListOf list) {
      return "a list of: " + value(list.element());
    }
    if (type instanceof ValueType.Either either) {
      return value(either.scalar()) + "; or " + value(either.object());
    }
    if (type instanceof ValueType.Choice choice) {
      return String.join(" or ", choice.words().stream().map(word -> "`" + word + "`").toList());
    }
    if (type instanceof ValueType.Ref ref) {
      return String.join(
          " or ", ref.kinds().stream().map(kind -> "`" + kind.key() + ".name.v1`").toList());
    }
    return type.expected();
  }

  private static String rule(Shape.Rule rule) {
    return rule.match(
        oneOf -> "Exactly one of %s.".formatted(quoted(oneOf.keys())),
        anyOf -> "At least one of %s.".formatted(quoted(anyOf.keys())),
        needs -> "`%s` needs `%s`.".formatted(needs.key(), needs.other()),
        excludes -> "Not both `%s` and `%s`.".formatted(excludes.key(), excludes.other()));
  }

  private static String quoted(List<String> keys) {
    return String.join(", ", keys.stream().map(key -> "`" + key + "`").toList());
  }

  /** All shapes that a file can hold, by title. */
  private static Map<String, Shape> shapes() {
    Map<String, Shape> found = new LinkedHashMap<>();
    Deque<Shape> open = new ArrayDeque<>();
    Stream.of(Kind.values()).map(Language::shape).forEach(open::add);
    open.add(Language.TEST);
    open.add(Language.ENVIRONMENT);
    open.add(Language.POLICY);
    while (!open.isEmpty()) {
      Shape shape = open.remove();
      if (found.put(shape.title(), shape) == null) {
        shape.keys().forEach(key -> inside(key.type(), open));
      }
    }
    return found;
  }

  private static void inside(ValueType type, Deque<Shape> open) {
    if (type instanceof ValueType.ObjectOf object) {
      open.add(object.shape());
    } else if (type instanceof ValueType.MapOf map) {
      inside(map.value(), open);
    } else if (type instanceof ValueType.ListOf list) {
      inside(list.element(), open);
    } else if (type instanceof ValueType.Either either) {
      inside(either.object(), open);
    }
  }
}
