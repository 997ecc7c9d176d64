/**
 * What tests share: one Spark session ({@link dev.tidemark.testkit.SparkTest}), Datasets from and
 * as text tables ({@link dev.tidemark.testkit.TextTable}) and golden files ({@link
 * dev.tidemark.testkit.Golden}).
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.testkit;
