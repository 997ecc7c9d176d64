package dev.tidemark.definition;

/**
 * A name where somebody used it: of a column, an entity, an option.
 *
 * @param name as written
 * @param origin where
 */
public record Named(String name, Origin origin) {
  @Override
  public String toString() {
    return name;
  }
}
