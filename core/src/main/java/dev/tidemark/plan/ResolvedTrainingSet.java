package dev.tidemark.plan;

import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TrainingSet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A training set with everything it refers to.
 *
 * @param entities of its spine, in the order written
 * @param spine what gives the rows
 * @param keys the keys of all entities, in order, each name once
 * @param where rows of {@code spine} for which it is not true are no spine rows
 * @param keep columns of {@code spine} that are kept, in the order written
 * @param label what is predicted, or null
 * @param labelSource what the label is computed from; the same as {@code spine} unless the training
 *     set has a spine of its own
 * @param labelKeys the label source's columns for the keys, for a label over a horizon; null
 *     without a label
 * @param selections in the order written
 * @param columns the names of all output columns, in order
 */
public record ResolvedTrainingSet(
    TrainingSet trainingSet,
    List<Entity> entities,
    Rows spine,
    List<BoundKey> keys,
    @Nullable Sql where,
    List<Named> keep,
    @Nullable Label label,
    @Nullable Rows labelSource,
    @Nullable List<BoundKey> labelKeys,
    List<ResolvedSelection> selections,
    List<String> columns,
    Fingerprint fingerprint) {

  /** The column of T in every training set and offline table. */
  public static final String EVENT_TIME = "event_time";

  /** The column that tells train, validation, test and embargo apart. */
  public static final String SPLIT = "split";

  /**
   * The same rows and features for keys that are not in the spine: without label, split and the
   * spine's condition. Keys go by their own names.
   */
  public ResolvedTrainingSet toScore() {
    List<String> scored = new ArrayList<>(columns);
    if (label != null) {
      scored.remove(label.ref().name());
    }
    if (trainingSet.split() != null) {
      scored.remove(SPLIT);
    }
    return new ResolvedTrainingSet(
        new TrainingSet(
            trainingSet.ref(),
            trainingSet.label(),
            trainingSet.spine(),
            trainingSet.features(),
            trainingSet.derived(),
            trainingSet.mask().stream().filter(mask -> scored.contains(mask.name())).toList(),
            null,
            List.of(),
            trainingSet.about(),
            trainingSet.origin()),
        entities,
        spine,
        keys.stream()
            .map(BoundKey::key)
            .map(key -> new BoundKey(key, new Named(key.name(), key.origin())))
            .toList(),
        null,
        keep,
        null,
        null,
        null,
        selections,
        scored,
        fingerprint);
  }

  /** True if a selection finds its keys in other columns of the spine than the keys. */
  public boolean hasRoles() {
    return selections.stream()
        .flatMap(selection -> selection.spineColumns().stream())
        .anyMatch(ResolvedSelection.SpineColumn::role);
  }

  public ResolvedTrainingSet {
    entities = List.copyOf(entities);
    keys = List.copyOf(keys);
    keep = List.copyOf(keep);
    selections = List.copyOf(selections);
    columns = List.copyOf(columns);
  }
}
