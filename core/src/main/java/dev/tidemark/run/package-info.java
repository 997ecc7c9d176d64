/**
 * Runs one task of a plan, from compile to commit.
 *
 * <p>In: a {@link dev.tidemark.plan.Task} and an environment. Out: committed tables and a report:
 * rows, tables, snapshots, seconds; or an error with its exit code. Beside tasks: changes of the
 * registry, the audit log, and what is known of resources ({@link dev.tidemark.run.Catalogue}).
 * Opens the Spark session. Depends on all other packages of core.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.run;
