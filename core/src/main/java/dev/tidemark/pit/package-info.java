/**
 * The point-in-time engine.
 *
 * <p>In: a {@link dev.tidemark.pit.PointInTimeJoin}, that is a spine and, a feature view, a {@link
 * dev.tidemark.pit.Lookup} of prepared events and the columns wanted of them. Out: the spine's
 * rows, each once, with those columns as of its as-of time. The time contract (docs/time.md) is
 * kept here. Depends on Spark only; knows no definitions, no files, no tables.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.pit;
