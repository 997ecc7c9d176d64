package dev.tidemark.definition;

/**
 * Which column holds an entity's key.
 *
 * @param key the entity's key column
 * @param column the column of the source (or of the spine, for a role) that holds it
 * @param origin where it is written
 */
public record KeyMapping(String key, Named column, Origin origin) {}
