package dev.tidemark.jobs.openlineage;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A dataset as OpenLineage names it, by where it is stored.
 *
 * @param namespace such as {@code file} or {@code s3://bucket}
 * @param name such as a path
 * @param storage its address; null where it has none
 * @param table the table that it is in a catalog; null: none, or of a catalog without address
 */
record Place(String namespace, String name, @Nullable URI storage, @Nullable Symlink table) {

  /** Its other name: that of a table in a catalog. */
  record Symlink(String namespace, String name) {}
}
