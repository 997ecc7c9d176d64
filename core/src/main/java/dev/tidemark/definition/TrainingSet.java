package dev.tidemark.definition;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A spine joined with features as of each row's time.
 *
 * @param label the label; its rows are the spine if {@code spine} is null
 * @param spine the spine where it is not the label's rows
 * @param mask what is written in place of output columns, each an expression over all of them
 * @param gates what the rows of a build must pass before they are committed
 */
public record TrainingSet(
    ResourceName ref,
    @Nullable Reference label,
    @Nullable Spine spine,
    List<Selection> features,
    List<Derived> derived,
    List<Derived> mask,
    @Nullable Split split,
    List<Gate> gates,
    About about,
    Origin origin)
    implements Resource {

  public TrainingSet {
    features = List.copyOf(features);
    derived = List.copyOf(derived);
    mask = List.copyOf(mask);
    gates = List.copyOf(gates);
    if (label == null && spine == null) {
      throw new IllegalArgumentException("a training set without rows");
    }
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
    return trainingSet.apply(this);
  }
}
