/**
 * The definition language.
 *
 * <p>In: HOCON files of a project ({@code definitions/**}, {@code env/*}). Out: immutable records
 * and sealed types, each with its {@link dev.tidemark.definition.Origin}, or all problems of all
 * files at once. Depends on Typesafe Config only; knows no Spark and nothing else of Tidemark.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.definition;
