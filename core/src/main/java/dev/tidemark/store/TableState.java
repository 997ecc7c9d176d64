package dev.tidemark.store;

import org.jspecify.annotations.Nullable;

/**
 * Which table there is under a name, and at which commit.
 *
 * @param tableId drawn when the table was made, so that one that was dropped and made anew is told
 *     from it; null: there is none
 * @param snapshot the Iceberg snapshot id, or the Delta version; null: nothing is committed yet
 */
public record TableState(@Nullable String tableId, @Nullable String snapshot) {}
