package dev.tidemark.plan;

/**
 * A column of a resource.
 *
 * @param resource its id; of what no definition names, a table's name
 * @param column its name
 */
public record ColumnRef(String resource, String column) implements Comparable<ColumnRef> {

  @Override
  public int compareTo(ColumnRef other) {
    int byResource = resource.compareTo(other.resource);
    return byResource == 0 ? column.compareTo(other.column) : byResource;
  }

  /** Both, with a dot between. */
  @Override
  public String toString() {
    return resource + "." + column;
  }
}
