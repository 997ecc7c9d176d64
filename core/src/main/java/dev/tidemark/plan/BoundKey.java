package dev.tidemark.plan;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Named;

/**
 * A key column of a spine or of a view's events.
 *
 * @param key the entity's key column: name and declared type
 * @param column the source column that holds it, and where that is said
 */
public record BoundKey(Column key, Named column) {}
