/**
 * Catalogs, an object store, and readers that are not Spark, all real.
 *
 * <p>The environments are those of {@code docs/catalogs.md}. Every command runs in a Spark of its
 * own, as for users, so that only the catalog and the warehouse live from one to the next.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.catalogs;
