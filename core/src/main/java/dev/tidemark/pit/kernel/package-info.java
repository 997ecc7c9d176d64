/**
 * The arithmetic of point-in-time lookups over primitive arrays.
 *
 * <p>In: the keys and times of a spine as numbers, then events one by one, in any order. Out: for
 * each key and time what its windows hold. Keys are dense numbers, times are microseconds, and all
 * arrays are indexed by slots, which {@link dev.tidemark.pit.kernel.Slots} cuts. Knows no Spark
 * type and depends on nothing.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.pit.kernel;
