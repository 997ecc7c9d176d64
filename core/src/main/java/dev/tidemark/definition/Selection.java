package dev.tidemark.definition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Features that a training set takes from one view.
 *
 * @param view the view
 * @param feature one of its output columns, or a feature's name for all its windows; null for the
 *     whole view
 * @param lag the features are taken as of T − lag
 * @param as the column's name in the training set, for a single column
 * @param keys which spine columns hold the entity's keys, for another role of the entity
 * @param prefix put before the columns' names, with an underscore
 * @param useMaterialized whether the view's offline table is read, and not its source; null: as the
 *     view says
 */
public record Selection(
    Reference view,
    @Nullable Named feature,
    @Nullable Span lag,
    @Nullable Named as,
    List<KeyMapping> keys,
    @Nullable Named prefix,
    @Nullable Boolean useMaterialized,
    Origin origin) {

  public Selection {
    keys = List.copyOf(keys);
  }
}
