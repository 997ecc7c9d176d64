package dev.tidemark.plan;

import dev.tidemark.definition.Provider;

/**
 * One table that a task writes.
 *
 * @param provider whose table it is
 * @param name the table's name inside the provider's database, such as {@code fraud_v1}
 */
public record Target(Provider provider, String name) {}
