package dev.tidemark.definition;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The value to be predicted. Its source's rows give key and time; the label is a value of that row,
 * or an aggregate over what happens after it.
 *
 * @param entities one or several entities' names
 * @param keys which source columns hold the entities' keys, where the names differ
 * @param where rows for which it is not true are not used
 * @param target what is predicted
 * @param keep columns of the source that a training set keeps
 */
public record Label(
    ResourceName ref,
    List<Named> entities,
    Reference source,
    List<KeyMapping> keys,
    @Nullable Sql where,
    Target target,
    List<Named> keep,
    About about,
    Origin origin)
    implements Resource {

  /** What a label is. */
  public sealed interface Target permits OfRow, OverHorizon {
    <R> R match(Function<OfRow, R> ofRow, Function<OverHorizon, R> overHorizon);
  }

  /** A row-level expression over the source's columns. */
  public record OfRow(Sql value) implements Target {
    @Override
    public <R> R match(Function<OfRow, R> ofRow, Function<OverHorizon, R> overHorizon) {
      return ofRow.apply(this);
    }
  }

  /** An expression of aggregates over the key's events in (T, T + horizon]. */
  public record OverHorizon(Sql aggregate, Span horizon) implements Target {
    @Override
    public <R> R match(Function<OfRow, R> ofRow, Function<OverHorizon, R> overHorizon) {
      return overHorizon.apply(this);
    }
  }

  public Label {
    entities = List.copyOf(entities);
    keys = List.copyOf(keys);
    keep = List.copyOf(keep);
  }

  @Override
  public String id() {
    return ref.toString();
  }

  @Override
  public Kind kind() {
    return ref.kind();
  }

  @Override
  public <R> R match(
      Function<Entity, R> entity,
      Function<Source, R> source,
      Function<Transformation, R> transformation,
      Function<FeatureView, R> view,
      Function<Label, R> label,
      Function<TrainingSet, R> trainingSet,
      Function<Model, R> model) {
    return label.apply(this);
  }
}
