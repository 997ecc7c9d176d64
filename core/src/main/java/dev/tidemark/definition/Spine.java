package dev.tidemark.definition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows for which a training set is built, where they are not a label's.
 *
 * @param source its rows give the keys and, as event time, T
 * @param entities one or several entities' names
 * @param keys which source columns hold the entities' keys, where the names differ
 * @param where rows for which it is not true are no spine rows
 * @param keep columns of the source that the training set keeps
 */
public record Spine(
    Reference source,
    List<Named> entities,
    List<KeyMapping> keys,
    @Nullable Sql where,
    List<Named> keep,
    Origin origin) {

  public Spine {
    entities = List.copyOf(entities);
    keys = List.copyOf(keys);
    keep = List.copyOf(keep);
  }
}
