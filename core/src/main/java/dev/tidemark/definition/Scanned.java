package dev.tidemark.definition;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a HOCON text and the place of all its parts; what the parts mean is Typesafe
 * Config's to say.
 */
final class Scanned {
  private Scanned() {}

  /** The inside of an object, or of a file. */
  record Body(List<Item> items) {}

  sealed interface Item permits Field, Include {
    <R> R match(Function<Field, R> field, Function<Include, R> include);
  }

  /**
   * {@code a.b = value}.
   *
   * @param path the key, a step a name
   * @param append true for {@code +=}
   */
  record Field(List<Key> path, boolean append, Value value) implements Item {
    @Override
    public <R> R match(Function<Field, R> field, Function<Include, R> include) {
      return field.apply(this);
    }
  }

  record Key(String name, Origin origin) {}

  /** {@code include "file"}; the path is absolute. */
  record Include(Path file, Origin origin) implements Item {
    @Override
    public <R> R match(Function<Field, R> field, Function<Include, R> include) {
      return include.apply(this);
    }
  }

  /**
   * What stands after a key or in a list: parts that HOCON concatenates.
   *
   * @param origin its first part, as far as that is on one line
   * @param lastLine the line it ends on
   */
  record Value(Origin origin, List<Part> parts, int lastLine) {

    /** The substitution that is all of it, or null. */
    @Nullable Substitution alone() {
      return parts.size() == 1
          ? parts.get(0).match(braces -> null, brackets -> null, found -> found, text -> null)
          : null;
    }

    /** The text that is all of it, or null. */
    @Nullable Text text() {
      return parts.size() == 1
          ? parts.get(0).match(braces -> null, brackets -> null, found -> null, text -> text)
          : null;
    }
  }

  sealed interface Part permits Braces, Brackets, Substitution, Text {
    <R> R match(
        Function<Braces, R> braces,
        Function<Brackets, R> brackets,
        Function<Substitution, R> substitution,
        Function<Text, R> text);
  }

  record Braces(Body body) implements Part {
    @Override
    public <R> R match(
        Function<Braces, R> braces,
        Function<Brackets, R> brackets,
        Function<Substitution, R> substitution,
        Function<Text, R> text) {
      return braces.apply(this);
    }
  }

  record Brackets(List<Value> elements) implements Part {
    @Override
    public <R> R match(
        Function<Braces, R> braces,
        Function<Brackets, R> brackets,
        Function<Substitution, R> substitution,
        Function<Text, R> text) {
      return brackets.apply(this);
    }
  }

  record Substitution(List<String> path, boolean optional, Origin origin) implements Part {
    @Override
    public <R> R match(
        Function<Braces, R> braces,
        Function<Brackets, R> brackets,
        Function<Substitution, R> substitution,
        Function<Text, R> text) {
      return substitution.apply(this);
    }
  }

  /** A quoted or unquoted string; {@code content} is without quotes and with escapes as written. */
  record Text(String content, Origin origin) implements Part {
    @Override
    public <R> R match(
        Function<Braces, R> braces,
        Function<Brackets, R> brackets,
        Function<Substitution, R> substitution,
        Function<Text, R> text) {
      return text.apply(this);
    }
  }
}
