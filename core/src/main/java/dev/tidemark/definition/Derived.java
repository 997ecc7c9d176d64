package dev.tidemark.definition;

/**
 * A column computed from others of the same output row.
 *
 * @param expression row-level Spark SQL over the view's features, or a training set's kept columns
 *     and features, and derived columns written before it
 */
public record Derived(String name, Sql expression, Origin origin) {}
