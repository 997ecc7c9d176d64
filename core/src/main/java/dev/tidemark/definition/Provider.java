package dev.tidemark.definition;

import java.util.Locale;
import java.util.Map;

/**
 * Where offline tables are written.
 *
 * @param name such as {@code lake}
 * @param format of its tables
 * @param catalog the Spark catalog its tables live in: {@code spark_catalog} for Delta by path
 * @param warehouse a path or URI; relative to the project
 * @param database the namespace of its tables
 * @param options further properties of the catalog, as Iceberg or Delta name them
 */
public record Provider(
    String name,
    TableFormat format,
    String catalog,
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
  }
}
