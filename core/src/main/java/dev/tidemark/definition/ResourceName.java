package dev.tidemark.definition;

/**
 * The full name of a resource other than an entity.
 *
 * @param kind its kind
 * @param name its name, such as {@code customer_spend}
 * @param variant its immutable version, such as {@code v2}
 */
public record ResourceName(Kind kind, String name, String variant)
    implements Comparable<ResourceName> {

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException for anything else, an entity's id for one
   */
  public static ResourceName of(String text) {
    String[] parts = text.split("\\.", 3);
    for (Kind kind : Kind.values()) {
      if (kind.key().equals(parts[0]) && parts.length == 3) {
        return new ResourceName(kind, parts[1], parts[2]);
      }
    }
    throw new IllegalArgumentException("no name of a resource: " + text);
  }

  /** {@code name.variant}, where the kind is understood. */
  public String shortName() {
    return name + "." + variant;
  }

  @Override
  public int compareTo(ResourceName other) {
    return toString().compareTo(other.toString());
  }

  /** {@code kind.name.variant}, as definitions write it. */
  @Override
  public String toString() {
    return kind.key() + "." + name + "." + variant;
  }
}
