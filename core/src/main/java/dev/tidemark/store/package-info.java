/**
 * Offline tables.
 *
 * <p>In: a Dataset, a {@link dev.tidemark.plan.Target} and what the commit is to say of itself.
 * Out: one atomic commit to an Iceberg or Delta table, or a conflict, or an unknown outcome; what
 * rows are in a few numbers; manifests as files; and the tables of Tidemark's own: run history,
 * registry, audit log. Depends on {@code plan}; knows nothing of how rows are computed.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.store;
