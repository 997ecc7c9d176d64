package dev.tidemark.definition;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The keys of one kind of object, in the order the reference lists them, and which of them go
 * together.
 *
 * @param title such as {@code source}
 * @param keys all that may be written
 * @param rules which keys need or exclude each other
 */
record Shape(String title, List<Key> keys, List<Rule> rules) {

  /**
   * One key.
   *
   * @param required false: may be left out
   * @param says what it means, a sentence for the reference and for editors
   */
  record Key(String name, ValueType type, boolean required, String says) {}

  /** Which keys go together, whatever their values. */
  sealed interface Rule permits OneOf, AnyOf, Needs, Excludes {
    <R> R match(
        Function<OneOf, R> oneOf,
        Function<AnyOf, R> anyOf,
        Function<Needs, R> needs,
        Function<Excludes, R> excludes);
  }

  /**
   * Exactly one of the keys must be there.
   *
   * @param example shown where there is none
   */
  record OneOf(List<String> keys, String example) implements Rule {
    @Override
    public <R> R match(
        Function<OneOf, R> oneOf,
        Function<AnyOf, R> anyOf,
        Function<Needs, R> needs,
        Function<Excludes, R> excludes) {
      return oneOf.apply(this);
    }
  }

  /**
   * At least one of the keys must be there.
   *
   * @param example shown where there is none
   */
  record AnyOf(List<String> keys, String example) implements Rule {
    @Override
    public <R> R match(
        Function<OneOf, R> oneOf,
        Function<AnyOf, R> anyOf,
        Function<Needs, R> needs,
        Function<Excludes, R> excludes) {
      return anyOf.apply(this);
    }
  }

  /**
   * A key that means something only beside another.
   *
   * @param example shown where the other is not there
   */
  record Needs(String key, String other, String example) implements Rule {
    @Override
    public <R> R match(
        Function<OneOf, R> oneOf,
        Function<AnyOf, R> anyOf,
        Function<Needs, R> needs,
        Function<Excludes, R> excludes) {
      return needs.apply(this);
    }
  }

  /**
   * Two keys that can't both be there.
   *
   * @param why shown where they are
   */
  record Excludes(String key, String other, String why) implements Rule {
    @Override
    public <R> R match(
        Function<OneOf, R> oneOf,
        Function<AnyOf, R> anyOf,
        Function<Needs, R> needs,
        Function<Excludes, R> excludes) {
      return excludes.apply(this);
    }
  }

  List<String> names() {
    return keys.stream().map(Key::name).toList();
  }

  Optional<Key> key(String name) {
    return keys.stream().filter(key -> key.name().equals(name)).findFirst();
  }
}
