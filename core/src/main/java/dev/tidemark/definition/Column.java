package dev.tidemark.definition;

/**
 * A column with its declared type.
 *
 * @param name the column's name
 * @param type a Spark SQL type as written, such as {@code bigint} or {@code decimal(12,2)}
 * @param origin where it is declared
 */
public record Column(String name, String type, Origin origin) {}
