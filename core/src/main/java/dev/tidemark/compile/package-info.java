/**
 * From a planned resource to a Spark Dataset.
 *
 * <p>In: {@code plan}'s resolved resources and a session. Out: Datasets that use {@code pit}, and
 * every problem that Spark's analyzer finds in the definitions' SQL, mapped back to file and line,
 * before anything runs; and what each column is made of. The one place that knows both definitions
 * and Spark. Depends on {@code definition}, {@code plan} and {@code pit}.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.compile;
