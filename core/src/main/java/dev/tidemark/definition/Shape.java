package dev.tidemark.definition;

import java.util.List;
import java.util.Optional;

/**
 * The keys of one kind of object, in the order the reference lists them.
 *
 * @param title such as {@code source}
 * @param keys all that may be written
 */
record Shape(String title, List<Key> keys) {

  /**
   * One key.
   *
   * @param required false: may be left out
   * @param says what it means, a sentence for the reference and for editors
   */
  record Key(String name, ValueType type, boolean required, String says) {}

  List<String> names() {
    return keys.stream().map(Key::name).toList();
  }

  Optional<Key> key(String name) {
    return keys.stream().filter(key -> key.name().equals(name)).findFirst();
  }
}
