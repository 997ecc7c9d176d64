/**
 * Measures the point-in-time engine beside what its users would write without it.
 *
 * <p>In: a {@link dev.tidemark.bench.Grid} of workloads and sizes. Out: for each of them the times
 * of every formulation over the same files, whether their results are the same row by row, and
 * whether Tidemark reached its bars.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.bench;
