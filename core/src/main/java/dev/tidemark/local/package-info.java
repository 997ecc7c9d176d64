/**
 * Hadoop's local file system without a process for each file.
 *
 * <p>Comes in by settings of the session: {@link dev.tidemark.local.DirectFileSystem#SETTINGS}.
 * Depends on Hadoop alone.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.local;
