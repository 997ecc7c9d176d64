/**
 * The time contract a second time, in plain Java over lists and maps, without Spark and without a
 * look at the engine: {@link dev.tidemark.oracle.Oracle}. With it come random cases ({@link
 * dev.tidemark.oracle.RandomCases}) and what makes a failing one small ({@link
 * dev.tidemark.oracle.Shrinker}).
 *
 * <p>A row is a map from column names to {@code Long}, {@code Double}, {@code BigDecimal}, {@code
 * String} or null; times are {@code Long}, UTC microseconds.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.oracle;
