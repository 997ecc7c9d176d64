package dev.tidemark.definition;

/**
 * A use of another resource.
 *
 * @param to the resource that is meant; whether it exists is for the resolver to say
 * @param origin where it is used
 */
public record Reference(ResourceName to, Origin origin) {
  @Override
  public String toString() {
    return to.toString();
  }
}
