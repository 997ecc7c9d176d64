/**
 * From definitions to what is to be done.
 *
 * <p>In: {@link dev.tidemark.definition.Definitions}. Out: the resolved graph ({@link
 * dev.tidemark.plan.Graph}), semantic hashes ({@link dev.tidemark.plan.Fingerprint}), the tasks of
 * a command as data ({@link dev.tidemark.plan.Task}), the rules of time in words; how a project
 * differs from what is registered, who may use it ({@link dev.tidemark.plan.Access}), what is made
 * of what ({@link dev.tidemark.plan.Links}), and what is found by words ({@link
 * dev.tidemark.plan.Search}). Planning has no side effects. Depends on {@code definition}; knows no
 * Spark.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.plan;
