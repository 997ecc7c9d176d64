/**
 * A command of Tidemark as an external process of Dagster, by its Pipes protocol, version 0.1.
 *
 * <p>In: the variables {@code DAGSTER_PIPES_CONTEXT} and {@code DAGSTER_PIPES_MESSAGES} of the
 * environment, and what tasks did. Out: messages, one JSON object a line, in the file or on the
 * stream that Dagster named. Whatever is wrong with either is a warning: no run fails by it.
 * Depends on {@code run}; manifests are read by their published schema.
 *
 * <p>The protocol as of the package {@code dagster-pipes} 1.13 (its {@code __init__.py} is its
 * specification).
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.jobs.dagster;
