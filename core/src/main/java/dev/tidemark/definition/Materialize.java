package dev.tidemark.definition;

import java.time.Instant;

/**
 * When a view's values are written: at {@code start}, and every {@code every} from there on.
 *
 * @param every the distance of two ticks
 * @param start the first tick
 */
public record Materialize(Span every, Instant start, Origin origin) {}
