package dev.tidemark.definition;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A model and the training set it is trained on.
 *
 * @param manifest of the build that it was trained on, as written; null: it does not say
 */
public record Model(
    ResourceName ref, Reference trainingSet, @Nullable Named manifest, About about, Origin origin)
    implements Resource {

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
    return model.apply(this);
  }
}
