/** Benchmarks of the engine's arithmetic, run by {@code bench/bin/bench kernel}. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.bench.kernel;
