package dev.tidemark.plan;

import dev.tidemark.definition.Entity;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Rows;
import java.util.List;

/**
 * A feature view with everything it refers to.
 *
 * @param keys every key of the entity with the source column that holds it, in the entity's order
 * @param sources what it reads, in the order written
 */
public record ResolvedView(
    FeatureView view,
    Entity entity,
    List<Rows> sources,
    List<BoundKey> keys,
    Fingerprint fingerprint) {

  /** The column of an offline table that tells from when on its row could be known. */
  public static final String AVAILABLE_TIME = "available_time";

  public ResolvedView {
    sources = List.copyOf(sources);
    keys = List.copyOf(keys);
  }

  /** True if it is a view as its offline table has it; see {@link OfflineViews}. */
  public boolean isOffline() {
    return sources.get(0).ref().kind() == Kind.FEATURE_VIEW;
  }

  /** True if it reads a static source: not point-in-time. */
  public boolean isStatic() {
    return sources.get(0).time().isStatic();
  }
}
