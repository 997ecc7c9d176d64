package dev.tidemark.plan;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How it stands with a resource. */
public enum Standing {
  /** In a project, and not registered. */
  DEFINED,
  /** Registered, and nothing of it is written, or need be. */
  REGISTERED,
  /** Its rows are written. */
  MATERIALIZED,
  /** The last try to write it did not succeed. */
  FAILING,
  /** Not to be used any more. */
  DEPRECATED,
  /** Only its tombstone is left. */
  DELETED;

  /**
   * What is told of a resource where several are true: what its users must know first.
   *
   * @param registered null: it is not
   * @param runs what was run of it
   * @param failed when a try to write it failed last; null: never
   */
  public static Standing of(
      @Nullable Registered registered, RunOverview runs, @Nullable Instant failed) {
    if (registered != null && registered.deleted()) {
      return DELETED;
    }
    if (registered != null && registered.deprecation() != null) {
      return DEPRECATED;
    }
    Instant last = runs.last();
    if (failed != null && (last == null || failed.isAfter(last))) {
      return FAILING;
    }
    if (last != null) {
      return MATERIALIZED;
    }
    return registered == null ? DEFINED : REGISTERED;
  }

  /** As people and JSON have it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
