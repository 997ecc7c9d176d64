package dev.tidemark.definition;

import java.util.List;

/** What may stand as a value in a definition file. */
sealed interface ValueType {

  /** Follows "rather than", as in: a duration such as 7d. */
  String expected();

  /** A scalar that is read as text and checked by {@link Scalar}. */
  record Of(Scalar scalar) implements ValueType {
    @Override
    public String expected() {
      return scalar.expected();
    }
  }

  /** One of a few words. */
  record Choice(List<String> words) implements ValueType {
    @Override
    public String expected() {
      return words.size() == 1 ? "`" + words.get(0) + "`" : "one of " + String.join(", ", words);
    }
  }

  /** {@code kind.name.variant} of one of these kinds. */
  record Ref(List<Kind> kinds) implements ValueType {
    @Override
    public String expected() {
      return "a reference such as "
          + String.join(" or ", kinds.stream().map(kind -> kind.key() + ".name.v1").toList());
    }
  }

  /**
   * A list.
   *
   * @param some true: not an empty one
   */
  record ListOf(ValueType element, boolean some) implements ValueType {
    @Override
    public String expected() {
      return "a list, each element " + element.expected();
    }
  }

  /**
   * An object whose keys the user chooses.
   *
   * @param some true: not an empty one
   */
  record MapOf(Scalar key, ValueType value, boolean some) implements ValueType {
    @Override
    public String expected() {
      return "an object { name = " + value.expected() + " }";
    }
  }

  /** Texts under dotted keys, which may be written as nested objects too. */
  record Settings() implements ValueType {
    @Override
    public String expected() {
      return "an object { name = text }";
    }
  }

  /** An object with known keys. */
  record ObjectOf(Shape shape) implements ValueType {
    @Override
    public String expected() {
      return "an object { " + String.join(", ", shape.names()) + " }";
    }
  }

  /** A scalar of the first kind or an object of the second. */
  record Either(ValueType scalar, ValueType object) implements ValueType {
    @Override
    public String expected() {
      return scalar.expected() + " or " + object.expected();
    }
  }

  /** Anything: given and expected values of tests. */
  record Anything() implements ValueType {
    @Override
    public String expected() {
      return "a value";
    }
  }
}
