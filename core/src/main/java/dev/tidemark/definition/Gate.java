package dev.tidemark.definition;

import org.jspecify.annotations.Nullable;

/**
 * A check that a build must pass before it commits.
 *
 * @param column an output column, or null for the row count
 * @param min least value (or least number of rows), or null
 * @param max greatest value (or number of rows), or null
 * @param maxNulls greatest share of nulls, 0 to 1, or null
 */
public record Gate(
    @Nullable String column,
    @Nullable Double min,
    @Nullable Double max,
    @Nullable Double maxNulls,
    Origin origin) {}
