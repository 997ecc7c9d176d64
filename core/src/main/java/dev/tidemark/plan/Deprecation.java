package dev.tidemark.plan;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That a variant is not to be used any more.
 *
 * @param since when that was said
 * @param by who said it
 * @param successor the id of what to use instead; null: nothing takes its place
 * @param until from then on nobody should use it; null: at once
 * @param reason why, for people
 */
public record Deprecation(
    Instant since,
    String by,
    @Nullable String successor,
    @Nullable Instant until,
    @Nullable String reason) {}
