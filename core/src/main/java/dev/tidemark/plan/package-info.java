/**
 * From definitions to what is to be done.
 *
 * <p>In: {@link dev.tidemark.definition.Definitions}. Out: the resolved graph ({@link
 * dev.tidemark.plan.Graph}), semantic hashes ({@link dev.tidemark.plan.Fingerprint}), the tasks of
 * a command as data ({@link dev.tidemark.plan.Task}), and the rules of time in words. Planning has
 * no side effects. Depends on {@code definition}; knows no Spark.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.plan;
