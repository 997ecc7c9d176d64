package dev.tidemark.definition;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where offline tables are written.
 *
 * @param name such as {@code lake}
 * @param format of its tables
 * @param catalog the Spark catalog that its tables are found in; null for Delta tables that have a
 *     path only, never null for Iceberg
 * @param warehouse a path or URI; relative to the project
 * @param database the namespace of its tables
 * @param options further properties of an Iceberg catalog, as Iceberg names them
 */
public record Provider(
    String name,
    TableFormat format,
    @Nullable String catalog,
    String warehouse,
    String database,
    Map<String, String> options,
    Origin origin) {

  /** What a provider's tables are. */
  public enum TableFormat {
    ICEBERG,
    DELTA;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Provider {
    options = Map.copyOf(options);
    if (format == TableFormat.ICEBERG && catalog == null) {
      throw new IllegalArgumentException("an Iceberg provider without a catalog");
    }
  }

  /**
   * True if where a table is follows from its name: under the warehouse. Else a catalog alone
   * knows.
   */
  public boolean isOfFolders() {
    return format == TableFormat.DELTA
        || (!options.containsKey("catalog-impl")
            && options.getOrDefault("type", "hadoop").equalsIgnoreCase("hadoop"));
  }
}
